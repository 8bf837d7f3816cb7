//! Whether the environment of this process has changed. What is in it is for others to read: they have the lock that guards it.
#![expect(unsafe_code, reason = "libc shows the environment as a mutable static")]

use std::ffi::c_void;
use std::io::IoSliceMut;
use std::sync::atomic::{AtomicPtr, Ordering};

use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::getpid;

const WORD: usize = size_of::<usize>();
/// Read at once; most environments are smaller.
const STEP: usize = 128;
/// The smallest there is.
const PAGE: usize = 4096;

/// The environment at one moment: where its entries lie, without what they say.
///
/// `setenv(3)` never writes into an entry: another value is another entry, so equal places are equal contents. The places are read by the kernel,
/// which answers with an error where memory is gone: another thread may change the environment at any time, and free what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    array: usize,
    entries: Vec<usize>,
}

impl Stamp {
    /// The environment now; `None`: it cannot be looked at, or it changes just now.
    #[must_use]
    pub fn now() -> Option<Self> {
        let array = array();
        let mut entries = Vec::new();
        loop {
            let mut words = [0_u8; STEP * WORD];
            let read = read_memory(array + entries.len() * WORD, &mut words)?;
            let (words, _) = words.get(..read)?.as_chunks::<WORD>();
            for word in words {
                match usize::from_ne_bytes(*word) {
                    0 => return Some(Self { array, entries }),
                    entry => entries.push(entry),
                }
            }
            if words.is_empty() {
                return None;
            }
        }
    }
}

/// Reads up to the end of a page at most, because what lies behind it may not exist.
fn read_memory(address: usize, into: &mut [u8]) -> Option<usize> {
    let into = into.get_mut(..into.len().min(PAGE - address % PAGE))?;
    let remote = RemoteIoVec { base: address, len: into.len() };
    process_vm_readv(getpid(), &mut [IoSliceMut::new(into)], &[remote]).ok()
}

fn array() -> usize {
    // SAFETY: a pointer of libc's, of the size and alignment of an atomic one; as such, because other threads may replace it.
    unsafe extern "C" {
        safe static environ: AtomicPtr<c_void>;
    }
    environ.load(Ordering::Acquire).expose_provenance()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_gone_is_no_answer_and_no_crash() {
        assert_eq!(read_memory(WORD, &mut [0; WORD]), None);
    }

    #[test]
    fn an_array_over_the_end_of_a_page_is_read_in_parts() {
        let pages = vec![7_u8; 3 * PAGE];
        let end = pages.as_ptr().addr().next_multiple_of(PAGE) + PAGE;
        assert_eq!(read_memory(end - WORD, &mut [0; STEP * WORD]), Some(WORD));
        assert_eq!(read_memory(end, &mut [0; STEP * WORD]), Some(STEP * WORD));
    }

    #[test]
    fn every_kind_of_change_is_noticed() {
        const NAME: &str = "PROCMAN_TEST_OWN_ENVIRON";
        let change = |value: Option<&str>| {
            let before = Stamp::now();
            assert!(before.is_some());
            match value {
                // SAFETY: nothing else of this test binary writes variables, and std guards those who read them.
                Some(value) => unsafe { std::env::set_var(NAME, value) },
                // SAFETY: as above.
                None => unsafe { std::env::remove_var(NAME) },
            }
            let after = Stamp::now();
            assert_eq!(after, Stamp::now(), "nothing was changed in between");
            before != after
        };
        assert!(change(Some("one")), "added");
        assert!(change(Some("two")), "another value");
        assert!(change(None), "removed");
    }
}
