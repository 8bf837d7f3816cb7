//! A JavaScript array that grows at its end: the cheapest shape for many small messages, one object for all of them.

use napi::Env;
use napi::bindgen_prelude::{Array, ToNapiValue};

/// Appends values of any type.
pub(super) struct FlatArray<'env> {
    array: Array<'env>,
    length: u32,
}

impl<'env> FlatArray<'env> {
    pub(super) fn new(env: &'env Env) -> napi::Result<Self> {
        Ok(Self { array: env.create_array(0)?, length: 0 })
    }

    pub(super) fn push(&mut self, value: impl ToNapiValue) -> napi::Result<()> {
        self.array.set(self.length, value)?;
        self.length += 1;
        Ok(())
    }

    pub(super) fn into_array(self) -> Array<'env> {
        self.array
    }
}
