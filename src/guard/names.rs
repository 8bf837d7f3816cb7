//! What the kernel calls guards and shims: how they are told in a list of processes. A name proves nothing by itself, because anybody may take it.

use std::ffi::CStr;

pub(super) const GUARD: &CStr = c"procman-guard";
pub(super) const SHIM: &CStr = c"procman-shim";

/// The kernel's name of a guard.
pub const GUARD_NAME: &str = text(GUARD);

/// The kernel's name of a shim.
pub const SHIM_NAME: &str = text(SHIM);

const fn text(name: &'static CStr) -> &'static str {
    match name.to_str() {
        Ok(text) => text,
        Err(_) => "",
    }
}
