//! Stopping trees and groups of programs that were not started through procman.
//!
//! ```text
//! choose → hold still → ask to end → grace → hold still → kill → look again ──→ report
//!   │                   (not by force)           ↑            │ somebody new, or alive
//!   └→ refusals                                  └────────────┘ until nobody, or 5 s
//! ```
//!
//! Held still (SIGSTOP) a tree cannot fork: a look that began when every thread of it was seen stopped, and found nobody new, knows all of it.
//! The targets themselves are never held still — their parents, shells and sudo among them, take that for Ctrl-Z and stop with them —
//! so what they start in the last moment is looked up child by child. Should this process die meanwhile, a waker continues everybody; without one
//! nobody is held still.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::lookout::Lookout;
use super::outcome::{self, Stopped};
use super::request::{Criteria, StopOptions, Target};
use super::roster::Waited;
use super::stillness::Stillness;
use super::tree::Tree;
use crate::guard::KILL_LIMIT;
use crate::guard::client::GuardBinary;
use crate::model::{Error, ErrorCode, Result};
use crate::process::Sampler;

/// Looks that a tree may need until it is still.
const STILL_LOOKS: u32 = 40;

/// How often a target that goes on forking is looked at again before it is killed.
const MOST_CHASES: u32 = 8;

/// Between two looks for newcomers during the grace: growing from the one to the other.
const FIRST_LOOK: Duration = Duration::from_millis(25);
const LAST_LOOK: Duration = Duration::from_millis(400);

/// What a stop works with.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    /// Says by which backend processes are read; reads them where that is the portable one.
    pub sampler: &'a Mutex<Sampler>,
    /// The program of guard and waker.
    pub guard: Option<&'a GuardBinary>,
}

/// Stops what `targets` name, with everybody that can be proved to belong to them. Takes as long as that takes.
///
/// A target that nobody is any more is no error; one that a rule protects is among the refused.
///
/// # Errors
/// `ERR_NATIVE` when `/proc` cannot be read at all.
pub fn stop(
    targets: &[Target],
    options: &StopOptions,
    criteria: Option<&Criteria>,
    tools: Tools<'_>,
) -> Result<Stopped> {
    let started = Instant::now();
    let lookout = Lookout::new(tools.sampler);
    let stillness = Stillness::new(lookout.backend, tools.guard);
    let tree = Tree::choose(targets, options, criteria, lookout)?;
    let mut stop = TreeStop { options, tree, stillness };
    let cut_short = if options.dry_run { None } else { stop.carry_out().err() };
    let report = match cut_short {
        None => outcome::report(stop.tree, options, started.elapsed()),
        Some(_) => outcome::report_of_cut_short(stop.tree, started.elapsed()),
    };
    Ok(Stopped { report, cut_short })
}

struct TreeStop<'a> {
    options: &'a StopOptions,
    tree: Tree<'a>,
    stillness: Stillness<'a>,
}

impl TreeStop<'_> {
    fn carry_out(&mut self) -> Result<()> {
        if !self.options.force {
            self.hold_still()?;
            self.ask_to_end();
            self.wait_for_grace()?;
        }
        self.kill()
    }

    /// Stops everybody who may be stopped, until nobody new is found.
    fn hold_still(&mut self) -> Result<()> {
        if !self.tree.roster.iter().any(|tracked| tracked.may_be_stilled) && !self.tree.has_unknown_children()
        {
            return Ok(());
        }
        if !self.stillness.is_possible() {
            return self.tree.look_again().map(drop);
        }
        for _ in 0..STILL_LOOKS {
            self.check_cancelled()?;
            if !self.stillness.stop(&mut self.tree.roster) {
                break;
            }
            let are_still = Stillness::settle(&mut self.tree.roster);
            if self.tree.look_again()? == 0 && are_still {
                break;
            }
        }
        Ok(())
    }

    fn ask_to_end(&mut self) {
        self.tree.roster.ask_to_end(self.options.signal, 0);
        self.stillness.end();
    }

    /// Until all have ended or the grace is over. Newcomers have what is left of it.
    fn wait_for_grace(&mut self) -> Result<()> {
        let until = Instant::now().checked_add(self.options.grace);
        let mut pause = FIRST_LOOK;
        let mut next_look = Instant::now() + pause;
        loop {
            let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Ok(());
            }
            let until_look = next_look.saturating_duration_since(Instant::now());
            let all_dead = self.wait_for_deaths(left.min(until_look))?;
            if !all_dead && Instant::now() < next_look {
                continue;
            }
            let known = self.tree.roster.len();
            if self.tree.look_again()? == 0 && all_dead {
                return Ok(());
            }
            self.tree.roster.ask_to_end(self.options.signal, known);
            pause = (pause * 2).min(LAST_LOOK);
            next_look = Instant::now() + pause;
        }
    }

    /// Until nobody is left and nobody new is found, or the time is over.
    fn kill(&mut self) -> Result<()> {
        let until = Instant::now() + KILL_LIMIT;
        while self.tree.roster.any_alive() || self.tree.look_again()? > 0 {
            self.hold_still()?;
            self.chase(until)?;
            self.tree.roster.kill();
            if !self.wait_for_deaths(KILL_LIMIT)? || Instant::now() > until {
                return Ok(());
            }
        }
        self.stillness.end();
        Ok(())
    }

    /// What those started meanwhile who may not be held still.
    fn chase(&mut self, until: Instant) -> Result<()> {
        for _ in 0..MOST_CHASES {
            if Instant::now() >= until || !self.tree.has_unknown_children() {
                break;
            }
            self.tree.look_again()?;
            self.hold_still()?;
        }
        Ok(())
    }

    /// Waits until all have ended: true; or until the time is over.
    fn wait_for_deaths(&mut self, limit: Duration) -> Result<bool> {
        let options = self.options;
        let waited = self.tree.roster.wait_for_deaths(limit, || !options.is_cancelled());
        match waited {
            Waited::Cancelled => self.check_cancelled().map(|()| false),
            waited => Ok(waited == Waited::AllDead),
        }
    }

    fn check_cancelled(&mut self) -> Result<()> {
        if !self.options.is_cancelled() {
            return Ok(());
        }
        self.tree.roster.leave();
        self.stillness.end();
        Err(Error::new(ErrorCode::Aborted, "the stop was aborted; what it had not ended yet lives on"))
    }
}
