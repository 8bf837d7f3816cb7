//! The loop that leaves nothing alive below a process. One round a call, so that its caller keeps a single wait.
//!
//! The only proof that none is left is the kernel's ECHILD. A reading of `children` that shows nobody proves nothing: against a chain of
//! processes that fork and exit it is wrong most of the time.
//!
//! | rounds | reap first? | ends a round with |
//! |---|---|---|
//! | 1 ..= 20 | yes | kill what lives |
//! | 21 .. | no: zombies pin their pids, which starves a bomb whose every member calls `setsid` | the same, until two readings agree and all in the first were dead before the second; then reap all and start over |
//! | 21 .., more zombies than the pid budget | yes | the same |
//! | every 16th | as above | the same for everybody, and if somebody lives: kill what is below the members |

use std::collections::HashSet;
use std::io;

/// After so many rounds the loop stops reaping.
const REAPING_ROUNDS: u32 = 20;

/// Every so many rounds everybody is signalled again: who could not be (a set-id program) may have changed. What is below a member falls
/// to this process by the member's death, which a crowd below that takes every processor can put off for seconds, and a frozen member
/// for ever: so who is there is killed without waiting for it.
const RETRY_ROUNDS: u32 = 16;

/// Zombies that the loop may hold: few beside the 32768 pids of a small machine.
const PID_BUDGET: usize = 4096;

/// The processes that a kill loop is about: children of the calling process, and so un-reaped until `reap` reaps them.
pub(crate) trait Family {
    /// Reaps every dead member, telling `reaped` of each; whether the kernel knows any member still.
    fn reap(&mut self, reaped: &mut dyn FnMut(i32)) -> io::Result<Left>;
    /// The members at one moment, dead ones included.
    fn members(&mut self, into: &mut Vec<i32>) -> io::Result<()>;
    /// Whether a member is dead.
    fn is_dead(&self, pid: i32) -> bool;
    /// The group of a member, if it can be killed without hurting others than members and their descendants.
    fn group(&self, pid: i32) -> Option<i32>;
    /// SIGKILL to a group, atomic against fork.
    fn kill_group(&mut self, group: i32);
    /// SIGKILL to a member.
    fn kill(&mut self, pid: i32);
    /// SIGKILL to everybody who can be seen below a member.
    fn kill_below(&mut self);
}

/// The kernel's word on members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// There are some, dead or alive.
    Some,
    /// ECHILD.
    None,
}

/// What a round came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Round {
    /// Nothing is left: proved.
    NoneLeft,
    /// New members were killed: look again at once.
    Killed,
    /// All that are known were killed before: wait for their deaths.
    Waiting,
}

/// The state between rounds.
#[derive(Debug, Default)]
pub(crate) struct KillLoop {
    rounds: u32,
    /// Killed and not reaped: their numbers are pinned, so they need no second signal.
    killed: HashSet<i32>,
    members: Vec<i32>,
    previous: Vec<i32>,
    previous_all_dead: bool,
}

impl KillLoop {
    /// One round.
    pub(crate) fn round(&mut self, family: &mut dyn Family) -> io::Result<Round> {
        self.rounds += 1;
        let is_retry = self.rounds.is_multiple_of(RETRY_ROUNDS);
        if is_retry {
            self.killed.clear();
        }
        if self.previous.len() > PID_BUDGET {
            self.start_over();
        }
        let holding = self.rounds > REAPING_ROUNDS;
        if !holding && self.reap(family)? == Left::None {
            return Ok(Round::NoneLeft);
        }
        self.members.clear();
        family.members(&mut self.members)?;
        let fresh = self.kill_living(family);
        if is_retry && fresh {
            family.kill_below();
        }
        if holding && self.is_settled(family) && self.reap(family)? == Left::None {
            return Ok(Round::NoneLeft);
        }
        Ok(if fresh { Round::Killed } else { Round::Waiting })
    }

    fn reap(&mut self, family: &mut dyn Family) -> io::Result<Left> {
        let killed = &mut self.killed;
        family.reap(&mut |pid| {
            killed.remove(&pid);
        })
    }

    /// Signals every member that was not signalled before; whether there was one.
    fn kill_living(&mut self, family: &mut dyn Family) -> bool {
        let mut fresh = false;
        let mut groups = HashSet::new();
        for &pid in &self.members {
            if !self.killed.insert(pid) || family.is_dead(pid) {
                continue;
            }
            fresh = true;
            if let Some(group) = family.group(pid).filter(|group| groups.insert(*group)) {
                family.kill_group(group);
            }
            family.kill(pid);
        }
        fresh
    }

