//! The text of a key, or of an id, as it goes by in pieces: short ones are kept, of long ones only that they are long.

use super::key::Key;

/// Longest key (escapes included) and longest id that are looked at.
const MOST: usize = 64;

#[derive(Debug, Clone)]
pub(super) struct Captured {
    bytes: [u8; MOST],
    length: usize,
}

impl Default for Captured {
    fn default() -> Self {
        Self { bytes: [0; MOST], length: 0 }
    }
}

impl Captured {
    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if let Some(room) = self.bytes.get_mut(self.length..end) {
            room.copy_from_slice(bytes);
        }
        self.length = end;
    }

    /// `None`: it is too long to be anything that is looked for.
    pub(super) fn text(&self) -> Option<&[u8]> {
        self.bytes.get(..self.length)
    }

    /// Which key it is.
    pub(super) fn key(&self) -> Key {
        let Some(raw) = self.text() else { return Key::Other };
        if !raw.contains(&b'\\') {
            return Key::named(raw);
        }
        let quoted = [b"\"", raw, b"\""].concat();
        serde_json::from_slice::<String>(&quoted).map_or(Key::Other, |key| Key::named(key.as_bytes()))
    }
}
