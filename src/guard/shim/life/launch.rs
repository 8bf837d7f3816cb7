//! How the start of the first process came out.

use std::io;
use std::os::fd::AsFd;

use super::{Launch, Life};
use crate::guard::failpoint;
use crate::guard::protocol::{Event, SpawnFailed, Stage, Started};
use crate::model::ProcessIdentity;
use crate::sys::{pidfd, prctl, procfs};

impl Life {
    pub(super) fn read_launch(&mut self) -> io::Result<()> {
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
}
