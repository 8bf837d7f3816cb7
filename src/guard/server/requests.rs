//! What the host asks for, carried out.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use super::event_loop::Server;
use super::unit::{Heard, Unit};
use crate::guard::KILL_LIMIT;
use crate::guard::failpoint::{self, Role};
use crate::guard::protocol::{
    Event, MAX_FRAME, RefusalReason, Refused, Request, ShimRequest, SpawnFailed, SpawnRequest, Stage,
    StopRequest, decode, encode,
};
use crate::guard::shim::ShimStart;
use crate::model::ExitCause;
use crate::sys::fork::Fork;
use crate::sys::{fork, pidfd, prctl, seqpacket};

/// What a shim may need beyond the grace and its kill loop.
const SHIM_MARGIN: Duration = Duration::from_secs(1);

impl Server {
    /// Serves what the host has sent.
    pub(super) fn read_requests(&mut self) {
        let mut buffer = [0; MAX_FRAME];
        loop {
            self.notice_host();
            if self.host_is_gone {
                return;
            }
            match seqpacket::receive(self.socket.as_fd(), &mut buffer) {
                Ok(message) if message.size > 0 => {
                    let frame = buffer.get(..message.size).unwrap_or_default();
                    // The host is of the same version: what it sends is understood, or it is no host of ours.
                    match decode(frame) {
                        Ok(Request::Spawn(request)) if message.fds_were_cut => {
                            self.refuse_for_room(request.unit);
                        }
                        Ok(request) => self.serve(request, message.fds),
                        Err(_) => return self.lose_host(),
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                _ => return self.lose_host(),
            }
        }
    }

    fn serve(&mut self, request: Request, fds: Vec<OwnedFd>) {
        match request {
            Request::Spawn(request) => self.spawn(request, fds),
            Request::Stop(StopRequest { unit, force, grace_ms, cause }) => {
                failpoint::hit("guard.stop.received");
                self.stop_unit(unit, force, Duration::from_millis(grace_ms), cause);
            }
            Request::Shutdown { grace_ms } => self.leave(|_| Duration::from_millis(grace_ms)),
            Request::Continue { unit } => self.ask_shim(unit, ShimRequest::Continue),
        }
    }

    /// The kernel had no room here for what came beside a request.
    fn refuse_for_room(&mut self, unit: u64) {
        let error = io::Error::from_raw_os_error(libc::EMFILE);
        self.tell(&failed(unit, Stage::Guard, &error));
    }

    fn spawn(&mut self, request: SpawnRequest, fds: Vec<OwnedFd>) {
        failpoint::hit("guard.spawn.received");
        let unit = request.unit;
        let outcome = self.try_spawn(request, fds);
        if !self.units.contains_key(&unit) {
            self.forget(unit);
        }
        let event = match outcome {
            Ok(()) => return,
            Err(NoSpawn::Refused(reason)) => Event::Refused(Refused { unit, reason }),
            Err(NoSpawn::Failed(error)) => failed(unit, Stage::Guard, &error),
            Err(NoSpawn::Limits(error)) => failed(unit, Stage::Limits, &error),
        };
        self.tell(&event);
    }

    fn try_spawn(&mut self, request: SpawnRequest, fds: Vec<OwnedFd>) -> Result<(), NoSpawn> {
        if self.leaving {
            return Err(NoSpawn::Refused(RefusalReason::Leaving));
        }
        let umask = self.asker.check().map_err(NoSpawn::Refused)?;
        failpoint::hit("guard.spawn.checked");
        let malformed = |_| NoSpawn::Refused(RefusalReason::Malformed);
        let [spec, stdin, stdout, stderr]: [OwnedFd; 4] = fds.try_into().map_err(malformed)?;
        let id = request.unit;
        if self.units.contains_key(&id) {
            return Err(NoSpawn::Refused(RefusalReason::Malformed));
        }
        if let Some(ledger) = &mut self.ledger {
            ledger.note(id, &request.label);
        }
        failpoint::hit("guard.spawn.recorded");
        let (socket, guard) = seqpacket::pair().map_err(NoSpawn::Failed)?;
        let leaf = self.cgroups.leaf(id, request.memory).map_err(NoSpawn::Limits)?;
        let grace = Duration::from_millis(request.grace_ms);
        let start = ShimStart {
            request,
            spec,
            stdio: [stdin, stdout, stderr],
            guard: guard.into(),
            guard_pid: prctl::own_pid(),
            umask,
            cookie: self.cookie.clone(),
            leaf: leaf.clone(),
            terminal: self.terminal.clone(),
        };
        let forked = fork::quiet().inspect_err(|_| leaf.remove());
        let (shim, shim_hold) = match forked.map_err(NoSpawn::Failed)? {
            Fork::Child => start.run(),
            Fork::Parent { pid, pidfd } => (pid, pidfd),
        };
        failpoint::set_pid(Role::Shim, shim);
        failpoint::hit("guard.spawn.forked");
        self.adoption.spare(shim);
        let unit = Unit {
            id,
            shim,
            shim_hold,
            socket: Some(socket),
            heard: Heard::Nothing,
            grace,
            first: None,
            first_status: None,
            began: Instant::now(),
            deadline: None,
            leaf,
            lost: None,
            cause: None,
        };
        self.units.insert(id, unit);
        Ok(())
    }

    /// What has ended, or never began, is nobody whom a sweep would look for.
    pub(super) fn forget(&mut self, unit: u64) {
        if let Some(ledger) = &mut self.ledger {
            ledger.forget(unit);
        }
    }

    /// Tells the shim to end its unit, and gives the shim up when it does not.
    pub(super) fn stop_unit(&mut self, id: u64, force: bool, grace: Duration, cause: ExitCause) {
        // A unit that is not there has ended: the host reads of it next.
        let Some(unit) = self.units.get_mut(&id) else { return };
        unit.cause.get_or_insert(cause);
        let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        let stop = StopRequest { unit: id, force, grace_ms, cause };
        self.ask_shim(id, ShimRequest::Stop(stop));
        failpoint::hit("guard.stop.forwarded");
        let Some(unit) = self.units.get_mut(&id) else { return };
        // A stopped shim would only lose time: it has no reason to be stopped.
        let _ = pidfd::send_signal(unit.shim_hold.as_fd(), libc::SIGCONT);
        let grace = if force { Duration::ZERO } else { grace };
        unit.give_up_in(grace + limit() + SHIM_MARGIN);
    }

    fn ask_shim(&self, id: u64, request: ShimRequest) {
        let socket = self.units.get(&id).and_then(|unit| unit.socket.as_ref());
        if let (Some(socket), Ok(frame)) = (socket, encode(&request)) {
            // A full queue holds earlier requests; a shim that reads none of them runs into the deadline of a stop.
            let _ = seqpacket::send(socket.as_fd(), &frame, &[]);
        }
    }

    pub(super) fn tell(&mut self, event: &Event) {
        // Every event here is far below the limit of a frame.
        let _ = self.outbox.push(event, Vec::new());
    }
}

/// Why nothing was started.
enum NoSpawn {
    Refused(RefusalReason),
    Failed(io::Error),
    /// A limit that it must not run without cannot be kept.
    Limits(io::Error),
}

fn failed(unit: u64, stage: Stage, error: &io::Error) -> Event {
    let unnamed = if error.kind() == io::ErrorKind::Unsupported { libc::ENOTSUP } else { libc::EIO };
    Event::SpawnFailed(SpawnFailed { unit, stage, errno: error.raw_os_error().unwrap_or(unnamed) })
}

/// Tests of shims that never answer need not wait for the real one.
fn limit() -> Duration {
    #[cfg(feature = "failpoints")]
    if let Some(limit) = std::env::var("PROCMAN_SHIM_LIMIT_MS").ok().and_then(|limit| limit.parse().ok()) {
        return Duration::from_millis(limit);
    }
    KILL_LIMIT
}
