//! Whatever happens in whatever order: the promises of a pool hold.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;

use super::ask::{Answer, Ask, Patience, Purpose};
use super::checkout::{Checkout, checkout};
use super::effect::Effect;
use super::holdings::Place;
use super::instance_state::Phase;
use super::restart_policy::{Life, Permission, RestartPolicy};
use super::sessions::Binding;
use super::state::PoolState;
use crate::model::{Error, ErrorCode, PoolSettings, Sharing};

/// Lets everybody start at any time: the waits of the real policy have tests of their own, in `watched_tests`.
#[derive(Debug)]
struct Lenient;

impl RestartPolicy for Lenient {
    fn permission(&mut self, _: Instant, _: bool) -> Permission {
        Permission::Now
    }
    fn started(&mut self, _: Instant) {}
    fn start_failed(&mut self, _: Instant, _: &Error) {}
    fn died(&mut self, _: Instant, _: Life, _: Option<&Error>) {}
    fn given_up(&mut self, _: Instant) {}
    fn quarantine(&self, _: Instant) -> Option<(Instant, Error)> {
        None
    }
    fn limit(&mut self, _: u32) {}
    fn forgive(&mut self) {}
}

#[derive(Debug, Clone)]
enum Step {
    Lease { session: Option<u8>, at_once: bool },
    Call { session: Option<u8> },
    Handlers(u8),
    LeaseCall(Index),
    Release(Index),
    CallDone(Index),
    Withdraw(Index),
    Started(Index),
    Failed(Index),
    Lost(Index),
    Stopped(Index),
    Replace(Index),
    Strain(Index, bool),
    Expel(Index),
    EndSession(u8),
    Pass(u16),
    Empty,
}

fn step() -> impl Strategy<Value = Step> {
    let session = prop::option::weighted(0.4, 0..4_u8);
    let index = any::<Index>;
    prop_oneof![
        8 => (session.clone(), prop::bool::weighted(0.2)).prop_map(|(session, at_once)| Step::Lease { session, at_once }),
        8 => session.prop_map(|session| Step::Call { session }),
        1 => (1..3_u8).prop_map(Step::Handlers),
        6 => index().prop_map(Step::LeaseCall),
        6 => index().prop_map(Step::Release),
        10 => index().prop_map(Step::CallDone),
        2 => index().prop_map(Step::Withdraw),
        9 => index().prop_map(Step::Started),
        2 => index().prop_map(Step::Failed),
        2 => index().prop_map(Step::Lost),
        6 => index().prop_map(Step::Stopped),
        2 => index().prop_map(Step::Replace),
        2 => (index(), any::<bool>()).prop_map(|(index, strained)| Step::Strain(index, strained)),
        1 => index().prop_map(Step::Expel),
        1 => (0..4_u8).prop_map(Step::EndSession),
        3 => (0..400_u16).prop_map(Step::Pass),
        1 => Just(Step::Empty),
    ]
}

fn settings() -> impl Strategy<Value = PoolSettings> {
    let sharing = prop_oneof![Just(Sharing::Shared), Just(Sharing::Session), Just(Sharing::Exclusive)];
    (sharing, 0..2_u32, 1..4_u32, 1..4_u32, 1..4_u32).prop_map(|(sharing, min, max, leases, calls)| {
        PoolSettings {
            min_instances: min.min(max),
            max_instances: max,
            sharing,
            max_leases_per_instance: leases,
            max_calls_per_instance: calls,
            idle_timeout: Some(Duration::from_millis(500)),
            session_idle_timeout: Some(Duration::from_millis(300)),
            acquire_timeout: Some(Duration::from_secs(1)),
            ..PoolSettings::default()
        }
    })
}

/// A call under way: where, whose session, and through which lease.
#[derive(Debug, Clone)]
struct OpenCall {
    instance: u64,
    session: Option<String>,
    lease: Option<u64>,
}

/// The pool beside what its users know of it.
struct Users {
    pool: PoolState,
    now: Instant,
    leases: BTreeSet<u64>,
    calls: Vec<OpenCall>,
    waiting: BTreeMap<u64, Ask>,
    /// Where each session was first served since it was last told lost, ended or idle.
    sessions: HashMap<String, u64>,
    starting: Vec<u64>,
    stopping: Vec<u64>,
    next_lease: u64,
}

