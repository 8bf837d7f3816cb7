//! Large strings that V8 uses where they lie. A copy of a megabyte costs V8 fresh pages, and the thread that everybody waits for most of the
//! time that such a call takes there.
//!
//! The function for it is part of Node-API 10 and in Node 20 under the same name, but not promised there: it is looked up when it is first
//! needed, and where it is missing the string is copied.
#![expect(unsafe_code, reason = "the function is not in the Node-API version that the addon is linked for")]

use std::ffi::{c_char, c_void};
use std::ops::Range;
use std::ptr;
use std::sync::{Arc, OnceLock};

use napi::bindgen_prelude::ToNapiValue;
use napi::{Result, Status, check_status, sys};

/// From here on a string is not copied.
pub(super) const LARGE_BYTES: usize = 16 * 1024;

/// `node_api_create_external_string_latin1`. The last place tells whether V8 copied after all.
type CreateExternal = unsafe extern "C" fn(
    sys::napi_env,
    *const c_char,
    isize,
    Option<unsafe extern "C" fn(sys::napi_env, *mut c_void, *mut c_void)>,
    *mut c_void,
    *mut sys::napi_value,
    *mut bool,
) -> sys::napi_status;

/// ASCII text on its way to JavaScript, which may share its buffer with others that only read.
pub(super) struct LargeText {
    bytes: Arc<Vec<u8>>,
    span: Range<usize>,
}

impl LargeText {
    /// A part of a buffer.
    pub(super) fn within(bytes: Arc<Vec<u8>>, span: Range<usize>) -> Self {
        Self { bytes, span }
    }
}

impl From<Vec<u8>> for LargeText {
    fn from(bytes: Vec<u8>) -> Self {
        Self { span: 0..bytes.len(), bytes: Arc::new(bytes) }
    }
}

impl ToNapiValue for LargeText {
    unsafe fn to_napi_value(env: sys::napi_env, text: Self) -> Result<sys::napi_value> {
        let mut value = ptr::null_mut();
        let status = match create_external() {
            Some(create) => lend(create, env, text, &mut value),
            None => copy(env, &text.bytes[text.span], &mut value),
        };
        check_status!(status, "no string of this size can be made")?;
        Ok(value)
    }
}

/// V8 has the bytes until it collects the string.
fn lend(
    create: CreateExternal,
    env: sys::napi_env,
    text: LargeText,
    value: &mut sys::napi_value,
) -> sys::napi_status {
    // The box may move; what the vector points at does not.
    let part = &text.bytes[text.span.clone()];
    let (start, length) = (part.as_ptr().cast(), isize::try_from(part.len()).unwrap_or(isize::MAX));
    let weight = weight_of(&text.bytes);
    let owner = Box::into_raw(Box::new(text.bytes));
    let mut copied = false;
    weigh(env, weight);
    // SAFETY: the environment is the calling one; the bytes stay in place until the finalizer drops their box.
    let status = unsafe { create(env, start, length, Some(give_back), owner.cast(), value, &raw mut copied) };
    if status != Status::Ok as i32 {
        // SAFETY: after a failure the finalizer is never called, so the box is still ours.
        drop(unsafe { Box::from_raw(owner) });
        weigh(env, -weight);
    }
    status
}

fn copy(env: sys::napi_env, bytes: &[u8], value: &mut sys::napi_value) -> sys::napi_status {
    let length = isize::try_from(bytes.len()).unwrap_or(isize::MAX);
    // SAFETY: the environment is the calling one, the bytes live through the call.
    unsafe { sys::napi_create_string_latin1(env, bytes.as_ptr().cast(), length, value) }
}

/// The string is gone, or V8 copied it.
unsafe extern "C" fn give_back(env: sys::napi_env, _: *mut c_void, owner: *mut c_void) {
    // SAFETY: made by `lend` from a box, and called once.
    let bytes = unsafe { Box::from_raw(owner.cast::<Arc<Vec<u8>>>()) };
    weigh(env, -weight_of(&bytes));
}

fn weight_of(bytes: &[u8]) -> isize {
    isize::try_from(bytes.len()).unwrap_or(isize::MAX)
}

/// Tells V8 what hangs on its strings: it would collect a gigabyte of them too late, for what it sees of each is small.
fn weigh(env: sys::napi_env, bytes: isize) {
    let mut total = 0;
    // SAFETY: takes numbers; finalizers may call it too.
    unsafe { sys::napi_adjust_external_memory(env, bytes as i64, &raw mut total) };
}

fn create_external() -> Option<CreateExternal> {
    static FOUND: OnceLock<Option<CreateExternal>> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let name = c"node_api_create_external_string_latin1";
        // SAFETY: the name is NUL-terminated.
        let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
        // SAFETY: null is `None`; otherwise Node documents this name with this signature.
        unsafe { std::mem::transmute::<*mut c_void, Option<CreateExternal>>(address) }
    })
}
