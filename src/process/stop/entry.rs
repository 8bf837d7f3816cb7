//! Who of those that belong is held and tracked: everybody, unless a rule protects it or it is dead already.

use std::io;
use std::os::fd::AsFd;

use super::hold::{Hold, Seen, Taken};
use super::left_alone::LeftAlone;
use super::lookout::Lookout;
use super::members::Admission;
use super::roster::Roster;
use super::tracked::Tracked;
use crate::model::{ProcessInfo, ProcessState, Refusal};
use crate::process::{Backend, ProcessTable, RefusalRule, Surroundings};
use crate::sys::lineage::Lineage;
use crate::sys::{fd, limits, pidfd, portable, two_threads};

/// So many newcomers are worth a table of descriptors that is made larger before.
const CROWD: usize = 64;

/// The rules at the door of a stop, and whom they turned away.
pub(super) struct Entry {
    pub(super) surroundings: Surroundings,
    pub(super) refused: Vec<Refusal>,
    left_alone: LeftAlone,
    /// A group is to end: whoever is in it belongs, be he below the one who asks or not.
    pub(super) is_of_group: bool,
    /// So many descriptors a stop takes; the host needs some too.
    most_held: usize,
    /// Nobody is signalled.
    dry_run: bool,
}

impl Entry {
    pub(super) fn new(surroundings: Surroundings, dry_run: bool) -> Self {
        let most_held = usize::try_from(limits::open_files() / 4).unwrap_or(usize::MAX);
        Self {
            surroundings,
            refused: Vec::new(),
            left_alone: LeftAlone::default(),
            is_of_group: false,
            most_held,
            dry_run,
        }
    }

    /// Takes hold of a target.
    pub(super) fn admit_target(
        &mut self,
        seen: &ProcessInfo,
        look: &ProcessTable,
        lookout: &Lookout<'_>,
        roster: &mut Roster,
    ) -> Admission {
        if seen.is_dead() {
            self.leave_to_parent(seen, look, lookout, roster);
            return Admission::Declined;
        }
        let taken = Hold::take(seen, Seen::ByNumber, lookout, self.has_room(roster, 0));
        let Taken::Held { hold, info, kept } = taken else { return Admission::Gone };
        if let Some(rule) = self.surroundings.protects(&info, look, kept) {
            self.leave_alone(seen, &rule);
            return Admission::Declined;
        }
        enter(roster, *info, hold)
    }

    /// Takes hold of members, several at a time; and of how many it takes another look to tell.
    pub(super) fn admit_members(
        &mut self,
        fresh: &[&ProcessInfo],
        look: &ProcessTable,
        lookout: &Lookout<'_>,
        roster: &mut Roster,
    ) -> (Vec<Admission>, usize) {
        let numbered: Vec<(usize, &ProcessInfo)> = fresh.iter().copied().enumerate().collect();
        let take = |(place, seen): &(usize, &ProcessInfo)| {
            (!seen.is_dead())
                .then(|| Hold::take(seen, Seen::InPlace(look), lookout, self.has_room(roster, *place)))
        };
        self.make_room(roster, fresh.len());
        let taken = two_threads::map(&numbered, take);
        let unsettled = taken.iter().filter(|taken| matches!(taken, Some(Taken::Unsettled))).count();
        let known = roster.len();
        let mut admissions = Vec::with_capacity(fresh.len());
        self.leave_protected_alone(fresh, &taken, look);
        for (seen, taken) in fresh.iter().zip(taken) {
            admissions.push(match taken {
                None => {
                    self.leave_to_parent(seen, look, lookout, roster);
                    Admission::Declined
                }
                Some(_) if self.left_alone.has(seen) => Admission::Declined,
                Some(Taken::Held { .. })
                    if self.left_alone.has_above(seen, look, |pid| roster.holds(pid, look)) =>
                {
                    self.left_alone.add(seen, true);
                    Admission::Declined
                }
                Some(Taken::Held { hold, info, .. }) => enter(roster, *info, hold),
                Some(Taken::Gone | Taken::Unsettled) => Admission::Gone,
            });
        }
        roster.allow_stillness(known, look);
        (admissions, unsettled)
    }

    pub(super) fn refuse(&mut self, process: &ProcessInfo, reason: String) {
        self.refused.push(Refusal { pid: process.identity.pid, reason });
    }

    fn has_room(&self, roster: &Roster, more: usize) -> bool {
        roster.len() + more < self.most_held
    }

    /// Before threads take descriptors side by side.
    fn make_room(&self, roster: &Roster, more: usize) {
        let more = more.min(self.most_held.saturating_sub(roster.len()));
        if more >= CROWD {
            // Without it holding them just takes longer.
            let _ = fd::make_room(u16::try_from(more).unwrap_or(u16::MAX));
        }
    }

    fn leave_alone(&mut self, process: &ProcessInfo, rule: &RefusalRule) {
        // Whoever asks, and who is above him, protect themselves: a script may end the group that it is in.
        let alone = self.is_of_group && matches!(rule, RefusalRule::Own | RefusalRule::Ancestor);
        self.left_alone.add(process, !alone);
        self.refuse(process, rule.to_string());
    }

    /// Asks the rules about all of them, before any is let in: a child may come before its parent.
    fn leave_protected_alone(
        &mut self,
        fresh: &[&ProcessInfo],
        taken: &[Option<Taken>],
        look: &ProcessTable,
    ) {
        for (seen, taken) in fresh.iter().zip(taken) {
            if let Some(Taken::Held { info, kept, .. }) = taken
                && let Some(rule) = self.surroundings.protects_below_target(info, look, *kept)
            {
                self.leave_alone(seen, &rule);
            }
        }
    }

    /// The dead are not killed: their parent has to take note of them.
    fn leave_to_parent(
        &mut self,
        zombie: &ProcessInfo,
        look: &ProcessTable,
        lookout: &Lookout<'_>,
        roster: &Roster,
    ) {
        let Some(parent) = look.get(zombie.ppid) else { return };
        if roster.holds(parent.identity.pid, look) {
            return;
        }
        if !self.dry_run {
            // A hint, which most programs do not need.
            let _ = hint_parent(zombie, parent, lookout.backend);
        }
        let hinted = if self.dry_run { "" } else { " and was sent SIGCHLD" };
        let text = format!(
            "has ended already and is a zombie; its parent, {} ({}), has not taken note of it{hinted}",
            parent.identity.pid, parent.name
        );
        self.refuse(zombie, text);
    }
}

fn enter(roster: &mut Roster, info: ProcessInfo, hold: Hold) -> Admission {
    let identity = info.identity.clone();
    roster.add(Tracked::new(info, hold));
    Admission::Member(identity)
}

/// Tells a zombie's parent, if it is still that, to take note of its child.
///
/// # Errors
/// What looking and signalling say; `NotFound` when another one is its parent by now.
fn hint_parent(zombie: &ProcessInfo, parent: &ProcessInfo, backend: Backend) -> io::Result<()> {
    if backend == Backend::Portable {
        return portable::signal(&parent.identity, libc::SIGCHLD);
    }
    let hold = pidfd::open(zombie.ppid)?;
    // Asked after: who has this parent still had it when the descriptor was opened.
    let now = Lineage::read(zombie.identity.pid)?;
    if now.ppid != zombie.ppid || now.state != ProcessState::Zombie {
        return Err(io::ErrorKind::NotFound.into());
    }
    pidfd::send_signal(hold.as_fd(), libc::SIGCHLD)
}