impl Users {
    fn new(settings: PoolSettings) -> Self {
        Self {
            pool: PoolState::new("p", settings, Box::new(Lenient)),
            now: Instant::now(),
            leases: BTreeSet::new(),
            calls: Vec::new(),
            waiting: BTreeMap::new(),
            sessions: HashMap::new(),
            starting: Vec::new(),
            stopping: Vec::new(),
            next_lease: 0,
        }
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Lease { session, at_once } => {
                let patience = if *at_once { Patience::AtOnce } else { Patience::Pool };
                self.lease(session.map(name).as_deref(), patience, 0);
            }
            Step::Handlers(handlers) => self.lease(None, Patience::Pool, *handlers),
            Step::Call { session } => self.ask(Ask::call(session.map(name).as_deref())),
            Step::LeaseCall(index) => {
                if let Some(lease) = pick(&self.leases.iter().copied().collect::<Vec<_>>(), index) {
                    self.ask(Ask::lease_call(lease));
                }
            }
            Step::Release(index) => {
                if let Some(lease) = pick(&self.leases.iter().copied().collect::<Vec<_>>(), index) {
                    self.leases.remove(&lease);
                    assert!(self.pool.release(lease, self.now));
                    assert!(!self.pool.release(lease, self.now), "a second time nothing happens");
                }
            }
            Step::CallDone(index) => {
                if !self.calls.is_empty() {
                    let call = self.calls.swap_remove(index.index(self.calls.len()));
                    self.pool.call_done(call.instance, call.session.as_deref(), self.now, self.now);
                }
            }
            Step::Withdraw(index) => {
                if let Some(ticket) = pick(&self.waiting.keys().copied().collect::<Vec<_>>(), index) {
                    self.waiting.remove(&ticket);
                    assert!(self.pool.withdraw(ticket, self.now));
                }
            }
            Step::Started(index) => {
                if let Some(number) = take(&mut self.starting, index) {
                    self.pool.started(number, self.now);
                }
            }
            Step::Failed(index) => {
                if let Some(number) = take(&mut self.starting, index) {
                    self.stopping.retain(|stopping| *stopping != number);
                    self.pool.start_failed(number, &Error::new(ErrorCode::ServerStart, "no"), self.now);
                }
            }
            Step::Lost(index) => {
                if let Some(number) = pick(&self.in_use(), index) {
                    assert!(self.pool.lost(number, "crash", None, false, self.now));
                    self.calls.retain(|call| call.instance != number);
                }
            }
            Step::Stopped(index) => {
                if let Some(number) = take(&mut self.stopping, index) {
                    self.starting.retain(|starting| *starting != number);
                    self.pool.stopped(number, self.now);
                }
            }
            Step::Replace(index) => {
                if let Some(number) = pick(&self.in_use(), index) {
                    self.pool.replace(number, "memory", self.now);
                }
            }
            Step::Strain(index, strained) => {
                if let Some(number) = pick(&self.in_use(), index) {
                    self.pool.set_strained(number, *strained, self.now);
                }
            }
            Step::Expel(index) => {
                if let Some(number) = pick(&self.in_use(), index) {
                    assert!(self.pool.expel(number, "memory", self.now, self.now));
                }
            }
            Step::EndSession(session) => {
                self.pool.end_session(&name(*session), self.now);
                self.sessions.remove(&name(*session));
            }
            Step::Pass(ms) => {
                self.now += Duration::from_millis(u64::from(*ms));
                let next = self.pool.tick(self.now);
                assert!(next.is_none_or(|next| next > self.now), "a clock must not spin");
                self.forget_idle_sessions();
            }
            Step::Empty => self.pool.empty(&Error::new(ErrorCode::Closed, "closed"), None, self.now),
        }
        self.hear();
        self.check();
    }

    fn lease(&mut self, session: Option<&str>, patience: Patience, handlers: u8) {
        self.next_lease += 1;
        self.ask(Ask::lease(self.next_lease, session, patience).with_handlers(handlers));
    }

    fn ask(&mut self, ask: Ask) {
        match self.pool.ask(ask.clone(), self.now) {
            Answer::Ready(instance) => {
                let overtaken = self.waiting.values().any(|waiting| {
                    ask.session.is_none()
                        && waiting.session.is_none()
                        && ask.handlers == waiting.handlers
                        && ask.purpose.is_lease() == waiting.purpose.is_lease()
                        && !matches!(ask.purpose, Purpose::LeaseCall(_))
                        && !matches!(waiting.purpose, Purpose::LeaseCall(_))
                });
                assert!(!overtaken, "{ask:?} overtook one of {:?}", self.waiting);
                self.served(&ask, instance);
            }
            Answer::Waits(ticket) => drop(self.waiting.insert(ticket, ask)),
            Answer::Refused(error) => self.refused(&ask, &error),
            Answer::Cold => panic!("nobody asked for a warm one only"),
        }
    }

    fn hear(&mut self) {
        for effect in self.pool.take_effects() {
            match effect {
                Effect::Granted { ticket, instance } => {
                    let ask = self.waiting.remove(&ticket).expect("only who waits is served, and once");
                    let older = self.waiting.range(..ticket).any(|(_, older)| {
                        older.session.is_none()
                            && ask.session.is_none()
                            && older.handlers == ask.handlers
                            && std::mem::discriminant(&older.purpose) == std::mem::discriminant(&ask.purpose)
                            && !matches!(ask.purpose, Purpose::LeaseCall(_))
                    });
                    assert!(!older, "{ask:?} was served before an older one");
                    self.served(&ask, instance);
                }
                Effect::Refused { ticket, error } => {
                    let ask = self.waiting.remove(&ticket).expect("only who waits is refused, and once");
                    self.refused(&ask, &error);
                }
                Effect::Start { instance, .. } => self.starting.push(instance),
                Effect::Stop { instance, .. } => {
                    self.calls.retain(|call| call.instance != instance);
                    self.stopping.push(instance);
                }
                Effect::Moved { .. } | Effect::Notice(_) | Effect::Event(_) => {}
            }
        }
    }

    fn served(&mut self, ask: &Ask, instance: u64) {
        let phase = self.pool.holdings.instances.get(&instance).map(|it| it.phase);
        assert!(
            !matches!(phase, Some(Phase::Leaving(_) | Phase::Stopping(_))),
            "{ask:?} got one that leaves"
        );
        if let Some(session) = ask.session.as_deref() {
            let before = *self.sessions.entry(session.to_owned()).or_insert(instance);
            assert_eq!(before, instance, "session {session} was moved in silence");
        }
        match ask.purpose {
            Purpose::Lease(lease) => drop(self.leases.insert(lease)),
            Purpose::Call | Purpose::LeaseCall(_) => {
                let lease = match ask.purpose {
                    Purpose::LeaseCall(lease) => Some(lease),
                    _ => None,
                };
                self.calls.push(OpenCall {
                    instance,
                    session: ask.session.as_deref().map(str::to_owned),
                    lease,
                });
            }
        }
    }

    fn refused(&mut self, ask: &Ask, error: &Error) {
        if let (ErrorCode::SessionLost, Some(session)) = (error.code(), &ask.session) {
            self.sessions.remove(&**session);
        }
    }

    fn forget_idle_sessions(&mut self) {
        let pool = &self.pool;
        self.sessions.retain(|session, _| pool.holdings.sessions.binding(session) != Binding::Unknown);
    }

    fn in_use(&self) -> Vec<u64> {
        let used = |(number, it): (&u64, &super::instance_state::InstanceState)| {
            it.serves_its_own().then_some(*number)
        };
        self.pool.holdings.instances.iter().filter_map(used).collect()
    }

    fn check(&self) {
        let (holdings, settings) = (&self.pool.holdings, &self.pool.holdings.settings);
        let max = settings.max_instances as usize;
        assert!(holdings.counted() <= max, "above maxInstances");
        self.check_replacements();
        for (number, instance) in &holdings.instances {
            let leases = holdings.leases_on(*number);
            assert_eq!(instance.leases as usize, leases.len(), "leases of {number}");
            assert!(instance.leases <= settings.max_leases_per_instance);
            let calls: Vec<_> = self.calls.iter().filter(|call| call.instance == *number).collect();
            if instance.is_in_use() {
                assert_eq!(instance.calls as usize, calls.len(), "calls of {number}");
            }
            assert!(instance.calls <= settings.max_calls_per_instance);
            if settings.sharing == Sharing::Exclusive && instance.serves_its_own() {
                assert!(self.holders(&leases, &calls).len() <= 1, "two holders of {number}");
            }
        }
        self.check_waiters();
    }

    /// Sessions, leases and calls of nobody's: who they are to an exclusive instance. A lease that was released with a call in flight is
    /// still its holder.
    fn holders(&self, leases: &[u64], calls: &[&OpenCall]) -> BTreeSet<String> {
        let of_lease =
            |lease: &u64| match self.pool.holdings.leases.get(lease).and_then(|it| it.session.clone()) {
                Some(session) => format!("session {session}"),
                None => format!("lease {lease}"),
            };
        let of_call = |(index, call): (usize, &&OpenCall)| match (&call.session, call.lease) {
            (Some(session), _) => Some(format!("session {session}")),
            // Its session is not known any more once it was released.
            (None, Some(lease)) => leases.contains(&lease).then(|| of_lease(&lease)),
            (None, None) => Some(format!("call {index}")),
        };
        leases.iter().map(of_lease).chain(calls.iter().enumerate().filter_map(of_call)).collect()
    }

    fn check_waiters(&self) {
        let holdings = &self.pool.holdings;
        let known: Vec<u64> = self.pool.waiters.all();
        assert_eq!(known, self.waiting.keys().copied().collect::<Vec<_>>(), "a waiter was lost");
        for (ticket, ask) in &self.waiting {
            let answer = checkout(&self.pool.holdings, ask);
            assert!(matches!(answer, Checkout::Wait(_)), "{ticket} waits and could be told {answer:?}");
        }
        self.check_relief();
        if !self.waiting.is_empty() {
            assert!(!self.pool.holdings.instances.is_empty(), "somebody waits and nothing is on its way");
        }
        for lease in &holdings.homeless {
            let place = holdings.leases.get(lease).map(|it| it.place);
            assert_eq!(place, Some(Place::Adrift), "a lease with an instance seeks one");
        }
        for lease in &self.leases {
            let place = self.pool.holdings.leases.get(lease).map(|it| it.place);
            assert!(place.is_some(), "an open lease is known");
            if let Some(Place::On(instance)) = place {
                assert!(
                    self.pool.holdings.instances.contains_key(&instance),
                    "a lease is on an instance that is gone"
                );
            }
        }
    }
}

