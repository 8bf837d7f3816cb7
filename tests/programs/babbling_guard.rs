//! A guard of this version that greets and then says what is no message. It leaves when its host closes the socket, with a line in the file
//! of `PROCMAN_STATE_DIR`.

use std::os::fd::AsFd;

use procman::guard::protocol::{GUARD_SOCKET, hello};
use procman::sys::{fd, seqpacket};

fn main() -> std::io::Result<()> {
    let socket = fd::inherited(GUARD_SOCKET)?;
    fd::set_nonblocking(socket.as_fd(), false)?;
    seqpacket::send(socket.as_fd(), &hello(), &[])?;
    seqpacket::send(socket.as_fd(), &[0xff; 64], &[])?;
    let mut buffer = [0; 4096];
    while seqpacket::receive(socket.as_fd(), &mut buffer)?.size > 0 {}
    if let Some(folder) = std::env::var_os("PROCMAN_STATE_DIR") {
        std::fs::write(std::path::Path::new(&folder).join("left"), "at the end of the socket\n")?;
    }
    Ok(())
}
