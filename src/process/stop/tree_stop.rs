//! Stopping trees and groups of programs that were not started through procman.
//!
//! ```text
//! choose → hold still → ask to end → grace → hold still → kill → look again ──→ report
//!   │                   (not by force)           ↑            │ somebody new, or alive
//!   └→ refusals                                  └────────────┘ until nobody, or 5 s
//! ```
//!
//! Held still (SIGSTOP) a tree cannot fork: two looks without anybody new, the second begun when everybody was seen stopped, know all of it.
//! The targets themselves are never held still — their parents, shells and sudo among them, take that for Ctrl-Z and stop with them —
//! so what they start in the last moment is looked up child by child. Should this process die meanwhile, a waker continues everybody; without one
//! nobody is held still.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::hold::{self, Hold, Taken};
use super::members::Members;
use super::request::{Criteria, StopOptions, Target};
use super::tracked::{End, Tracked};
use super::unproved::Suspicion;
use crate::guard::KILL_LIMIT;
use crate::guard::client::{GuardBinary, Waker};
use crate::guard::survivors::survivors;
use crate::model::{
    Error, ErrorCode, ProcessIdentity, ProcessInfo, ProcessState, Refusal, Result, StopReport,
};
use crate::process::{Backend, ProcessTable, RefusalRule, Sampler, Surroundings};
use crate::sys::{limits, prctl, procfs};

/// Looks that a tree may need until it is still. A process that is stuck in the kernel does not stop.
const STILL_LOOKS: u32 = 40;

/// How often a target that goes on forking is looked at again before it is killed.
const MOST_CHASES: u32 = 8;

/// Between two looks for newcomers during the grace: growing from the one to the other.
const FIRST_LOOK: Duration = Duration::from_millis(25);
const LAST_LOOK: Duration = Duration::from_millis(400);

/// How soon a cancelled stop ends.
const CANCEL_STEP: Duration = Duration::from_millis(50);

/// What a stop works with.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    /// Reads the table.
    pub sampler: &'a Mutex<Sampler>,
    /// The program of guard and waker.
    pub guard: Option<&'a GuardBinary>,
}

/// Stops what `targets` name, with everybody that can be proved to belong to them. Takes as long as that takes.
///
/// A target that nobody is any more is no error; one that a rule protects is among the refused.
///
/// # Errors
/// `ERR_NATIVE` when `/proc` cannot be read, `ERR_ABORTED` when it was cancelled.
pub fn stop(
    targets: &[Target],
    options: &StopOptions,
    criteria: Option<&Criteria>,
    tools: Tools<'_>,
) -> Result<StopReport> {
    let started = Instant::now();
    let mut stop = TreeStop::choose(targets, options, criteria, tools)?;
    if !options.dry_run {
        stop.carry_out()?;
    }
    Ok(stop.report(started))
}

struct TreeStop<'a> {
    options: &'a StopOptions,
    tools: Tools<'a>,
    backend: Backend,
    /// So many descriptors a stop takes; the host needs some too.
    most_held: usize,
    /// The last look.
    table: Arc<ProcessTable>,
    surroundings: Surroundings,
    members: Members,
    tracked: Vec<Tracked>,
    /// Where in `tracked` whoever had a number last is.
    places: HashMap<i32, usize>,
    suspicion: Suspicion,
    refused: Vec<Refusal>,
    waker: Option<Waker>,
}

impl<'a> TreeStop<'a> {
    fn choose(
        targets: &[Target],
        options: &'a StopOptions,
        criteria: Option<&Criteria>,
        tools: Tools<'a>,
    ) -> Result<Self> {
        let table = sample(tools)?;
        let mut surroundings = Surroundings::new(&table, prctl::own_pid(), prctl::effective_uid());
        surroundings.named_uids.clone_from(&options.named_uids);
        let mut stop = Self {
            options,
            tools,
            backend: tools.sampler.lock().backend(),
            most_held: usize::try_from(limits::open_files() / 4).unwrap_or(usize::MAX),
            table,
            surroundings,
            members: Members::default(),
            tracked: Vec::new(),
            places: HashMap::new(),
            suspicion: Suspicion::default(),
            refused: Vec::new(),
            waker: None,
        };
        for target in targets {
            stop.choose_target(target, criteria);
        }
        stop.grow();
        Ok(stop)
    }

    fn choose_target(&mut self, target: &Target, criteria: Option<&Criteria>) {
        let table = Arc::clone(&self.table);
        let found = match target {
            Target::Pid(number) | Target::Group(number) if *number <= 1 => {
                self.refused.push(Refusal { pid: *number, reason: RefusalRule::Init.to_string() });
                return;
            }
            Target::Group(group) => {
                if let Some(any) = table.iter().find(|process| process.pgid == *group) {
                    self.members = Members::of_group(any);
                }
                return;
            }
            Target::Pid(pid) => table.get(*pid),
            Target::Process(identity) => table.find(identity),
        };
        let Some(process) = found else { return };
        if !self.admit(process, &table, true) {
            return;
        }
        // Asked when it is held: what changes from here on cannot turn it into another one.
        if let Some(Err(changed)) = criteria.map(|criteria| criteria(process)) {
            self.tracked.pop();
            self.places.remove(&process.identity.pid);
            return self.refuse(process, changed);
        }
        self.suspicion.add(process, &table);
        self.members.add(process);
    }

