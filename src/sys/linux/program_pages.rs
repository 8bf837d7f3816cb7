//! What a process keeps mapped of its own program.
#![expect(unsafe_code, reason = "dl_iterate_phdr hands out raw pointers, madvise takes one")]

use std::ffi::{c_int, c_void};
use std::slice;

/// Unmaps the read-only pages of the program and of its libraries. They come back one by one, from the page cache, as they are used: for a
/// process whose busy time is over, which would otherwise keep mapped what only its start had used.
pub fn forget() {
    // SAFETY: the callback takes what the loader hands it, and no data of ours.
    unsafe { libc::dl_iterate_phdr(Some(forget_object), std::ptr::null_mut()) };
}

/// For one object of the loader's list; 0: the next one, please.
unsafe extern "C" fn forget_object(object: *mut libc::dl_phdr_info, _: usize, _: *mut c_void) -> c_int {
    // SAFETY: the loader's object is valid during the callback.
    let object = unsafe { &*object };
    // SAFETY: its headers are an array of that length, mapped as long as the object is.
    let segments = unsafe { slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)) };
    for segment in segments.iter().filter(|segment| segment.p_type == libc::PT_LOAD) {
        if segment.p_flags & libc::PF_W == 0 {
            forget_range(object.dlpi_addr + segment.p_vaddr, segment.p_memsz);
        }
    }
    0
}

/// Best effort: a refusal leaves the pages where they are.
#[expect(clippy::cast_possible_truncation, reason = "addresses of this process fit its pointers")]
fn forget_range(address: u64, length: u64) {
    const PAGE: u64 = 4096;
    let start = address & !(PAGE - 1);
    let pages = std::ptr::without_provenance_mut::<c_void>(start as usize);
    // SAFETY: a segment that is never written has no contents but the file's, which the kernel reads again when they are used.
    unsafe { libc::madvise(pages, (address + length - start) as usize, libc::MADV_DONTNEED) };
}
