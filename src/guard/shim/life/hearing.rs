//! What a shim hears: signals, its guard, job control, the ceiling of its memory.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use super::Life;
use crate::guard::protocol::{Event, MAX_FRAME, ShimRequest, decode};
use crate::guard::shim::job::Stop;
use crate::guard::shim::ladder::Phase;
use crate::guard::{GRACE_WITHOUT_HOST, failpoint};
use crate::model::ExitCause;
use crate::sys::{poll, seqpacket, signal};

impl Life {
    /// SIGCHLD only wakes the loop, which reaps in every turn anyway.
    pub(super) fn read_signals(&mut self) -> io::Result<()> {
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

    pub(super) fn read_requests(&mut self) -> io::Result<()> {
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
                self.stop(stop.force, Duration::from_millis(stop.grace_ms), stop.cause)
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
    pub(super) fn notice_stop(&mut self) -> io::Result<()> {
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
    pub(super) fn notice_ceiling(&mut self) {
        if self.ceiling.take_if(|ceiling| ceiling.is_reached()).is_some() {
            self.at_ceiling = true;
            if let Some(record) = &mut self.record {
                record.caused(ExitCause::Memory);
            }
        }
    }

    pub(super) fn give_terminal_back(&self) {
        if let Some(job) = &self.job {
            job.give_back(&self.family.keep);
        }
    }

    pub(super) fn lose_guard(&mut self) -> io::Result<()> {
        self.guard_is_gone = true;
        self.give_terminal_back();
        self.stop(false, self.grace.min(GRACE_WITHOUT_HOST), ExitCause::Guard)
    }
}
