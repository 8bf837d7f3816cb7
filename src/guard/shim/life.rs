//! The life of a shim after its set-up: one loop around one wait.

mod ending;
mod hearing;
mod launch;

use std::io;
use std::mem;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::ShimStart;
use super::first::First;
use super::job::Job;
use super::ladder::{Input, Ladder, Phase};
use super::record::Record;
use crate::guard::failpoint;
use crate::guard::kill_loop::KillLoop;
use crate::guard::leaf::Leaf;
use crate::guard::outbox::Outbox;
use crate::guard::own_children::OwnChildren;
use crate::model::ExitCause;
use crate::sys::fork::Fork;
use crate::sys::memory_ceiling::CeilingWatch;
use crate::sys::poll::PollSet;
use crate::sys::wait::Which;
use crate::sys::{fd, fork, prctl, program_pages, signal};

/// Between rounds of the kill loop that found nobody new; a SIGCHLD ends the wait early.
const KILL_PACE: Duration = Duration::from_millis(20);

/// How a spawn came out.
enum Launch {
    /// The first process has not called exec yet; this pipe tells when.
    Pending(OwnedFd),
    /// The command runs.
    Running,
    /// It does not, and the guard was told.
    Failed,
}

/// A unit and its shim.
pub(crate) struct Life {
    unit: u64,
    grace: Duration,
    guard: Rc<OwnedFd>,
    guard_is_gone: bool,
    signals: OwnedFd,
    first: i32,
    first_hold: Option<OwnedFd>,
    launch: Launch,
    /// Until the first wait after the start, for which the program was read in.
    is_starting: bool,
    ladder: Ladder,
    family: OwnChildren,
    kill_loop: KillLoop,
    kill_pace: Option<Duration>,
    record: Option<Record>,
    outbox: Outbox,
    leaf: Leaf,
    /// Until its unit has reached it.
    ceiling: Option<CeilingWatch>,
    at_ceiling: bool,
    /// On a terminal, where the unit has a group of its own.
    job: Option<Job>,
    poll: PollSet,
}

impl Life {
    /// Forks the first process.
    pub(crate) fn begin(start: ShimStart) -> io::Result<Self> {
        let signals = signal::descriptor(&[libc::SIGCHLD, libc::SIGTERM])?;
        let family = OwnChildren::new(Which::All)?.in_this_session(start.terminal.is_some());
        let (result, failure) = fd::pipe()?;
        fd::set_nonblocking(result.as_fd(), true)?;
        let doors = start.leaf.doors()?;
        let ceiling = start.leaf.ceiling();
        let parent = prctl::own_pid();
        let ShimStart { request, spec, stdio, guard, umask, cookie, leaf, terminal, .. } = start;
        let first = First { spec, stdio, failure, doors, umask, cookie, parent, terminal: terminal.clone() };
        let (pid, hold) = match fork::plain()? {
            Fork::Child => first.run(),
            Fork::Parent { pid, pidfd } => (pid, pidfd),
        };
        drop(first);
        failpoint::hit("shim.forked");
        let grace = Duration::from_millis(request.grace_ms);
        Ok(Self {
            unit: request.unit,
            grace,
            guard,
            guard_is_gone: false,
            signals,
            first: pid,
            first_hold: Some(hold),
            launch: Launch::Pending(result),
            is_starting: true,
            ladder: Ladder::new(request.leftovers, grace),
            family,
            kill_loop: KillLoop::default(),
            kill_pace: None,
            record: Some(Record::new(pid, request.leftovers)),
            outbox: Outbox::default(),
            leaf,
            ceiling,
            at_ceiling: false,
            job: terminal.and_then(|terminal| Job::new(terminal, pid)),
            poll: PollSet::default(),
        })
    }

    /// Lives until nothing of the unit is left and everything was told.
    pub(crate) fn run(mut self) -> ! {
        while !self.is_over() {
            if self.turn().is_err() {
                // Nothing below can be trusted any more: dying hands the unit to the guard, which finishes the work.
                fork::leave(1);
            }
        }
        self.leaf.remove();
        if self.guard_is_gone {
            // What a dead guard cannot remove.
            self.leaf.remove_guard();
        }
        fork::leave(0)
    }

    fn is_over(&self) -> bool {
        self.ladder.phase() == Phase::Over && (self.guard_is_gone || self.outbox.is_empty())
    }

    fn turn(&mut self) -> io::Result<()> {
        self.wait()?;
        self.read_signals()?;
        self.read_launch()?;
        self.read_requests()?;
        self.notice_stop()?;
        self.notice_ceiling();
        match self.ladder.phase() {
            Phase::Killing(_) => self.kill_round()?,
            Phase::Over => {}
            Phase::Running | Phase::Waiting | Phase::Terminating(_) => self.reap()?,
        }
        if self.at_ceiling {
            // The kernel may have killed one process only, and the others have lost a part of their unit.
            self.stop(true, Duration::ZERO, ExitCause::Memory)?;
        }
        self.input(Input::Tick)?;
        self.flush()
    }

    fn wait(&mut self) -> io::Result<()> {
        self.poll.clear();
        self.poll.add(self.signals.as_fd(), libc::POLLIN);
        if !self.guard_is_gone {
            let room = if self.outbox.wants_room() { libc::POLLOUT } else { 0 };
            self.poll.add(self.guard.as_fd(), libc::POLLIN | room);
        }
        if let Launch::Pending(result) = &self.launch {
            self.poll.add(result.as_fd(), libc::POLLIN);
        }
        if matches!(self.launch, Launch::Running)
            && self.outbox.is_empty()
            && mem::take(&mut self.is_starting)
        {
            // Most shims do nothing from here to the end of their unit.
            program_pages::forget();
        }
        if let Some(ceiling) = &self.ceiling {
            self.poll.add(ceiling.as_fd(), ceiling.interest());
        }
        let until = self.ladder.deadline().map(|until| until.saturating_duration_since(Instant::now()));
        let pace = if matches!(self.ladder.phase(), Phase::Killing(_)) { self.kill_pace } else { None };
        let again = self.outbox.pace().filter(|_| !self.guard_is_gone);
        self.poll.wait(until.into_iter().chain(pace).chain(again).min())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.guard_is_gone && !self.outbox.is_empty() && self.outbox.flush(self.guard.as_fd()).is_err() {
            self.lose_guard()?;
        }
        Ok(())
    }
}
