//! Reading into memory that nobody has touched yet. Waits for nothing that the descriptor does not wait for.
#![expect(unsafe_code, reason = "only the kernel knows how much of the memory it has filled")]

use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;

/// Reads once into what `buffer` has allocated and not filled, and counts it as filled. Memory that was never written costs a page fault each
/// 4 KiB, so a buffer that is zeroed first costs twice what the bytes cost that come.
///
/// # Errors
/// What `read(2)` says. `buffer` is as it was then.
pub(crate) fn read_more(fd: impl AsFd, buffer: &mut Vec<u8>) -> nix::Result<usize> {
    let spare = buffer.spare_capacity_mut();
    // SAFETY: the kernel writes at most as many bytes as there are, and bytes need no initialisation to be written.
    let count = unsafe { libc::read(fd.as_fd().as_raw_fd(), spare.as_mut_ptr().cast(), spare.len()) };
    let count = Errno::result(count)?.unsigned_abs();
    // SAFETY: so many bytes behind the length were just filled, and they lie within the capacity.
    unsafe { buffer.set_len(buffer.len() + count) };
    Ok(count)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn only_what_was_read_is_counted_and_only_what_has_room_is_read() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(b"12345").unwrap();
        let mut buffer = Vec::with_capacity(4);
        buffer.push(b'0');
        assert_eq!(read_more(&reader, &mut buffer), Ok(3));
        assert_eq!(buffer, b"0123");
        buffer.reserve_exact(8);
        assert_eq!(read_more(&reader, &mut buffer), Ok(2));
        drop(writer);
        assert_eq!(read_more(&reader, &mut buffer), Ok(0));
        assert_eq!(buffer, b"012345");
    }
}
