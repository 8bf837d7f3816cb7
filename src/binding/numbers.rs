//! Memory of JavaScript's that crosses beside a flat array: writing a number into it costs a tenth of making a JavaScript value of one.
//! JavaScript reads it as a `Float64Array` over the same bytes.

use super::convert::as_f64;

const BYTES: usize = size_of::<f64>();

/// Appends numbers behind the first, which counts them, or what is left to fetch.
pub(super) struct Numbers<'a> {
    room: &'a mut [u8],
    length: usize,
}

impl<'a> Numbers<'a> {
    /// Over the memory that JavaScript gave, behind its first number.
    pub(super) fn behind_the_first(room: &'a mut [u8]) -> Self {
        Self { room, length: BYTES }
    }

    /// From the very beginning: nothing is ever left.
    pub(super) fn from_the_first(room: &'a mut [u8]) -> Self {
        Self { room, length: 0 }
    }

    /// How many more groups of this many fit.
    pub(super) fn room_for(&self, group: usize) -> usize {
        self.room.len().saturating_sub(self.length) / (group * BYTES)
    }

    /// What does not fit is dropped; ask [`Numbers::room_for`] first.
    pub(super) fn push<const N: usize>(&mut self, group: [f64; N]) {
        for (index, number) in group.into_iter().enumerate() {
            self.set(self.length + index * BYTES, number);
        }
        self.length += N * BYTES;
    }

    /// Says how many there are, or how many letters wait.
    pub(super) fn set_first(&mut self, left: usize) {
        self.set(0, as_f64(left as u64));
    }

    fn set(&mut self, at: usize, number: f64) {
        if let Some(place) = self.room.get_mut(at..at + BYTES) {
            place.copy_from_slice(&number.to_ne_bytes());
        }
    }
}
