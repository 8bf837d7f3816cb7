//! What shims say, and their deaths.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use super::event_loop::Server;
use super::unit::{Heard, Lost};
use crate::guard::failpoint;
use crate::guard::protocol::{Event, MAX_FRAME, decode};
use crate::sys::{pidfd, seqpacket, wait};

impl Server {
    /// Passes on what shims said, then looks for dead ones: what was said before a death is heard before it.
    pub(super) fn hear_shims(&mut self) {
        let ids: Vec<u64> =
            self.units.values().filter(|unit| unit.lost.is_none()).map(|unit| unit.id).collect();
        for id in ids {
            // In this order: a dead shim says nothing after its death was seen.
            let dead = self.units.get(&id).is_some_and(|unit| pidfd::is_dead(unit.shim_hold.as_fd()));
            self.hear(id);
            if dead {
                self.bury(id);
            }
        }
    }

    fn hear(&mut self, id: u64) {
        let mut buffer = [0; MAX_FRAME];
        loop {
            let Some(socket) = self.units.get(&id).and_then(|unit| unit.socket.as_ref()) else { return };
            match seqpacket::receive(socket.as_fd(), &mut buffer) {
                Ok(message) if message.size > 0 => {
                    let frame = buffer.get(..message.size).unwrap_or_default();
                    self.pass_on(id, frame, message.fds);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                _ => {
                    if let Some(unit) = self.units.get_mut(&id) {
                        unit.socket = None;
                    }
                }
            }
        }
    }

    fn pass_on(&mut self, id: u64, frame: &[u8], fds: Vec<OwnedFd>) {
        let (Ok(event), Some(unit)) = (decode::<Event>(frame), self.units.get_mut(&id)) else { return };
        match &event {
            Event::Started(started) => {
                unit.heard = Heard::Started;
                unit.first = Some(started.identity.pid);
            }
            Event::SpawnFailed(_) => unit.heard = Heard::Ended,
            Event::Ended { .. } => {
                failpoint::hit("guard.end.received");
                unit.heard = Heard::Ended;
            }
            Event::FirstExited(_) | Event::Stopped { .. } | Event::Ready(_) | Event::Refused(_) => {}
        }
        let started = matches!(event, Event::Started(_));
        self.outbox.push_frame(frame.to_vec(), fds);
        if started {
            failpoint::hit("guard.spawn.reported");
        }
    }

    /// Reaps a dead shim. After its last word the unit is over; without it the guard takes the shim's place.
    fn bury(&mut self, id: u64) {
        let Some(unit) = self.units.get_mut(&id) else { return };
        // Its own child, and nobody else reaps it.
        let _ = wait::reap_child(unit.shim);
        self.adoption.unspare(unit.shim);
        failpoint::hit("guard.end.reaped");
        // Survivors, and what only a dead shim leaves, are the guard's children from now on.
        self.adoption.wake();
        if unit.heard == Heard::Ended {
            unit.leaf.remove();
            self.units.remove(&id);
            self.forget(id);
        } else {
            unit.deadline = None;
            unit.lost = Some(Lost { since: Instant::now(), forced: Vec::new() });
            self.adoption.begin(unit);
        }
    }
}