    fn carry_out(&mut self) -> Result<()> {
        if !self.options.force {
            self.hold_still()?;
            self.ask_to_end();
            self.wait_for_grace()?;
        }
        self.kill()
    }

    // ── looking ─────────────────────────────────────────────────────────────

    /// Reads the table again; how many newcomers there are.
    fn look(&mut self) -> Result<usize> {
        self.table = sample(self.tools)?;
        let before = self.tracked.len();
        self.grow();
        Ok(self.tracked.len() - before)
    }

    fn grow(&mut self) {
        let table = Arc::clone(&self.table);
        let mut members = std::mem::take(&mut self.members);
        members.grow(&table, &mut |process| self.admit(process, &table, false));
        self.members = members;
    }

    /// Takes hold of a process, unless a rule protects it.
    fn admit(&mut self, process: &ProcessInfo, table: &ProcessTable, is_target: bool) -> bool {
        if process.is_dead() {
            self.leave_to_parent(process, table);
            return false;
        }
        let protects = |process: &ProcessInfo, kept: bool| match is_target {
            true => self.surroundings.protects(process, table, kept),
            false => self.surroundings.protects_below_target(process, table, kept),
        };
        if let Some(rule) = protects(process, false) {
            self.refuse(process, rule.to_string());
            return false;
        }
        let Taken::Held { hold, uid, kept } =
            Hold::take(process, self.backend, self.tracked.len() < self.most_held)
        else {
            return false;
        };
        let process = ProcessInfo { uid, ..process.clone() };
        if let Some(rule) = protects(&process, kept) {
            self.refuse(&process, rule.to_string());
            return false;
        }
        let parent_is_member = !is_target && self.is_tracked(process.ppid, table);
        self.places.insert(process.identity.pid, self.tracked.len());
        self.tracked.push(Tracked::new(process, hold, parent_is_member));
        true
    }

    /// Whether whoever has this number is a member; init, which cares for nobody's stops, counts as one.
    fn is_tracked(&self, pid: i32, table: &ProcessTable) -> bool {
        let found = self.places.get(&pid).map(|place| &self.tracked[*place].info.identity);
        pid == 1 || found.is_some_and(|identity| table.find(identity).is_some())
    }

    /// The dead are not killed: their parent has to take note of them.
    fn leave_to_parent(&mut self, zombie: &ProcessInfo, table: &ProcessTable) {
        let Some(parent) = table.get(zombie.ppid) else { return };
        if self.is_tracked(parent.identity.pid, table) {
            return;
        }
        if !self.options.dry_run {
            // A hint, which most programs do not need.
            let _ = hold::signal(self.backend, &parent.identity, libc::SIGCHLD);
        }
        let text = format!(
            "has ended already and is a zombie; its parent, {} ({}), has not taken note of it and was sent SIGCHLD",
            parent.identity.pid, parent.name
        );
        self.refuse(zombie, text);
    }

    fn refuse(&mut self, process: &ProcessInfo, reason: String) {
        self.refused.push(Refusal { pid: process.identity.pid, reason });
    }

    // ── signalling ──────────────────────────────────────────────────────────

    /// Stops everybody who may be stopped, until nobody new is found.
    fn hold_still(&mut self) -> Result<()> {
        if !self.tracked.iter().any(|tracked| tracked.may_be_stilled) && !self.has_unknown_children() {
            return Ok(());
        }
        if !self.has_waker() {
            return self.look().map(drop);
        }
        let mut all_were_still = false;
        for _ in 0..STILL_LOOKS {
            self.check_cancelled()?;
            if !self.still_all() {
                break;
            }
            let newcomers = self.look()?;
            if newcomers == 0 && all_were_still {
                break;
            }
            all_were_still = newcomers == 0 && self.are_all_still();
        }
        Ok(())
    }

    /// SIGSTOP to whoever has not had it. False: the waker is gone.
    fn still_all(&mut self) -> bool {
        let Some(waker) = &mut self.waker else { return false };
        let mut chosen: Vec<&mut Tracked> = Vec::new();
        for tracked in &mut self.tracked {
            if tracked.may_be_stilled && !tracked.still && tracked.is_alive() {
                chosen.push(tracked);
            }
        }
        let identities: Vec<&ProcessIdentity> = chosen.iter().map(|tracked| &tracked.info.identity).collect();
        if waker.tell(&identities).is_err() {
            return false;
        }
        for tracked in chosen {
            tracked.still = true;
            tracked.send(libc::SIGSTOP);
        }
        true
    }

