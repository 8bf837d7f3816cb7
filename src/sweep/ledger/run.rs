//! One sweep over the processes of every ledger that is due: read, order, wait, until the kernel shows nobody or the time is over.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use super::carriers::{Carrier, Carriers, Reading, Standing};
use super::due::Due;
use super::rounds::{Order, Rounds};
use super::seen::{Met, Seen};
use crate::guard::survivors::survivors;
use crate::model::{LedgerState, ProcessInfo, Refusal, SweepReport};
use crate::sys::clock;
use crate::sys::poll::PollSet;

/// Between two readings at least.
const PACE: Duration = Duration::from_millis(20);

/// On a large machine readings take at most one part in so many of the time.
const PACE_FACTOR: u32 = 4;

/// Between two readings at most: somebody may have been forked.
const LONGEST_WAIT: Duration = Duration::from_millis(250);

/// So many are waited for at once; who is not is seen by the next reading.
const WATCHED: usize = 64;

/// The sweep.
pub(super) struct LedgerRun {
    due: Vec<Due>,
    rounds: Vec<Rounds>,
    carriers: Carriers,
    seen: Seen,
}

impl LedgerRun {
    pub(super) fn new(due: Vec<Due>, uid: u32, grace: Duration) -> Self {
        let now = Instant::now();
        let rounds = due.iter().map(|due| Rounds::new(now, due.grace_left(grace))).collect();
        let carriers = Carriers::new(due.iter().map(|due| due.marker.clone()).collect(), uid);
        Self { due, rounds, carriers, seen: Seen::default() }
    }

    /// Only looks.
    pub(super) fn tell(mut self, report: &mut SweepReport) -> io::Result<()> {
        self.set_own_apart(report);
        if self.due.is_empty() {
            return Ok(());
        }
        let reading = self.carriers.read()?;
        self.seen.note(&reading);
        for (index, due) in self.due.iter().enumerate() {
            let detail = "its host and its guard have ended".to_owned();
            report.ledgers.push(due.outcome(LedgerState::ToSweep, detail, self.seen.count(index)));
        }
        report.stop.refused.extend(refusals(&reading));
        report.found = self.seen.leftovers().cloned().collect();
        Ok(())
    }

    /// Stops everybody, and removes the ledgers of which nothing is left.
    pub(super) fn run(mut self, report: &mut SweepReport) -> io::Result<()> {
        self.set_own_apart(report);
        if self.due.is_empty() {
            return Ok(());
        }
        let last = loop {
            let began = Instant::now();
            let reading = self.carriers.read()?;
            self.seen.note(&reading);
            let now = Instant::now();
            self.carry_out(&reading, now);
            if self.is_over(&reading, now) {
                break reading;
            }
            self.wait(&reading, now, began.elapsed());
        };
        self.report(&last, report);
        Ok(())
    }

    /// Who is of a unit itself cannot sweep that unit.
    fn set_own_apart(&mut self, report: &mut SweepReport) {
        while let Some(index) = self.due.iter().position(|due| self.carriers.is_own(&due.marker)) {
            let due = self.due.remove(index);
            self.rounds.remove(index);
            self.carriers.forget(index);
            let detail = "this process is one of its own; sweep from elsewhere".to_owned();
            report.ledgers.push(due.outcome(LedgerState::Left, detail, 0));
        }
    }

    fn carry_out(&mut self, reading: &Reading, now: Instant) {
        for carrier in &reading.carriers {
            let Standing::Leftover(place) = carrier.standing else { continue };
            let Some(rounds) = self.rounds.get_mut(carrier.ledger) else { continue };
            let Some(order) = rounds.order(carrier.identity(), place, now) else { continue };
            // Gone by now, or not the same any more: the next reading shows it.
            let _ = self.send(carrier, order);
        }
    }

    fn send(&mut self, carrier: &Carrier, order: Order) -> io::Result<()> {
        match order {
            Order::Wake => self.carriers.signal(carrier, libc::SIGCONT),
            Order::Kill => self.carriers.signal(carrier, libc::SIGKILL),
            Order::Ask => {
                if let Some(due) = self.due.get_mut(carrier.ledger) {
                    due.note_asked();
                }
                self.carriers.signal(carrier, libc::SIGTERM)?;
                self.carriers.signal(carrier, libc::SIGCONT)
            }
        }
    }

