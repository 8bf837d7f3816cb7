//! A JavaScript array that grows at its end: the cheapest shape for many small messages, one object for all of them.

use napi::Env;
use napi::bindgen_prelude::{Array, ToNapiValue};

use super::convert::as_f64;
use super::large_text::{LARGE_BYTES, LargeText};
use crate::mcp::output::Text;

/// Appends values of any type.
pub(super) struct FlatArray<'env> {
    env: &'env Env,
    array: Array<'env>,
    length: u32,
}

impl<'env> FlatArray<'env> {
    pub(super) fn new(env: &'env Env) -> napi::Result<Self> {
        Ok(Self { env, array: env.create_array(0)?, length: 0 })
    }

    pub(super) fn push(&mut self, value: impl ToNapiValue) -> napi::Result<()> {
        self.array.set(self.length, value)?;
        self.length += 1;
        Ok(())
    }

    /// A kind, a number and one more field.
    pub(super) fn push_about(&mut self, kind: u32, number: u64, field: impl ToNapiValue) -> napi::Result<()> {
        self.push(kind)?;
        self.push(as_f64(number))?;
        self.push(field)
    }

    /// A string in the cheapest form that holds it.
    pub(super) fn push_text(&mut self, text: Text) -> napi::Result<()> {
        match text {
            Text::Ascii(bytes) if bytes.len() >= LARGE_BYTES => self.push(LargeText::from(bytes)),
            Text::Ascii(bytes) => self.push(self.env.create_string_latin1(&bytes)?),
            Text::Utf8(text) => self.push(text.as_str()),
            Text::Utf16(units) => self.push(self.env.create_string_utf16(&units)?),
        }
    }

    /// A raw result. JSON is ASCII more often than not, which V8 takes by copying.
    pub(super) fn push_json(&mut self, raw: &[u8]) -> napi::Result<()> {
        if raw.is_ascii() {
            return self.push(self.env.create_string_latin1(raw)?);
        }
        self.push(String::from_utf8_lossy(raw).as_ref())
    }

    pub(super) fn into_array(self) -> Array<'env> {
        self.array
    }
}
