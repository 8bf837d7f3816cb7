//! The life of a shim after its set-up: one loop around one wait.

use std::io;
use std::mem;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use super::ShimStart;
use super::first::First;
use super::job::{Job, Stop};
use super::ladder::{Action, Input, Ladder, Phase};
use super::record::Record;
use crate::guard::cgroups::Leaf;
use crate::guard::failpoint;
use crate::guard::kill_loop::{Family, KillLoop, Left, Round};
use crate::guard::outbox::Outbox;
use crate::guard::own_children::OwnChildren;
use crate::guard::protocol::{
    Event, FirstExited, MAX_FRAME, ShimRequest, SpawnFailed, Stage, Started, decode,
};
use crate::guard::survivors::survivors;
use crate::guard::{GRACE_WITHOUT_HOST, tree};
use crate::model::{ExitCause, ProcessIdentity};
use crate::sys::fork::Fork;
use crate::sys::memory_ceiling::CeilingWatch;
use crate::sys::poll::PollSet;
use crate::sys::wait::{ExitStatus, Which};
use crate::sys::{fd, fork, pidfd, poll, prctl, procfs, program_pages, seqpacket, signal};

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
    guard: OwnedFd,
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
        let grace = Duration::from_millis(request.grace_ms.into());
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
            record: Some(Record::new(pid)),
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
            let room = if self.outbox.is_empty() { 0 } else { libc::POLLOUT };
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
        self.poll.wait(until.into_iter().chain(pace).min())
    }

    /// SIGCHLD only wakes the loop, which reaps in every turn anyway.
    fn read_signals(&mut self) -> io::Result<()> {
        while let Some(number) = signal::next(self.signals.as_fd()) {
            if number == libc::SIGTERM {
                if poll::is_hung_up(self.guard.as_fd()) {
                    self.lose_guard()?;
                } else {
                    self.stop(false, self.grace, ExitCause::Stop)?;
                }
            }
        }
        Ok(())
    }

    fn read_launch(&mut self) -> io::Result<()> {
        let Launch::Pending(result) = &self.launch else { return Ok(()) };
        let mut failure = [0; 5];
        match nix::unistd::read(result, &mut failure) {
            Err(nix::errno::Errno::EAGAIN) => Ok(()),
            Ok(5) => self.launch_failed(failure),
            // The end of the pipe: exec closed it. Or death did, which the wait for the process tells next.
            _ => self.launched(),
        }
    }

    fn launch_failed(&mut self, [stage, errno @ ..]: [u8; 5]) -> io::Result<()> {
        self.launch = Launch::Failed;
        self.give_terminal_back();
        let stage = Stage::from_number(stage);
        let failed = SpawnFailed { unit: self.unit, stage, errno: i32::from_ne_bytes(errno) };
        self.outbox.push(&Event::SpawnFailed(failed), Vec::new())
    }

    fn launched(&mut self) -> io::Result<()> {
        failpoint::hit("shim.running");
        self.launch = Launch::Running;
        let Some(hold) = self.first_hold.take() else { return Ok(()) };
        let start_token = match pidfd::unique_inode(hold.as_fd()) {
            Some(inode) => inode.to_string(),
            None => format!("t{}", procfs::stat(self.first).map_or(0, |stat| stat.start_ticks)),
        };
        let identity =
            ProcessIdentity { pid: self.first, start_token, boot_id: procfs::boot_id().to_owned() };
        let started = Started { unit: self.unit, identity, shim: prctl::own_pid() };
        self.outbox.push(&Event::Started(started), vec![hold])?;
        self.flush()?;
        failpoint::hit("shim.reported");
        Ok(())
    }

    fn read_requests(&mut self) -> io::Result<()> {
        let mut buffer = [0; MAX_FRAME];
        while !self.guard_is_gone {
            match seqpacket::receive(self.guard.as_fd(), &mut buffer) {
                Ok(message) if message.size > 0 => {
                    self.serve(decode(buffer.get(..message.size).unwrap_or_default())?)?;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                _ => self.lose_guard()?,
            }
        }
        Ok(())
    }

    fn serve(&mut self, request: ShimRequest) -> io::Result<()> {
        match request {
            ShimRequest::Stop(stop) => {
                failpoint::hit("shim.stop.received");
                self.stop(stop.force, Duration::from_millis(stop.grace_ms.into()), stop.cause)
            }
            ShimRequest::Continue => {
                if let Some(job) = &self.job {
                    job.resume();
                }
                Ok(())
            }
        }
    }

    /// Job control is over once the unit has to end: a command that stops then runs out of its grace.
    fn notice_stop(&mut self) -> io::Result<()> {
        let Some(job) = self.job.as_ref().filter(|_| self.ladder.phase() == Phase::Running) else {
            return Ok(());
        };
        match job.stopped() {
            None => Ok(()),
            Some(Stop::WantsTerminal) => {
                job.resume();
                Ok(())
            }
            Some(Stop::By(number)) => {
                job.give_back(&self.family.keep);
                let signal = signal::name(number);
                self.outbox.push(&Event::Stopped { unit: self.unit, signal }, Vec::new())
            }
        }
    }

    /// The kernel tells of it before it kills: asked once a death is seen, it explains that death.
    fn notice_ceiling(&mut self) {
        if self.ceiling.take_if(|ceiling| ceiling.is_reached()).is_some() {
            self.at_ceiling = true;
            if let Some(record) = &mut self.record {
                record.caused(ExitCause::Memory);
            }
        }
    }

    fn give_terminal_back(&self) {
        if let Some(job) = &self.job {
            job.give_back(&self.family.keep);
        }
    }

    fn lose_guard(&mut self) -> io::Result<()> {
        self.guard_is_gone = true;
        self.give_terminal_back();
        self.stop(false, self.grace.min(GRACE_WITHOUT_HOST), ExitCause::Guard)
    }

    fn stop(&mut self, force: bool, grace: Duration, cause: ExitCause) -> io::Result<()> {
        if let Some(record) = &mut self.record {
            record.caused(cause);
        }
        self.input(Input::Stop { force, grace })
    }

    fn reap(&mut self) -> io::Result<()> {
        let left = self.family.reap(&mut |_| {})?;
        let first_exited = self.note_deaths()?;
        if left == Left::None {
            return self.input(Input::NoneLeft);
        }
        if first_exited { self.first_exited() } else { Ok(()) }
    }

    /// Notes what was reaped; whether the first process was among it.
    fn note_deaths(&mut self) -> io::Result<bool> {
        let mut first_exited = false;
        if !self.family.reaped.is_empty() {
            self.notice_ceiling();
        }
        for reaped in std::mem::take(&mut self.family.reaped) {
            let status = self.record.as_mut().and_then(|record| record.reaped(&reaped));
            if let Some(status) = status {
                first_exited = true;
                self.tell_first_exit(status)?;
            }
        }
        Ok(first_exited)
    }

    fn tell_first_exit(&mut self, status: ExitStatus) -> io::Result<()> {
        // Its pipe closed when it died, if not before: who is told of an exit was told of a start.
        self.read_launch()?;
        if matches!(self.launch, Launch::Failed) {
            return Ok(());
        }
        let (code, signal) = status.parts();
        self.outbox.push(
            &Event::FirstExited(FirstExited { unit: self.unit, code, signal, at_ceiling: self.at_ceiling }),
            Vec::new(),
        )?;
        self.flush()
    }

    fn first_exited(&mut self) -> io::Result<()> {
        self.give_terminal_back();
        let outlived = tree::descendants(&self.family.keep).len();
        if let Some(record) = &mut self.record {
            record.outlived(outlived);
        }
        self.input(Input::FirstExited)
    }

    fn input(&mut self, input: Input) -> io::Result<()> {
        match self.ladder.advance(input, Instant::now()) {
            Action::Nothing => Ok(()),
            Action::Terminate => self.terminate(),
            Action::Kill => self.kill(),
            Action::Finish => self.finish(),
        }
    }

    fn terminate(&mut self) -> io::Result<()> {
        let processes = tree::descendants(&self.family.keep);
        failpoint::hit("shim.stop.listed");
        tree::terminate(&processes);
        failpoint::hit("shim.stop.terminated");
        if let Some(record) = &mut self.record {
            record.told(processes);
        }
        // A grace of nothing is over at once.
        self.input(Input::Tick)
    }

    fn kill(&mut self) -> io::Result<()> {
        let began = Instant::now();
        let processes = tree::descendants(&self.family.keep);
        if let Some(record) = &mut self.record {
            record.forced(processes, began);
        }
        failpoint::hit("shim.kill.start");
        // The kill loop does it all again; this only makes it one step against fork.
        self.leaf.kill();
        self.kill_round()
    }

    fn kill_round(&mut self) -> io::Result<()> {
        failpoint::hit("shim.kill.round");
        let round = self.kill_loop.round(&mut self.family)?;
        self.note_deaths()?;
        self.kill_pace = match round {
            Round::NoneLeft => return self.input(Input::NoneLeft),
            Round::Killed => Some(Duration::ZERO),
            Round::Waiting => Some(KILL_PACE),
        };
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        failpoint::hit("shim.end.empty");
        self.give_terminal_back();
        self.read_launch()?;
        let Some(mut record) = self.record.take() else { return Ok(()) };
        if matches!(self.launch, Launch::Failed) {
            return Ok(());
        }
        record.survived(survivors(tree::descendants(&self.family.keep)));
        let (report, fds) = record.end().pack();
        self.outbox.push(&Event::Ended { unit: self.unit, report }, fds)?;
        self.flush()?;
        failpoint::hit("shim.end.reported");
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.guard_is_gone && !self.outbox.is_empty() && self.outbox.flush(self.guard.as_fd()).is_err() {
            self.lose_guard()?;
        }
        Ok(())
    }
}
