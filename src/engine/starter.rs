//! Starts the server of a configured name: unit, streams, handshake. Runs on the engine thread, once per start, and goes on when the
//! caller that caused it has given up, so that the next one finds a warm server.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::spawn_local;

use super::instance::Instance;
use super::server_life::ServerLife;
use super::starts::Start;
use super::unit::{UnitNumber, UnitRequest};
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
use crate::mcp::shared_cache::SharedCache;
use crate::model::{ExitCause, Leftovers, Result, SpawnSpec, StdioMode};
use crate::pool::Checkout;

/// The longest that a server may take to answer `initialize`.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Between SIGTERM and SIGKILL for a server.
pub(super) const SERVER_GRACE: Duration = Duration::from_secs(5);

/// A server's process with its streams, before anybody may use it.
struct Launched {
    unit: UnitNumber,
    pid: i32,
    connection: Arc<Connection>,
}

impl World {
    /// The instance of `server`, started if there is none.
    pub(super) async fn checkout(self: &Rc<Self>, server: &str) -> Result<Arc<Instance>> {
        if let Some(instance) = self.shared.warm(server) {
            return Ok(instance);
        }
        let waiter = match self.shared.servers.checkout(server) {
            Checkout::Ready(instance) => return Ok(instance),
            Checkout::Wait(waiter) => waiter,
            Checkout::Start(waiter) => {
                spawn_local(Rc::clone(self).run_start(server.to_owned()));
                waiter
            }
        };
        waiter.await.unwrap_or_else(|_| Err(super::errors::closed()))
    }

    async fn run_start(self: Rc<Self>, server: String) {
        let start = self.starts.begin(&server);
        let outcome = tokio::select! {
            biased;
            () = start.given_up() => Err(super::errors::server_closed(&server)),
            outcome = self.start_server(&server, &start) => outcome,
        };
        self.starts.end(&server);
        self.shared.servers.started(&server, &outcome);
        self.forget_if_dead(&outcome);
    }

    async fn start_server(self: &Rc<Self>, server: &str, start: &Start) -> Result<Arc<Instance>> {
        let config = self.shared.config.load(Some(server))?;
        let entry = config.find(server)?;
        let host = self.shared.config.host()?.env();
        let spec = entry.resolve(&host)?;
        let key = EraKey::of(entry, &spec);
        let protocol = entry.pool_settings(&host, None)?.protocol;
        let plan = self.shared.eras.plan(&key, protocol, self.shared.config.state_dir().as_deref());
        let outcome = match self.launch_and_open(entry, spec.clone(), start, plan).await {
            // The question killed it. The second start asks nothing.
            Err(OpenError::StartAgain(_)) => self
                .launch_and_open(entry, spec, start, EraPlan::LegacyFirst)
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

    /// One process, from its start until it has introduced itself; stopped if it cannot.
    async fn launch_and_open(
        self: &Rc<Self>,
        entry: &ServerEntry,
        spec: SpawnSpec,
        start: &Start,
        plan: EraPlan,
    ) -> Result<Arc<Instance>, OpenError> {
        let notices = Notices::new(ClientCapabilities::none());
        let launched = self.launch(entry, spec, start, &notices).await.map_err(OpenError::Failed)?;
        let opening = Opening {
            client: client_info(),
            capabilities: notices.capabilities(),
            plan,
            timeout: START_TIMEOUT,
        };
        match opening::open(&launched.connection, &opening).await {
            Ok(handshake) => Ok(instance(entry, launched, handshake, notices)),
            Err(error) => {
                launched.connection.fail_all(error.error().clone());
                self.stop_unit(launched.unit, false, Some(SERVER_GRACE), ExitCause::Stop);
                Err(error)
            }
        }
    }

    /// Runs the command of an entry and connects its streams.
    async fn launch(
        self: &Rc<Self>,
        entry: &ServerEntry,
        spec: SpawnSpec,
        start: &Start,
        notices: &Arc<Notices>,
    ) -> Result<Launched> {
        let request = UnitRequest {
            spec,
            stdio: [StdioMode::Pipe; 3],
            grace: SERVER_GRACE,
            leftovers: Leftovers::Stop,
            timeout: None,
            terminal: None,
            owner: None,
        };
        let (sender, receiver) = oneshot::channel();
        let unit = self.shared.units.next_number();
        start.runs_in(unit);
        let life = ServerLife::new(Rc::clone(self), entry.name.clone(), unit, Arc::clone(notices), sender);
        self.spawn_unit(unit, request, Box::new(move |event| life.hear(event)));
        let (pid, connection) = receiver.await.unwrap_or_else(|_| Err(super::errors::closed()))?;
        Ok(Launched { unit, pid, connection })
    }

    /// A server can die between its handshake and its entry into the table.
    fn forget_if_dead(&self, outcome: &Result<Arc<Instance>>) {
        if let Ok(instance) = outcome
            && instance.connection.is_closed()
        {
            self.shared.servers.lost(&instance.server, instance);
        }
    }
}

fn instance(
    entry: &ServerEntry,
    launched: Launched,
    handshake: Handshake,
    notices: Arc<Notices>,
) -> Arc<Instance> {
    let connection = Arc::clone(&launched.connection);
    let session = Session::new(connection, handshake, notices, Arc::new(SharedCache::disabled()));
    Arc::new(Instance {
        session,
        server: entry.name.clone(),
        unit: launched.unit,
        pid: launched.pid,
        connection: launched.connection,
        tools: entry.tools.clone(),
    })
}

fn client_info() -> ClientInfo {
    ClientInfo { name: "procman".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}