    /// Whether this reading equals the one before, all of which were dead before this one was made. Starts over when it is so.
    fn is_settled(&mut self, family: &dyn Family) -> bool {
        self.members.sort_unstable();
        let settled = self.previous_all_dead && self.members == self.previous;
        self.previous_all_dead = self.members.iter().all(|pid| family.is_dead(*pid));
        std::mem::swap(&mut self.previous, &mut self.members);
        if settled {
            self.start_over();
        }
        settled
    }

    fn start_over(&mut self) {
        self.rounds = 0;
        self.previous_all_dead = false;
        self.previous.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Members by pid with what they do; who is killed dies at the next reading of the list.
    #[derive(Default)]
    struct Fake {
        alive: Vec<i32>,
        dying: Vec<i32>,
        dead: HashSet<i32>,
        /// Born at each reading, as long as there are any.
        unborn: Vec<Vec<i32>>,
        /// Dies of no signal until nobody is below it.
        starved: Option<i32>,
        /// Not seen among the members.
        below: Vec<i32>,
        reaps: u32,
    }

    impl Family for Fake {
        fn reap(&mut self, reaped: &mut dyn FnMut(i32)) -> io::Result<Left> {
            self.reaps += 1;
            self.dead.drain().for_each(reaped);
            Ok(if self.alive.is_empty() && self.dying.is_empty() { Left::None } else { Left::Some })
        }

        fn members(&mut self, into: &mut Vec<i32>) -> io::Result<()> {
            self.dead.extend(self.dying.drain(..));
            self.alive.extend(self.unborn.pop().unwrap_or_default());
            into.extend(self.alive.iter().chain(&self.dead));
            Ok(())
        }

        fn is_dead(&self, pid: i32) -> bool {
            self.dead.contains(&pid)
        }

        fn group(&self, _pid: i32) -> Option<i32> {
            None
        }

        fn kill_group(&mut self, _group: i32) {}

        fn kill(&mut self, pid: i32) {
            if self.starved == Some(pid) && !self.below.is_empty() {
                return;
            }
            self.alive.retain(|alive| *alive != pid);
            self.dying.push(pid);
        }

        fn kill_below(&mut self) {
            self.below.clear();
        }
    }

    fn rounds_until_none_left(family: &mut Fake) -> u32 {
        let mut kill_loop = KillLoop::default();
        (1..1000).find(|_| kill_loop.round(family).unwrap() == Round::NoneLeft).unwrap()
    }

    #[test]
    fn nobody_is_seen_in_the_first_round() {
        assert_eq!(rounds_until_none_left(&mut Fake::default()), 1);
    }

    #[test]
    fn a_chain_is_followed_to_its_end() {
        let chain: Vec<Vec<i32>> = (0..200).map(|number| vec![100 + number]).collect();
        let mut family = Fake { unborn: chain, alive: vec![1], ..Fake::default() };
        assert!(rounds_until_none_left(&mut family) >= 200);
        assert!(family.alive.is_empty() && family.unborn.is_empty());
    }

    #[test]
    fn after_twenty_rounds_zombies_stay_until_two_readings_agree() {
        let chain: Vec<Vec<i32>> = (0..30).map(|number| vec![100 + number]).collect();
        let mut family = Fake { unborn: chain, alive: vec![1], ..Fake::default() };
        rounds_until_none_left(&mut family);
        // Twenty with reaping, then none until the readings settled.
        assert_eq!(family.reaps, REAPING_ROUNDS + 1);
    }

    #[test]
    fn more_zombies_than_the_budget_are_reaped() {
        let crowd = |number: i32| (0..500).map(|pid| 1000 + number * 500 + pid).collect();
        let mut family = Fake { unborn: (0..30).map(crowd).collect(), ..Fake::default() };
        family.alive = vec![1];
        rounds_until_none_left(&mut family);
        assert!(family.reaps > REAPING_ROUNDS + 1, "{}", family.reaps);
    }

    #[test]
    fn a_crowd_below_a_member_that_does_not_die_is_killed_all_the_same() {
        let mut family = Fake { alive: vec![1], starved: Some(1), below: vec![2, 3], ..Fake::default() };
        assert!(rounds_until_none_left(&mut family) > RETRY_ROUNDS);
    }

    #[test]
    fn whoever_was_killed_is_not_killed_again_before_the_retry() {
        let mut family = Fake { alive: vec![1], ..Fake::default() };
        let mut kill_loop = KillLoop::default();
        assert_eq!(kill_loop.round(&mut family).unwrap(), Round::Killed);
        family.alive = vec![1];
        family.dying.clear();
        assert_eq!(kill_loop.round(&mut family).unwrap(), Round::Waiting);
        assert!((0..RETRY_ROUNDS).any(|_| kill_loop.round(&mut family).unwrap() == Round::Killed));
    }
}