    /// Whether the last table shows everybody stopped who was told to stop.
    fn are_all_still(&self) -> bool {
        self.tracked.iter().filter(|tracked| tracked.still).all(|tracked| {
            let now = self.table.find(&tracked.info.identity);
            // One that waits in the kernel stops before it runs on.
            now.is_none_or(|now| !matches!(now.state, ProcessState::Running | ProcessState::Sleeping))
        })
    }

    fn has_waker(&mut self) -> bool {
        if self.waker.is_none() && self.backend == Backend::Linux {
            self.waker = self.tools.guard.and_then(|binary| Waker::start(binary).ok());
        }
        self.waker.is_some()
    }

    fn ask_to_end(&mut self) {
        let signal = self.options.signal;
        // Everybody has the first signal before anybody can react to a neighbour's end.
        self.tracked.iter().for_each(|tracked| tracked.send(signal));
        self.wake_all();
    }

    fn wake_all(&mut self) {
        self.tracked.iter_mut().for_each(Tracked::wake);
        if let Some(waker) = &mut self.waker {
            waker.take_back();
        }
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
            let all_dead =
                self.wait_for_deaths(left.min(next_look.saturating_duration_since(Instant::now())))?;
            if !all_dead && Instant::now() < next_look {
                continue;
            }
            let known = self.tracked.len();
            if self.look()? == 0 && all_dead {
                return Ok(());
            }
            let signal = self.options.signal;
            self.tracked[known..].iter_mut().for_each(|tracked| tracked.ask_to_end(signal));
            pause = (pause * 2).min(LAST_LOOK);
            next_look = Instant::now() + pause;
        }
    }

    fn kill(&mut self) -> Result<()> {
        let until = Instant::now() + KILL_LIMIT;
        while self.any_alive() || self.look()? > 0 {
            self.hold_still()?;
            let mut chases = 0;
            while chases < MOST_CHASES && Instant::now() < until && self.has_unknown_children() {
                chases += 1;
                self.look()?;
                self.hold_still()?;
            }
            // Who runs comes first: it would replace the children that end before it does.
            self.tracked.iter_mut().filter(|tracked| !tracked.still).for_each(Tracked::kill);
            self.tracked.iter_mut().for_each(Tracked::kill);
            if !self.wait_for_deaths(KILL_LIMIT)? || Instant::now() > until {
                break;
            }
        }
        Ok(())
    }

    /// Whether somebody who was not held still has children that are not known.
    fn has_unknown_children(&mut self) -> bool {
        let mut children = Vec::new();
        for tracked in self.tracked.iter_mut().filter(|tracked| !tracked.may_be_stilled) {
            if tracked.is_alive() {
                // Unreadable: the next look finds them, as long as their parent lives.
                let _ = procfs::children(tracked.info.identity.pid, 0, &mut children);
            }
        }
        children.iter().any(|pid| !self.members.has_met(*pid))
    }

    // ── waiting ─────────────────────────────────────────────────────────────

    fn any_alive(&mut self) -> bool {
        self.tracked.iter_mut().any(Tracked::is_alive)
    }

    /// Waits until all have ended: true; or until the time is over.
    fn wait_for_deaths(&mut self, limit: Duration) -> Result<bool> {
        let until = Instant::now().checked_add(limit);
        for place in 0..self.tracked.len() {
            // One after the other: all must end anyway, and who ended meanwhile costs one question.
            while self.tracked[place].is_alive() {
                self.check_cancelled()?;
                let left =
                    until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
                if left.is_zero() {
                    return Ok(false);
                }
                self.tracked[place].hold.wait(left.min(CANCEL_STEP));
            }
        }
        Ok(true)
    }

    fn check_cancelled(&mut self) -> Result<()> {
        if !self.options.is_cancelled() {
            return Ok(());
        }
        self.wake_all();
        Err(Error::new(ErrorCode::Aborted, "the stop was aborted; what it had not ended yet lives on"))
    }

    // ── reporting ───────────────────────────────────────────────────────────

    fn report(mut self, started: Instant) -> StopReport {
        let mut report = StopReport { refused: std::mem::take(&mut self.refused), ..StopReport::default() };
        if !self.options.dry_run {
            report.refused.extend(self.suspicion.find(&self.table, &self.members, &self.surroundings));
        }
        let mut alive = Vec::new();
        for mut tracked in self.tracked {
            tracked.is_alive();
            match tracked.end() {
                _ if self.options.dry_run && self.options.force => report.forced.push(tracked.info),
                _ if self.options.dry_run => report.stopped.push(tracked.info),
                Some(End::Stopped) => report.stopped.push(tracked.info),
                Some(End::Forced) => report.forced.push(tracked.info),
                None => alive.push(self.table.find(&tracked.info.identity).cloned().unwrap_or(tracked.info)),
            }
        }
        report.survivors = survivors(alive);
        report.duration_ms = started.elapsed().as_secs_f64() * 1000.0;
        report
    }
}

fn sample(tools: Tools<'_>) -> Result<Arc<ProcessTable>> {
    tools.sampler.lock().sample().map(Arc::new)
}
