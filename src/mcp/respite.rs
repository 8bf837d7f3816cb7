//! How long something that did not pay is left alone before it is tried again: twice as long each time. Pure.

/// Rounds of rest after a vain try, between two bounds.
#[derive(Debug)]
pub(crate) struct Respite {
    left: u32,
    next: u32,
    least: u32,
    most: u32,
}

impl Respite {
    /// None yet; the first one is `least` rounds long, none is longer than `most`.
    pub(crate) const fn new(least: u32, most: u32) -> Self {
        Self { left: 0, next: least, least, most }
    }

    /// Whether it is time to try.
    pub(crate) const fn is_over(&self) -> bool {
        self.left == 0
    }

    /// A round went by.
    pub(crate) const fn pass(&mut self) {
        self.left = self.left.saturating_sub(1);
    }

    /// A try was in vain.
    pub(crate) fn begin(&mut self) {
        self.left = self.next;
        self.next = (self.next * 2).min(self.most);
    }

    /// A try paid: the next respite is a round shorter.
    pub(crate) fn shorten(&mut self) {
        self.next = (self.next - 1).max(self.least);
    }

    /// A try paid: the next respite is as short as can be.
    pub(crate) const fn forget(&mut self) {
        self.next = self.least;
    }
}
