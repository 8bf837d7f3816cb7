//! Starts an instance of a pool: unit, streams, handshake. Runs on the engine thread, once per start, and goes on when the caller that
//! caused it has given up, so that the next one finds a warm server.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::oneshot;
use tokio::task::spawn_local;

use super::instance::Instance;
use super::pool_hands::ServerPool;
use super::server_life::ServerLife;
use super::starts::Start;
use super::unit::{UnitNumber, UnitRequest};
use super::warm_up::warm_up;
use super::world::World;
use crate::mcp::client::{ClientCapabilities, ClientInfo};
use crate::mcp::config::ServerEntry;
use crate::mcp::connection::Connection;
use crate::mcp::era::EraPlan;
use crate::mcp::era_cache::EraKey;
use crate::mcp::handshake::Handshake;
use crate::mcp::notices::Notices;
use crate::mcp::opening::{self, OpenError, Opening};
use crate::mcp::session::Session;
use crate::model::{ExitCause, Leftovers, PoolSettings, Result, SpawnSpec, StdioMode};

/// A server's process with its streams, before anybody may use it.
struct Launched {
    unit: UnitNumber,
    pid: i32,
    connection: Arc<Connection>,
}

/// Which instance is being started, and how.
struct Order {
    pool: Arc<ServerPool>,
    number: u64,
    settings: PoolSettings,
    /// Whose lists it shares.
    generation: u64,
    /// What its server may ask.
    capabilities: ClientCapabilities,
}

impl World {
    /// Starts an instance, unless its pool has changed its mind. `handlers`: the questions of the server that its holder answers.
    pub(super) fn start_instance(self: &Rc<Self>, pool: Arc<ServerPool>, number: u64, handlers: u8) {
        let Some(settings) = pool.look(|state| state.settings_for_start(number)) else { return };
        let capabilities = ClientCapabilities::of_bits(handlers);
        // Before this returns: a stop in the very next job must find it.
        let start = self.starts.begin(number);
        spawn_local(
            Rc::clone(self).run_start(Order { pool, number, settings, generation: 0, capabilities }, start),
        );
    }

    async fn run_start(self: Rc<Self>, mut order: Order, start: Rc<Start>) {
        let outcome = tokio::select! {
            biased;
            () = start.given_up() => None,
            outcome = self.start_server(&mut order, &start) => Some(outcome),
        };
        self.starts.end(order.number);
        match outcome {
            // Who gave it up reports its end.
            None => {}
            Some(Err(error)) => {
                self.shared.config.doubt();
                order.pool.start_failed(order.number, &error);
            }
            Some(Ok(instance)) => self.serve(&order, &instance),
        }
    }

    fn serve(self: &Rc<Self>, order: &Order, instance: &Arc<Instance>) {
        let dead = instance.connection.is_closed();
        self.serving.borrow_mut().insert(order.number);
        order.pool.started(order.number, Arc::clone(instance));
        self.watch(&order.pool, order.number, instance);
        // A server can die between its handshake and its entry into the pool.
        if dead && self.serving.borrow_mut().remove(&order.number) {
            order.pool.lost(order.number, "crash", instance.connection.failure().as_ref());
        }
    }

    async fn start_server(self: &Rc<Self>, order: &mut Order, start: &Start) -> Result<Arc<Instance>> {
        let entry = self.shared.entry_of(&order.pool)?;
        let host = order.pool.hands().host().map_or_else(|| self.shared.config.host(), Ok)?;
        order.settings = self.shared.settle_settings(&order.pool, &entry, &host)?;
        order.generation = order.pool.hands().starts(&entry, &order.settings);
        let spec = entry.resolve(&host.env())?;
        let key = EraKey::of(&entry, &spec);
        let folder = self.shared.config.state_dir();
        let plan = self.shared.eras.plan(&key, order.settings.protocol, folder.as_deref());
        let outcome = match self.launch_and_open(order, &entry, spec.clone(), start, plan).await {
            // The question killed it. The second start asks nothing.
            Err(OpenError::StartAgain(_)) => self
                .launch_and_open(order, &entry, spec, start, EraPlan::LegacyFirst)
                .await
                .map_err(OpenError::into_error),
            outcome => outcome.map_err(OpenError::into_error),
        };
        match &outcome {
            Ok(instance) => self.shared.eras.learn(&key, plan, instance.session.handshake().lesson()),
            Err(_) => self.shared.eras.forget(&key),
        }
        outcome
    }

    /// One process, from its start until it has introduced itself and, where there is time, is warm; stopped if it cannot.
    async fn launch_and_open(
        self: &Rc<Self>,
        order: &Order,
        entry: &ServerEntry,
        spec: SpawnSpec,
        start: &Start,
        plan: EraPlan,
    ) -> Result<Arc<Instance>, OpenError> {
        let notices = Notices::new(order.capabilities);
        let launched = self.launch(order, spec, start, &notices).await.map_err(OpenError::Failed)?;
        let opening = Opening {
            client: client_info(),
            capabilities: order.capabilities,
            plan,
            timeout: order.settings.start_timeout.unwrap_or(Duration::MAX),
        };
        match opening::open(&launched.connection, &opening).await {
            Ok(handshake) => {
                let session = session(order, &launched, handshake, notices);
                warm_up(&order.pool, order.number, &session).await;
                Ok(instance(entry, launched, session))
            }
            Err(error) => {
                launched.connection.fail_all(error.error().clone());
                self.stop_unit(launched.unit, false, order.settings.grace, ExitCause::Stop);
                Err(error)
            }
        }
    }

    /// Runs the command of an entry and connects its streams.
    async fn launch(
        self: &Rc<Self>,
        order: &Order,
        mut spec: SpawnSpec,
        start: &Start,
        notices: &Arc<Notices>,
    ) -> Result<Launched> {
        let unit = self.shared.units.next_number();
        let container = self.mark_container(&mut spec, unit)?;
        let request = UnitRequest {
            spec,
            stdio: [StdioMode::Pipe; 3],
            grace: order.settings.grace.unwrap_or(Duration::MAX),
            leftovers: Leftovers::Stop,
            timeout: None,
            memory: order.settings.memory_ceiling(),
            terminal: None,
            owner: None,
            pool: Some(order.pool.number),
            held: true,
            container,
        };
        let (sender, receiver) = oneshot::channel();
        start.runs_in(unit);
        let (pool, notices) = (Arc::clone(&order.pool), Arc::clone(notices));
        let life = ServerLife::new(Rc::clone(self), pool, order.number, unit, notices, sender);
        self.spawn_unit(unit, request, Box::new(move |event| life.hear(event)));
        let (pid, connection) = receiver.await.unwrap_or_else(|_| Err(super::errors::closed()))?;
        Ok(Launched { unit, pid, connection })
    }
}

fn session(order: &Order, launched: &Launched, handshake: Handshake, notices: Arc<Notices>) -> Arc<Session> {
    let cache = order.pool.hands().cache(&order.settings);
    Session::new(Arc::clone(&launched.connection), handshake, notices, cache, order.generation)
}

fn instance(entry: &ServerEntry, launched: Launched, session: Arc<Session>) -> Arc<Instance> {
    Arc::new(Instance {
        session,
        server: entry.name.clone(),
        unit: launched.unit,
        pid: launched.pid,
        answers_when_ready: launched.connection.answers(),
        connection: launched.connection,
        tools: entry.tools.clone(),
        created: SystemTime::now(),
    })
}

fn client_info() -> ClientInfo {
    ClientInfo { name: "procman".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}
