//! The text of a key, or of an id, as it goes by in pieces: short ones are kept, of long ones only that they are long.

use std::borrow::Cow;

use super::found::parse_id;
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

    /// Which key it is.
    pub(super) fn key(&self) -> Key {
        self.text().map_or(Key::Other, |text| Key::named(&text))
    }

    /// Which number of ours it is.
    pub(super) fn id(&self) -> Option<u64> {
        self.text().and_then(|text| parse_id(&text))
    }

    /// Without escapes. `None`: it is too long to be anything that is looked for.
    fn text(&self) -> Option<Cow<'_, [u8]>> {
        let raw = self.bytes.get(..self.length)?;
        if !raw.contains(&b'\\') {
            return Some(raw.into());
        }
        let quoted = [b"\"", raw, b"\""].concat();
        serde_json::from_slice::<String>(&quoted).ok().map(|text| text.into_bytes().into())
    }
}
