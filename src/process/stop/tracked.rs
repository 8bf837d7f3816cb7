//! One member during a stop: the way to it and what was done to it.

use super::hold::Hold;
use crate::model::{ProcessInfo, ProcessState};
use crate::sys::lineage::Lineage;

/// A member that is to end.
#[derive(Debug)]
pub(super) struct Tracked {
    pub(super) info: ProcessInfo,
    pub(super) hold: Hold,
    /// Nobody outside of the tree sees when it is held still: its parent is a member, or init.
    pub(super) may_be_stilled: bool,
    /// It was sent SIGSTOP and not yet SIGCONT.
    pub(super) still: bool,
    /// Its line when all of it was seen standing still: nothing in it changes until it is let go.
    pub(super) stands: Option<Lineage>,
    /// It was sent a signal that ends it, or may.
    pub(super) was_asked: bool,
    /// It was sent SIGKILL.
    pub(super) killed: bool,
    end: Option<End>,
}

/// What ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The first signal, or something else before SIGKILL.
    Stopped,
    /// SIGKILL.
    Forced,
}

impl Tracked {
    pub(super) fn new(info: ProcessInfo, hold: Hold) -> Self {
        Self {
            info,
            hold,
            may_be_stilled: false,
            still: false,
            stands: None,
            was_asked: false,
            killed: false,
            end: None,
        }
    }

    /// Looks whether it has ended, and remembers what ended it.
    pub(super) fn is_alive(&mut self) -> bool {
        if self.end.is_none() && self.hold.is_dead() {
            self.end = Some(if self.killed { End::Forced } else { End::Stopped });
        }
        self.end.is_none()
    }

    /// What ended it, as of the last look.
    pub(super) fn end(&self) -> Option<End> {
        self.end
    }

    /// The first signal. A stopped one can use its grace only when it is continued after that.
    pub(super) fn ask_to_end(&mut self, signal: i32) {
        self.was_asked = true;
        self.send(signal);
    }

    pub(super) fn send(&self, signal: i32) {
        // Gone: that is what was wanted. Not allowed: then it is alive at the end, and a survivor.
        let _ = self.hold.signal(signal);
    }

    pub(super) fn wake(&mut self) {
        self.let_go();
        self.send(libc::SIGCONT);
    }

    /// Lets it run on as it did before. Somebody may have stopped it, and the first signal is what continues such a one.
    pub(super) fn leave(&mut self) {
        let stood_before = self.info.state == ProcessState::Stopped && !self.was_asked;
        if stood_before { self.let_go() } else { self.wake() }
    }

    pub(super) fn kill(&mut self) {
        // Looked at before: who ended by itself was not forced.
        if self.is_alive() {
            (self.was_asked, self.killed) = (true, true);
            self.let_go();
            self.send(libc::SIGKILL);
        }
    }

    fn let_go(&mut self) {
        self.still = false;
        self.stands = None;
    }
}
