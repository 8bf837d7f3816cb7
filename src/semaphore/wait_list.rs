//! The queue of waiters: a doubly linked list in one vector.
//!
//! Timeouts and aborts remove waiters from the middle, so a plain queue would either scan (50 µs per task with 100 000
//! waiters) or leave dead entries behind. Slots are reused; a queue that was long once keeps its memory.

/// A place in the queue. Reused after removal, so [`WaitList::remove`] also compares the waiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaiterKey(pub u32);

/// Who waits: the member that asked, and its own number for the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiter {
    /// The member that gets the permit.
    pub owner: u32,
    /// What the member calls this request; unique among its pending ones.
    pub token: u32,
}

/// Marks the end of the list.
const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// `None` while the slot is free; `next` then links the free slots.
    waiter: Option<Waiter>,
    previous: u32,
    next: u32,
}

/// First in, first out, with removal from anywhere in constant time.
#[derive(Debug)]
pub(super) struct WaitList {
    slots: Vec<Slot>,
    head: u32,
    tail: u32,
    free: u32,
    len: u32,
}

impl WaitList {
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new(), head: NONE, tail: NONE, free: NONE, len: 0 }
    }

    pub(super) const fn len(&self) -> u32 {
        self.len
    }

    /// `None` when no number is left for a slot.
    pub(super) fn push_back(&mut self, waiter: Waiter) -> Option<WaiterKey> {
        let index = self.take_slot()?;
        self.slots[index as usize] = Slot { waiter: Some(waiter), previous: self.tail, next: NONE };
        match self.tail {
            NONE => self.head = index,
            tail => self.slots[tail as usize].next = index,
        }
        self.tail = index;
        self.len += 1;
        Some(WaiterKey(index))
    }

    pub(super) fn pop_front(&mut self) -> Option<Waiter> {
        let waiter = self.slots.get(self.head as usize)?.waiter?;
        self.unlink(self.head);
        Some(waiter)
    }

    /// Takes `waiter` out if it still stands at `key`.
    pub(super) fn remove(&mut self, key: WaiterKey, waiter: Waiter) -> bool {
        let found = self.slots.get(key.0 as usize).is_some_and(|slot| slot.waiter == Some(waiter));
        if found {
            self.unlink(key.0);
        }
        found
    }

    /// Takes out everything that `owner` waits for; walks the whole queue.
    pub(super) fn remove_owner(&mut self, owner: u32) {
        let mut at = self.head;
        while let Some(slot) = self.slots.get(at as usize).copied() {
            if slot.waiter.is_some_and(|waiter| waiter.owner == owner) {
                self.unlink(at);
            }
            at = slot.next;
        }
    }

    fn take_slot(&mut self) -> Option<u32> {
        if let Some(slot) = self.slots.get(self.free as usize) {
            return Some(std::mem::replace(&mut self.free, slot.next));
        }
        let index = u32::try_from(self.slots.len()).ok().filter(|index| *index < i32::MAX as u32)?;
        self.slots.push(Slot { waiter: None, previous: NONE, next: NONE });
        Some(index)
    }

    fn unlink(&mut self, index: u32) {
        let Slot { previous, next, .. } = self.slots[index as usize];
        match previous {
            NONE => self.head = next,
            _ => self.slots[previous as usize].next = next,
        }
        match next {
            NONE => self.tail = previous,
            _ => self.slots[next as usize].previous = previous,
        }
        self.slots[index as usize] = Slot { waiter: None, previous: NONE, next: self.free };
        self.free = index;
        self.len -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn waiter(token: u32) -> Waiter {
        Waiter { owner: 0, token }
    }

    #[test]
    fn removal_from_the_middle_keeps_the_order_of_the_rest() {
        let mut list = WaitList::new();
        let keys: Vec<_> = (0..5).map(|token| list.push_back(waiter(token)).unwrap()).collect();
        assert!(list.remove(keys[2], waiter(2)));
        assert!(list.remove(keys[0], waiter(0)));
        let rest: Vec<_> = std::iter::from_fn(|| list.pop_front()).map(|waiter| waiter.token).collect();
        assert_eq!(rest, [1, 3, 4]);
    }

    #[test]
    fn a_stale_key_does_not_remove_the_waiter_that_reuses_the_slot() {
        let mut list = WaitList::new();
        let key = list.push_back(waiter(1)).unwrap();
        assert_eq!(list.pop_front(), Some(waiter(1)));
        assert_eq!(list.push_back(waiter(2)), Some(key), "the slot is reused");
        assert!(!list.remove(key, waiter(1)));
        assert_eq!(list.len(), 1);
    }
}
