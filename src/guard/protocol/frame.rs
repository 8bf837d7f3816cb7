//! Messages as bytes.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::VERSION;

/// The largest frame. Sockets refuse frames of some 200 kB, and a queue of large ones would hold that much kernel memory.
pub const MAX_FRAME: usize = 4096;

const GREETING: &str = "procman-guard ";

/// A message as a frame.
///
/// # Errors
/// `InvalidInput` when it would be larger than [`MAX_FRAME`].
pub fn encode(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let frame =
        postcard::to_stdvec(message).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    if frame.len() > MAX_FRAME {
        let text = format!("a frame of {} bytes; the limit is {MAX_FRAME}", frame.len());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    Ok(frame)
}

/// A frame as a message.
///
/// # Errors
/// `InvalidData` when it is none of this type.
pub fn decode<T: DeserializeOwned>(frame: &[u8]) -> io::Result<T> {
    postcard::from_bytes(frame).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// The first frame of a guard: who it is, in a form that every version understands.
#[must_use]
pub fn hello() -> Vec<u8> {
    format!("{GREETING}{VERSION}").into_bytes()
}

/// The version in a first frame; `None` when a stranger sent it.
#[must_use]
pub fn read_hello(frame: &[u8]) -> Option<&str> {
    std::str::from_utf8(frame).ok()?.strip_prefix(GREETING)
}

#[cfg(test)]
mod tests {
    use super::super::{Request, SpawnRequest};
    use super::*;
    use crate::model::Leftovers;

    #[test]
    fn a_message_survives_the_journey() {
        let sent = Request::Shutdown { grace_ms: 7 };
        assert_eq!(decode::<Request>(&encode(&sent).unwrap()).unwrap(), sent);
    }

    #[test]
    fn a_frame_over_the_limit_is_never_sent() {
        let label = "x".repeat(MAX_FRAME);
        let large = SpawnRequest { unit: 1, grace_ms: 0, leftovers: Leftovers::Stop, memory: None, label };
        assert_eq!(encode(&Request::Spawn(large)).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn a_stranger_has_no_version() {
        assert_eq!(read_hello(&hello()), Some(VERSION));
        assert_eq!(read_hello(b"HTTP/1.1 200 OK"), None);
        assert_eq!(read_hello(&[0xff, 0xfe]), None);
    }
}
