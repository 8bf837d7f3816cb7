//! Socket pairs that keep the bounds of messages and carry descriptors.
#![expect(
    unsafe_code,
    reason = "received descriptors arrive as raw numbers, and nix loses those of a message that was cut"
)]

use std::io::{self, IoSlice};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::sys::socket::{AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, sendmsg, socketpair};

/// No message of ours carries more descriptors.
pub const MAX_FDS: usize = 8;

/// Room for the header of one control message with that many numbers, and no more.
const CONTROL_SIZE: usize = size_of::<libc::cmsghdr>() + MAX_FDS * size_of::<RawFd>();

/// Aligned as the kernel's headers in it are.
#[repr(align(8))]
struct ControlBuffer([u8; CONTROL_SIZE]);

/// A connected pair, CLOEXEC and non-blocking.
///
/// # Errors
/// What `socketpair(2)` says.
pub fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    Ok(socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags)?)
}

/// Sends one message whole.
///
/// # Errors
/// `WouldBlock` when the peer's queue is full, EPIPE when it is gone, else what `sendmsg(2)` says.
pub fn send(socket: BorrowedFd<'_>, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
    let numbers: Vec<RawFd> = fds.iter().map(AsRawFd::as_raw_fd).collect();
    let rights = [ControlMessage::ScmRights(&numbers)];
    let control: &[ControlMessage<'_>] = if numbers.is_empty() { &[] } else { &rights };
    let sent =
        sendmsg::<()>(socket.as_raw_fd(), &[IoSlice::new(bytes)], control, MsgFlags::MSG_NOSIGNAL, None)?;
    if sent == bytes.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
}

/// One message.
#[derive(Debug)]
pub struct Message {
    /// How many bytes of the buffer it filled; 0 is the end of the socket.
    pub size: usize,
    /// Its descriptors, CLOEXEC.
    pub fds: Vec<OwnedFd>,
    /// It brought descriptors for which this process had no room: `fds` is empty.
    pub fds_were_cut: bool,
}

/// Receives one message whole. Its descriptors come all, or none of them: the words of a message are not lost with them.
///
/// # Errors
/// `WouldBlock` when there is none, EMSGSIZE when its words were cut, else what `recvmsg(2)` says.
pub fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<Message> {
    let mut control = ControlBuffer([0; CONTROL_SIZE]);
    let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: all-zero bytes are a valid `msghdr`.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = &raw mut part;
    header.msg_iovlen = 1;
    header.msg_control = control.0.as_mut_ptr().cast();
    header.msg_controllen = CONTROL_SIZE;
    // SAFETY: the header names buffers that live through the call, with their lengths.
    let size = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, libc::MSG_CMSG_CLOEXEC) };
    let size = usize::try_from(size).map_err(|_| io::Error::last_os_error())?;
    let mut fds = descriptors(&header);
    if header.msg_flags & libc::MSG_TRUNC != 0 {
        return Err(io::Error::from_raw_os_error(libc::EMSGSIZE));
    }
    let fds_were_cut = header.msg_flags & libc::MSG_CTRUNC != 0;
    if fds_were_cut {
        // How many of them came is left to chance.
        fds.clear();
    }
    Ok(Message { size, fds, fds_were_cut })
}

/// Those that the kernel put beside a message, of one that was cut too: nobody else would close them.
fn descriptors(header: &libc::msghdr) -> Vec<OwnedFd> {
    let mut fds = Vec::new();
    // SAFETY: the kernel filled the control buffer, which is aligned for its headers, and `msg_controllen` says how far.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(header) };
    while !next.is_null() {
        // SAFETY: it points to a whole header in that buffer.
        let found = unsafe { &*next };
        if (found.cmsg_level, found.cmsg_type) == (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
            // SAFETY: the data of a header lies behind it.
            let data = unsafe { libc::CMSG_DATA(next) }.cast::<RawFd>();
            // SAFETY: computes a length and reads nothing.
            let empty = unsafe { libc::CMSG_LEN(0) } as usize;
            for index in 0..(found.cmsg_len - empty) / size_of::<RawFd>() {
                // SAFETY: by its length the message holds so many numbers.
                let place = unsafe { data.add(index) };
                // SAFETY: the kernel wrote a number there.
                let number = unsafe { place.read_unaligned() };
                // SAFETY: the kernel just gave this descriptor to this process; nobody else owns it.
                fds.push(unsafe { OwnedFd::from_raw_fd(number) });
            }
        }
        // SAFETY: both are of the message that was just received.
        next = unsafe { libc::CMSG_NXTHDR(header, next) };
    }
    fds
}

/// Whether a message that was refused like this may go a moment later: others have used up what it needs.
#[must_use]
pub fn may_pass_later(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ETOOMANYREFS | libc::ENOBUFS | libc::ENOMEM))
}

/// Tells the other end that this one says and hears nothing more, whoever else has it open.
pub fn hang_up(socket: BorrowedFd<'_>) {
    // One whose other end is gone was told so.
    let _ = nix::sys::socket::shutdown(socket.as_raw_fd(), nix::sys::socket::Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    /// The kernel cuts descriptors for which there is no room, in the receiver's table or here in its buffer.
    #[test]
    fn a_message_whose_descriptors_were_cut_keeps_its_words() {
        let (one, other) = pair().unwrap();
        let many = [one.as_fd(); MAX_FDS + 1];
        send(one.as_fd(), b"words", &many).unwrap();
        let mut buffer = [0; 16];
        let message = receive(other.as_fd(), &mut buffer).unwrap();
        assert_eq!(&buffer[..message.size], b"words");
        assert!(message.fds.is_empty() && message.fds_were_cut);
        send(one.as_fd(), b"more", &many[..MAX_FDS]).unwrap();
        let message = receive(other.as_fd(), &mut buffer).unwrap();
        assert!(message.fds.len() == MAX_FDS && !message.fds_were_cut);
    }

    #[test]
    fn what_others_used_up_may_be_there_later_and_a_lost_peer_not() {
        let may = |number| may_pass_later(&io::Error::from_raw_os_error(number));
        assert!([libc::ETOOMANYREFS, libc::ENOBUFS, libc::ENOMEM].into_iter().all(may));
        assert!(![libc::EPIPE, libc::ECONNRESET, libc::EINVAL].into_iter().any(may));
    }
}
