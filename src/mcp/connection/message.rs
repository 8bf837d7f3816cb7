//! One line on its way to a server. Knows what of it is still to be written by a count; writes nothing.

use std::io::IoSlice;
use std::sync::Arc;

/// A frame: bytes of its own, and in the middle perhaps a long part that stays where its owner has it.
#[derive(Debug, Default)]
pub(super) struct Message {
    head: Vec<u8>,
    long: Option<Arc<Vec<u8>>>,
    tail: &'static [u8],
}

impl Message {
    /// A long part between two of its own.
    pub(super) fn around(head: Vec<u8>, long: Arc<Vec<u8>>, tail: &'static [u8]) -> Self {
        Self { head, long: Some(long), tail }
    }

    pub(super) fn len(&self) -> usize {
        self.parts().iter().map(|part| part.len()).sum()
    }

    /// Adds to `slices` what is behind the first `written` bytes, at most `room` of it; returns how much that is.
    pub(super) fn push_rest<'a>(
        &'a self,
        mut written: usize,
        room: usize,
        slices: &mut Vec<IoSlice<'a>>,
    ) -> usize {
        let mut left = room;
        for part in self.parts() {
            let rest = &part[written.min(part.len())..];
            written = written.saturating_sub(part.len());
            let taken = &rest[..rest.len().min(left)];
            if !taken.is_empty() {
                slices.push(IoSlice::new(taken));
                left -= taken.len();
            }
        }
        room - left
    }

    fn parts(&self) -> [&[u8]; 3] {
        [&self.head, self.long.as_deref().map_or(&[], Vec::as_slice), self.tail]
    }
}

impl From<Vec<u8>> for Message {
    fn from(line: Vec<u8>) -> Self {
        Self { head: line, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_of_any_size_give_the_whole(head in prop::collection::vec(any::<u8>(), 0..9), long in prop::collection::vec(any::<u8>(), 0..9), rooms in prop::collection::vec(1_usize..7, 40)) {
            let whole = [&head[..], &long, b"}\n"].concat();
            let message = Message::around(head, Arc::new(long), b"}\n");
            prop_assert_eq!(message.len(), whole.len());
            let mut seen = Vec::new();
            for room in rooms {
                let mut slices = Vec::new();
                let count = message.push_rest(seen.len(), room, &mut slices);
                prop_assert_eq!(count, room.min(whole.len() - seen.len()));
                slices.iter().for_each(|slice| seen.extend_from_slice(slice));
            }
            prop_assert_eq!(seen, whole);
        }
    }
}
