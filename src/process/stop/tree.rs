//! The tree, or group, that is to end: found from its targets, held, and looked at again for who is new.

use super::entry::Entry;
use super::lookout::Lookout;
use super::members::{Admission, Members};
use super::request::{Criteria, StopOptions, Target};
use super::roster::Roster;
use super::unproved::Suspicion;
use crate::model::{ProcessIdentity, ProcessInfo, Refusal, Result};
use crate::process::{Backend, ProcessTable, RefusalRule};
use crate::sys::{procfs, signal};

/// What is known of it so far.
pub(super) struct Tree<'a> {
    pub(super) lookout: Lookout<'a>,
    /// The last look.
    pub(super) look: ProcessTable,
    pub(super) roster: Roster,
    pub(super) members: Members,
    pub(super) entry: Entry,
    pub(super) suspicion: Suspicion,
}

impl<'a> Tree<'a> {
    /// Whoever `targets` name and everybody below, held.
    pub(super) fn choose(
        targets: &[Target],
        options: &StopOptions,
        criteria: Option<&Criteria>,
        lookout: Lookout<'a>,
    ) -> Result<Self> {
        let roster = Roster::default();
        let look = lookout.look(&roster)?;
        let mut surroundings = lookout.surroundings(&look);
        surroundings.named_uids.clone_from(&options.named_uids);
        let mut entry = Entry::new(surroundings, options.dry_run);
        entry.is_of_group = targets.iter().any(|target| matches!(target, Target::Group(_)));
        let (members, suspicion) = (Members::default(), Suspicion::default());
        let mut tree = Self { lookout, look, roster, members, entry, suspicion };
        for target in targets {
            tree.choose_target(target, criteria);
        }
        tree.grow();
        Ok(tree)
    }

    /// Looks at everybody again; how many newcomers there are.
    pub(super) fn look_again(&mut self) -> Result<usize> {
        self.look = self.lookout.look(&self.roster)?;
        let before = self.roster.len();
        let unsettled = self.grow();
        Ok(self.roster.len() - before + unsettled)
    }

    /// Whether somebody who may not be held still has children that are not known.
    pub(super) fn has_unknown_children(&mut self) -> bool {
        let mut children = Vec::new();
        for tracked in self.roster.iter_mut().filter(|tracked| !tracked.may_be_stilled) {
            if tracked.is_alive() {
                // Unreadable: the next look finds them, as long as their parent lives.
                let _ = procfs::children(tracked.info.identity.pid, 0, &mut children);
            }
        }
        children.iter().any(|pid| !self.members.has_met(*pid))
    }

    /// Who may have come of it, but cannot be proved to.
    pub(super) fn unproved(&self) -> Vec<Refusal> {
        self.suspicion.find(&self.look, &self.members, &self.entry.surroundings, &self.lookout)
    }

    fn choose_target(&mut self, target: &Target, criteria: Option<&Criteria>) {
        let (pid, wanted) = match target {
            Target::Pid(number) | Target::Group(number) if *number <= 1 => {
                self.entry.refused.push(Refusal { pid: *number, reason: RefusalRule::Init.to_string() });
                return;
            }
            Target::Group(group) => {
                match self.look.iter().find(|process| process.pgid == *group) {
                    Some(any) => self.members = Members::of_group(any),
                    None if self.lookout.backend == Backend::Linux && signal::is_group(*group) => {
                        self.entry
                            .refused
                            .push(Refusal { pid: *group, reason: RefusalRule::Hidden.to_string() });
                    }
                    None => {}
                }
                return;
            }
            Target::Pid(pid) => (*pid, None),
            Target::Process(identity) => (identity.pid, Some(identity)),
        };
        let Some(seen) = self.look.get(pid).cloned() else {
            if self.lookout.is_hidden(pid, wanted) {
                self.entry.refused.push(Refusal { pid, reason: RefusalRule::Hidden.to_string() });
            }
            return;
        };
        if wanted.is_some_and(|wanted| !self.lookout.is_now(&seen, wanted)) {
            return;
        }
        let admission = self.entry.admit_target(&seen, &self.look, &self.lookout, &mut self.roster);
        if let Admission::Member(identity) = admission {
            self.add_target(&identity, wanted, criteria);
        }
    }

    /// Asked when it is held: what changes from here on cannot turn it into another one.
    fn add_target(
        &mut self,
        identity: &ProcessIdentity,
        wanted: Option<&ProcessIdentity>,
        criteria: Option<&Criteria>,
    ) {
        let Some(info) = self.roster.last().map(|tracked| tracked.info.clone()) else { return };
        if wanted.is_some_and(|wanted| wanted != identity) {
            return self.roster.remove_last();
        }
        if let Some(Err(changed)) = criteria.map(|criteria| criteria(&info)) {
            self.roster.remove_last();
            return self.entry.refuse(&info, changed);
        }
        self.look.identify(identity);
        self.suspicion.add(&info, &self.look);
        self.members.add(&info);
    }

    /// Takes hold of whoever belongs and is new; of how many it takes another look to tell.
    fn grow(&mut self) -> usize {
        let Self { lookout, look, roster, members, entry, .. } = self;
        let mut unsettled = 0;
        members.grow(look, &mut |fresh: &[&ProcessInfo], look: &ProcessTable| {
            let (admissions, unclear) = entry.admit_members(fresh, look, lookout, roster);
            unsettled += unclear;
            admissions
        });
        unsettled
    }
}
