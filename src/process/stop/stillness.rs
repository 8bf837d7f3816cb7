//! Holding members still: SIGSTOP, and proof that it took effect.
//!
//! Nobody is left stopped: whoever is to be is told to a waker before, which continues them when this process dies. Without a waker nobody is
//! held still. Nor are those whom somebody outside of the tree watches: shells and sudo take that for Ctrl-Z.

use std::time::Duration;

use super::roster::Roster;
use super::tracked::Tracked;
use crate::guard::client::{GuardBinary, Waker};
use crate::model::{ProcessIdentity, ProcessState};
use crate::process::Backend;
use crate::sys::lineage::{self, Lineage};
use crate::sys::two_threads;

/// How often it is asked whether all stand still, and the pause between. Who is stuck in the kernel does not stop.
const MOST_QUESTIONS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(1);

/// Stops members of a tree, and lets them go.
pub(super) struct Stillness<'a> {
    /// The program of the waker, where members can be held still at all.
    binary: Option<&'a GuardBinary>,
    waker: Option<Waker>,
}

impl<'a> Stillness<'a> {
    pub(super) fn new(backend: Backend, binary: Option<&'a GuardBinary>) -> Self {
        Self { binary: binary.filter(|_| backend == Backend::Linux), waker: None }
    }

    /// Whether anybody may be stopped; the first question starts the waker.
    pub(super) fn is_possible(&mut self) -> bool {
        if self.waker.is_none() {
            self.waker = self.binary.and_then(|binary| Waker::start(binary).ok());
        }
        self.waker.is_some()
    }

    /// SIGSTOP to whoever has not had it. False: the waker is gone.
    pub(super) fn stop(&mut self, roster: &mut Roster) -> bool {
        let Some(waker) = &mut self.waker else { return false };
        let mut chosen: Vec<&mut Tracked> = Vec::new();
        for tracked in roster.iter_mut() {
            if tracked.may_be_stilled && !tracked.still && tracked.is_alive() {
                chosen.push(tracked);
            }
        }
        let identities: Vec<&ProcessIdentity> = chosen.iter().map(|tracked| &tracked.info.identity).collect();
        if waker.tell(&identities).is_err() {
            return false;
        }
        for tracked in chosen {
            tracked.still = true;
            tracked.send(libc::SIGSTOP);
        }
        true
    }

    /// Waits until everybody who had SIGSTOP stands still, and keeps the line of each. False: somebody does not.
    pub(super) fn settle(roster: &mut Roster) -> bool {
        let mut restless: Vec<&mut Tracked> =
            roster.iter_mut().filter(|tracked| tracked.still && tracked.stands.is_none()).collect();
        for _ in 0..MOST_QUESTIONS {
            let mut postures = two_threads::map(&restless, |tracked| posture(tracked)).into_iter();
            restless.retain_mut(|tracked| match postures.next() {
                Some(Posture::Stands(line)) => {
                    tracked.stands = Some(*line);
                    false
                }
                Some(Posture::Ended) => false,
                Some(Posture::Restless) | None => true,
            });
            let Some(first) = restless.first() else { return true };
            // Who ends instead is as still as can be.
            first.hold.wait(PAUSE);
        }
        false
    }

    /// Everybody was let go.
    pub(super) fn end(&mut self) {
        if let Some(waker) = &mut self.waker {
            waker.take_back();
        }
    }
}

/// What somebody does who had SIGSTOP.
enum Posture {
    /// Each of its threads stands still: a fork that was under way when the signal came is finished.
    Stands(Box<Lineage>),
    /// A thread of it may still run.
    Restless,
    /// It is dead.
    Ended,
}

fn posture(tracked: &Tracked) -> Posture {
    let pid = tracked.info.identity.pid;
    let Ok(first) = Lineage::read(pid) else { return Posture::Ended };
    if tracked.hold.is_dead() {
        return Posture::Ended;
    }
    let restless = if first.threads <= 1 { may_run(first.state) } else { may_any_thread_run(pid) };
    if restless { Posture::Restless } else { Posture::Stands(Box::new(first)) }
}

fn may_any_thread_run(pid: i32) -> bool {
    let state = |thread: i32| Lineage::of_thread(pid, thread).map(|thread| thread.state);
    let threads = lineage::threads(pid).unwrap_or_default();
    threads.into_iter().filter_map(|thread| state(thread).ok()).any(may_run)
}

/// One that waits in the kernel stops before it runs on.
fn may_run(state: ProcessState) -> bool {
    matches!(state, ProcessState::Running | ProcessState::Sleeping)
}
