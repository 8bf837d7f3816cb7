//! The users of a pool: what they ask of it, and what each of them may expect by what he was told.

use super::*;

/// A call under way: where, whose session, and through which lease.
#[derive(Debug, Clone)]
pub(super) struct OpenCall {
    pub(super) instance: u64,
    pub(super) session: Option<String>,
    pub(super) lease: Option<u64>,
}

/// The pool beside what its users know of it.
pub(super) struct Users {
    pub(super) pool: PoolState,
    pub(super) now: Instant,
    pub(super) leases: BTreeSet<u64>,
    pub(super) calls: Vec<OpenCall>,
    pub(super) waiting: BTreeMap<u64, Ask>,
    /// Where each session was first served since it was last told lost, ended or idle.
    pub(super) sessions: HashMap<String, u64>,
    pub(super) starting: Vec<u64>,
    pub(super) stopping: Vec<u64>,
    pub(super) next_lease: u64,
}

impl Users {
    pub(super) fn new(settings: PoolSettings) -> Self {
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

    pub(super) fn run(&mut self, step: &Step) {
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
        let used = |(number, it): (&u64, &crate::pool::instance_state::InstanceState)| {
            it.serves_its_own().then_some(*number)
        };
        self.pool.holdings.instances.iter().filter_map(used).collect()
    }
}
