//! Everybody who is to end, in the order in which they were found, and what is done to all of them at once.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::tracked::Tracked;
use crate::model::ProcessIdentity;
use crate::process::ProcessTable;
use crate::process::lineage::Known;
use crate::sys::two_threads;

/// How soon somebody who waits for deaths asks whether to go on.
const ASK_STEP: Duration = Duration::from_millis(50);

/// The held members of a stop.
#[derive(Debug, Default)]
pub(super) struct Roster {
    all: Vec<Tracked>,
    /// Where whoever had a number last is.
    places: HashMap<i32, usize>,
}

/// How a wait for deaths ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    AllDead,
    TooLong,
    Cancelled,
}

impl Roster {
    pub(super) fn add(&mut self, tracked: Tracked) {
        self.places.insert(tracked.info.identity.pid, self.all.len());
        self.all.push(tracked);
    }

    /// Whoever was added last.
    pub(super) fn last(&self) -> Option<&Tracked> {
        self.all.last()
    }

    /// Lets go of it.
    pub(super) fn remove_last(&mut self) {
        if let Some(last) = self.all.pop() {
            self.places.remove(&last.info.identity.pid);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Tracked> {
        self.all.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Tracked> {
        self.all.iter_mut()
    }

    pub(super) fn into_members(self) -> Vec<Tracked> {
        self.all
    }

    /// Whether whoever has this number in a look is held; init, which cares for nobody's stops, counts as one.
    pub(super) fn holds(&self, pid: i32, look: &ProcessTable) -> bool {
        pid == 1 || self.identity(pid).is_some_and(|identity| look.find(identity).is_some())
    }

    /// Says of the members that were added after the first `known` whom nobody outside of the tree watches: whoever has a parent that is held, since
    /// before or with them. A session is proved as a whole, so all of a tree may be added at once, and parents behind their children.
    pub(super) fn allow_stillness(&mut self, known: usize, look: &ProcessTable) {
        let is_with_them = |pid| self.places.get(&pid).is_some_and(|place| *place >= known);
        let watchers: Vec<i32> = self.all[known..].iter().map(|tracked| tracked.info.ppid).collect();
        let allowed: Vec<bool> =
            watchers.into_iter().map(|parent| is_with_them(parent) || self.holds(parent, look)).collect();
        for (tracked, allowed) in self.all[known..].iter_mut().zip(allowed) {
            tracked.may_be_stilled = allowed;
        }
    }

    fn identity(&self, pid: i32) -> Option<&ProcessIdentity> {
        self.places.get(&pid).map(|place| &self.all[*place].info.identity)
    }

    /// Those whom a look need not read: they stand still, or are dead and hold their number.
    pub(super) fn known(&self) -> Known {
        let mut known = Known::default();
        let reaped = two_threads::map(&self.all, |tracked| tracked.hold.is_reaped());
        for (tracked, _) in self.all.iter().zip(reaped).filter(|(_, reaped)| !reaped) {
            match &tracked.stands {
                Some(line) => known.standing.push(line.clone()),
                None if tracked.end().is_some() => known.ended.push(tracked.info.identity.pid),
                None => {}
            }
        }
        known
    }

    /// Tells a look who those are that are held. Asked of each after the look: whoever is not reaped by now had his number all the time.
    pub(super) fn identify_in(&self, look: &mut ProcessTable) {
        let last: Vec<&Tracked> = self.places.values().map(|place| &self.all[*place]).collect();
        let is_still_it = |tracked: &&Tracked| {
            let seen = look.get(tracked.info.identity.pid);
            seen.is_some_and(|seen| seen.started_at == tracked.info.started_at) && !tracked.hold.is_reaped()
        };
        let verdicts = two_threads::map(&last, is_still_it);
        for (tracked, _) in last.into_iter().zip(verdicts).filter(|(_, still)| *still) {
            look.identify(&tracked.info.identity);
        }
    }

    pub(super) fn any_alive(&mut self) -> bool {
        self.all.iter_mut().any(Tracked::is_alive)
    }

    /// The first signal to those who were added after the first `known`, then SIGCONT: all have the one before anybody can react to a neighbour's end.
    pub(super) fn ask_to_end(&mut self, signal: i32, known: usize) {
        self.all.iter_mut().skip(known).for_each(|tracked| tracked.ask_to_end(signal));
        self.all.iter_mut().skip(known).for_each(Tracked::wake);
    }

    /// Everybody runs on who ran before.
    pub(super) fn leave(&mut self) {
        self.all.iter_mut().for_each(Tracked::leave);
    }

    /// SIGKILL to everybody. Who runs comes first: it would replace the children that end before it does.
    pub(super) fn kill(&mut self) {
        self.all.iter_mut().filter(|tracked| !tracked.still).for_each(Tracked::kill);
        self.all.iter_mut().for_each(Tracked::kill);
    }

    /// Waits until all have ended, the time is over, or `goes_on` says no when it is asked, which is now and then.
    pub(super) fn wait_for_deaths(&mut self, limit: Duration, goes_on: impl Fn() -> bool) -> Waited {
        let until = Instant::now().checked_add(limit);
        // From the end: who had the signal last tends to end last, and who ended meanwhile costs one question and no wait.
        for tracked in self.all.iter_mut().rev() {
            while tracked.is_alive() {
                let left =
                    until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
                if !goes_on() {
                    return Waited::Cancelled;
                }
                if left.is_zero() {
                    return Waited::TooLong;
                }
                tracked.hold.wait(left.min(ASK_STEP));
            }
        }
        Waited::AllDead
    }
}
