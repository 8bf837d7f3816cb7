//! The numbers of all processes, as `/proc` lists them: in small portions, so that threads can share one listing and the first of them reads
//! processes while the next portion is listed.
#![expect(unsafe_code, reason = "getdents64 has no form in std that tells where a portion ends")]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use super::check_long;

/// About forty entries: listing them takes a tenth of a millisecond at most, reading so many processes takes ten times that.
const PORTION_BYTES: usize = 1024;

/// Of `linux_dirent64`: where the length of an entry stands, and where its name begins.
const LENGTH_AT: usize = 16;
const NAME_AT: usize = 19;

/// A listing of `/proc` that goes on where it was left.
#[derive(Debug)]
pub struct ProcessNumbers {
    folder: File,
}

impl ProcessNumbers {
    /// A new listing.
    ///
    /// # Errors
    /// What opening `/proc` says.
    pub fn open() -> io::Result<Self> {
        Ok(Self { folder: File::open("/proc")? })
    }

    /// Puts the next numbers in the place of what `portion` holds; none are left when it is empty then. They come in ascending order.
    ///
    /// # Errors
    /// What `getdents64(2)` says.
    pub fn next_portion(&mut self, portion: &mut Vec<i32>) -> io::Result<()> {
        portion.clear();
        let mut buffer = [0; PORTION_BYTES];
        // `/proc` begins with names that are no numbers.
        while portion.is_empty() {
            let size = self.read_entries(&mut buffer)?;
            if size == 0 {
                break;
            }
            portion.extend(names(&buffer[..size]).filter_map(number));
        }
        Ok(())
    }

    fn read_entries(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let (fd, start, room) = (self.folder.as_raw_fd(), buffer.as_mut_ptr(), buffer.len());
        // SAFETY: the kernel writes at most `room` bytes, which `buffer` has and lends for the call alone.
        let size = check_long(unsafe { libc::syscall(libc::SYS_getdents64, fd, start, room) })?;
        Ok(usize::try_from(size).unwrap_or(0))
    }
}

/// The names of a buffer of entries.
fn names(mut entries: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let length = entries.get(LENGTH_AT..LENGTH_AT + 2)?;
        let length = usize::from(u16::from_ne_bytes([length[0], length[1]]));
        let entry = entries.get(..length)?;
        entries = &entries[length..];
        entry.get(NAME_AT..)?.split(|byte| *byte == 0).next()
    })
}

fn number(name: &[u8]) -> Option<i32> {
    // What begins with a digit is a process.
    name.first().filter(|byte| byte.is_ascii_digit())?;
    std::str::from_utf8(name).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_are_the_whole_list_in_order() {
        let mut listing = ProcessNumbers::open().unwrap();
        let (mut portion, mut all) = (Vec::new(), Vec::new());
        loop {
            listing.next_portion(&mut portion).unwrap();
            if portion.is_empty() {
                break;
            }
            assert!(portion.len() <= PORTION_BYTES / (NAME_AT + 2), "{}", portion.len());
            all.append(&mut portion);
        }
        assert!(all.is_sorted_by(|one, next| one < next));
        assert!(all.contains(&std::process::id().cast_signed()) && all.contains(&1));
        listing.next_portion(&mut portion).unwrap();
        assert!(portion.is_empty(), "the end stays the end");
    }

    #[test]
    fn names_that_are_no_numbers_are_passed_over() {
        let mut entries = Vec::new();
        for name in ["self", "12", "cmdline", "4194304", "1x"] {
            let length = (NAME_AT + name.len() + 1).next_multiple_of(8);
            let mut entry = vec![0; length];
            entry[LENGTH_AT..LENGTH_AT + 2].copy_from_slice(&u16::try_from(length).unwrap().to_ne_bytes());
            entry[NAME_AT..NAME_AT + name.len()].copy_from_slice(name.as_bytes());
            entries.append(&mut entry);
        }
        assert_eq!(names(&entries).filter_map(number).collect::<Vec<_>>(), [12, 4_194_304]);
        assert_eq!(names(&entries[..30]).count(), 1, "an entry that is cut off is none");
    }
}