impl Users {
    /// What is above the limit is on its way in or out, and only one of them in.
    fn check_replacements(&self) {
        let (holdings, figures) = (&self.pool.holdings, self.pool.figures());
        assert_eq!(figures.instances, holdings.counted() + figures.replacements);
        let above: Vec<_> = holdings.instances.iter().filter(|(_, instance)| instance.surplus).collect();
        for (number, instance) in &above {
            let heirs = holdings
                .instances
                .values()
                .filter(|it| it.successor.is_some_and(|(next, _)| next == **number));
            match instance.phase {
                Phase::Starting => assert_eq!(heirs.count(), 1, "{number} is nobody's successor"),
                phase => assert_ne!(phase, Phase::Ready, "{number} serves above the limit"),
            }
        }
        let starting = above.iter().filter(|(_, instance)| instance.phase == Phase::Starting);
        assert!(starting.count() <= 1, "more than one successor at a time");
    }

    /// Who is kept from a strained instance has something to wait for.
    fn check_relief(&self) {
        let holdings = &self.pool.holdings;
        let kept = |ask: &Ask| ask.session.is_none() && ask.handlers == 0 && ask.purpose == Purpose::Call;
        let has_room = |it: &super::instance_state::InstanceState| {
            let full = it.calls >= holdings.settings.max_calls_per_instance;
            it.is_open() && it.strained && !full && it.is_unused()
        };
        if self.waiting.values().any(kept) && holdings.instances.values().any(has_room) {
            let comes = |it: &super::instance_state::InstanceState| {
                it.phase == Phase::Starting || (it.is_open() && !it.strained && !it.is_unused())
            };
            assert!(holdings.instances.values().any(comes), "nothing spares the strained one");
        }
    }
}

fn name(session: u8) -> String {
    format!("s{session}")
}

fn pick(from: &[u64], index: &Index) -> Option<u64> {
    (!from.is_empty()).then(|| from[index.index(from.len())])
}

fn take(from: &mut Vec<u64>, index: &Index) -> Option<u64> {
    (!from.is_empty()).then(|| from.swap_remove(index.index(from.len())))
}

fn cases() -> u32 {
    if std::env::var_os("PROCMAN_SOAK").is_some() { 20_000 } else { 400 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn the_promises_hold_in_every_order(settings in settings(), steps in prop::collection::vec(step(), 1..120)) {
        let mut users = Users::new(settings);
        for step in &steps {
            users.run(step);
        }
    }
}
