//! The way of a unit to its end: what the ladder says is done here, and deaths are told.

use std::io;
use std::time::{Duration, Instant};

use super::{KILL_PACE, Launch, Life};
use crate::guard::kill_loop::{Family, Left, Round};
use crate::guard::protocol::{Event, FirstExited};
use crate::guard::shim::ladder::{Action, Input};
use crate::guard::survivors::survivors;
use crate::guard::{failpoint, tree};
use crate::model::ExitCause;
use crate::sys::wait::ExitStatus;

impl Life {
    pub(super) fn stop(&mut self, force: bool, grace: Duration, cause: ExitCause) -> io::Result<()> {
        if let Some(record) = &mut self.record {
            record.caused(cause);
        }
        self.input(Input::Stop { force, grace })
    }

    pub(super) fn reap(&mut self) -> io::Result<()> {
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

    pub(super) fn input(&mut self, input: Input) -> io::Result<()> {
        let now = Instant::now();
        match self.ladder.advance(input, now) {
            Action::Nothing => Ok(()),
            Action::Terminate => self.terminate(now),
            Action::Kill => self.kill(now),
            Action::Finish => self.finish(),
        }
    }

    /// `began`: when the grace begins, so that no stop is told to have taken less than that.
    fn terminate(&mut self, began: Instant) -> io::Result<()> {
        let processes = tree::descendants(&self.family.keep);
        failpoint::hit("shim.stop.listed");
        tree::terminate(&processes);
        failpoint::hit("shim.stop.terminated");
        if let Some(record) = &mut self.record {
            record.told(processes, began);
        }
        // A grace of nothing is over at once.
        self.input(Input::Tick)
    }

    fn kill(&mut self, began: Instant) -> io::Result<()> {
        let processes = tree::descendants(&self.family.keep);
        if let Some(record) = &mut self.record {
            record.forced(processes, began);
        }
        failpoint::hit("shim.kill.start");
        // The kill loop does it all again; this only makes it one step against fork.
        self.leaf.kill();
        self.kill_round()
    }

    pub(super) fn kill_round(&mut self) -> io::Result<()> {
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
}