    fn is_over(&mut self, reading: &Reading, now: Instant) -> bool {
        let mut all = true;
        for (index, rounds) in self.rounds.iter_mut().enumerate() {
            let saw_nobody = leftovers_of(reading).all(|carrier| carrier.ledger != index);
            all &= rounds.is_over(saw_nobody, now);
        }
        all
    }

    /// Until somebody ends or an order is due; at the pace of the readings.
    fn wait(&self, reading: &Reading, now: Instant, reading_took: Duration) {
        let pace = PACE.max(reading_took * PACE_FACTOR);
        let next = self.rounds.iter().map(|rounds| rounds.next_change(now)).min().unwrap_or_default();
        let holds: Vec<OwnedFd> =
            leftovers_of(reading).take(WATCHED).filter_map(|carrier| carrier.hold().ok()).collect();
        let mut watched = PollSet::default();
        for hold in &holds {
            watched.add(hold.as_fd(), libc::POLLIN);
        }
        let longest = if holds.is_empty() { pace } else { next.min(LONGEST_WAIT).max(pace) };
        // A wait that fails costs only a reading more.
        let _ = watched.wait(Some(longest));
        let _ = PollSet::default().wait(Some(pace.saturating_sub(now.elapsed())));
    }

    fn report(self, last: &Reading, report: &mut SweepReport) {
        for (index, due) in self.due.iter().enumerate() {
            let (state, detail) = self.state_of(index, due, last);
            report.ledgers.push(due.outcome(state, detail, self.seen.count(index)));
        }
        report.stop.refused.extend(refusals(last));
        report.unreadable = last.unreadable.iter().map(|(pid, _)| *pid).collect();
        report.found = self.seen.leftovers().cloned().collect();
        let alive: Vec<ProcessInfo> = leftovers_of(last).map(|carrier| carrier.process.clone()).collect();
        for Met { ledger, process, is_shim } in self.seen.gone(&alive) {
            if self.rounds.get(ledger).is_some_and(|rounds| rounds.was_killed(&process.identity)) {
                report.stop.forced.push(process);
            } else if !is_shim {
                report.stop.stopped.push(process);
            }
        }
        report.stop.survivors = survivors(alive);
    }

    /// Whether the kernel shows that nothing is left.
    fn state_of(&self, index: usize, due: &Due, last: &Reading) -> (LedgerState, String) {
        let carriers = last.carriers.iter().filter(|carrier| carrier.ledger == index);
        let left: Vec<String> = carriers.map(|carrier| carrier.process.identity.pid.to_string()).collect();
        if !left.is_empty() {
            return (LedgerState::Kept, format!("still there: {}", left.join(", ")));
        }
        let ticks = clock::ticks_per_second();
        let is_younger =
            |(_, start): &&(i32, u64)| start.saturating_mul(1000) / ticks + 1000 > due.since_boot_ms;
        let closed: Vec<String> =
            last.unreadable.iter().filter(is_younger).map(|(pid, _)| pid.to_string()).collect();
        if !closed.is_empty() {
            let detail = format!(
                "nobody may read the environment of {}, so it may be one of its own",
                closed.join(", ")
            );
            return (LedgerState::Kept, detail);
        }
        match due.file.remove() {
            Ok(()) => (LedgerState::Swept, "nothing of it is left".to_owned()),
            Err(error) => {
                (LedgerState::Kept, format!("nothing of it is left, but it cannot be removed: {error}"))
            }
        }
    }
}

fn leftovers_of(reading: &Reading) -> impl Iterator<Item = &Carrier> {
    reading.carriers.iter().filter(|carrier| matches!(carrier.standing, Standing::Leftover(_)))
}

fn refusals(reading: &Reading) -> impl Iterator<Item = Refusal> {
    reading.carriers.iter().filter_map(|carrier| match &carrier.standing {
        Standing::Protected(reason) => {
            Some(Refusal { pid: carrier.process.identity.pid, reason: reason.clone() })
        }
        Standing::Leftover(_) => None,
    })
}
