//! What the death of a server's processes means for its connection.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::spawn_local;

use super::pool_hands::ServerPool;
use super::server_listener::ServerListener;
use super::unit::{StartedUnit, UnitEvent, UnitNumber};
use super::world::World;
use crate::mcp::connection::{Connection, ConnectionConfig};
use crate::mcp::notices::Notices;
use crate::mcp::reply::Listener;
use crate::model::{Error, ErrorCode, Result, Survivor};

type Connected = Result<(i32, Arc<Connection>)>;

/// Hears the events of one server's unit.
pub(super) struct ServerLife {
    world: Rc<World>,
    pool: Arc<ServerPool>,
    instance: u64,
    unit: UnitNumber,
    notices: Arc<Notices>,
    connected: RefCell<Option<oneshot::Sender<Connected>>>,
    connection: RefCell<Option<Arc<Connection>>>,
}

impl ServerLife {
    pub(super) fn new(
        world: Rc<World>,
        pool: Arc<ServerPool>,
        instance: u64,
        unit: UnitNumber,
        notices: Arc<Notices>,
        connected: oneshot::Sender<Connected>,
    ) -> Self {
        let (connected, connection) = (RefCell::new(Some(connected)), RefCell::default());
        Self { world, pool, instance, unit, notices, connected, connection }
    }

    pub(super) fn hear(&self, event: UnitEvent) {
        match event {
            UnitEvent::Started(started) => self.report(self.connect(started)),
            UnitEvent::Failed(error) => self.report(Err(error)),
            UnitEvent::FirstExited { at_ceiling: true, .. } => self.killed_at_ceiling(),
            UnitEvent::FirstExited { code, signal, .. } => self.exited(code, signal.as_deref()),
            UnitEvent::Stopped { .. } => {}
            UnitEvent::Ended(end) => {
                self.tell_survivors(&end.exit.survivors);
                self.exited(end.exit.code, end.exit.signal.as_deref());
            }
        }
    }

    fn report(&self, outcome: Connected) {
        if let Some(sender) = self.connected.take() {
            // Nobody waits any more: the engine is closing.
            let _ = sender.send(outcome);
        }
    }

    fn connect(&self, started: StartedUnit) -> Connected {
        let pid = started.identity.pid;
        let [Some(stdin), Some(stdout), stderr] = started.stdio else {
            return Err(Error::new(ErrorCode::Native, "a server was started without pipes"));
        };
        let cap = self.pool.look(|state| state.settings().max_message);
        let mut config = ConnectionConfig::new(&*self.pool.name);
        config.max_message_bytes = usize::try_from(cap).unwrap_or(usize::MAX);
        self.notices.route_to(ServerListener::new(&self.world.shared, &self.pool, self.instance));
        let connection = Connection::new(config, stdin, Arc::clone(&self.notices) as Arc<dyn Listener>)
            .map_err(|error| self.no_stream(&error))?;
        *self.connection.borrow_mut() = Some(Arc::clone(&connection));
        let (world, pool) = (Rc::clone(&self.world), Arc::clone(&self.pool));
        let (instance, unit) = (self.instance, self.unit);
        let driven = Arc::clone(&connection);
        spawn_local(async move {
            let ended = Arc::clone(&driven).drive(stdout, stderr).await;
            world.connection_ended(&pool, instance, unit, ended.ok().as_ref());
        });
        Ok((pid, connection))
    }

    /// Nobody holds the report of a server's end, so `doctor` tells.
    fn tell_survivors(&self, survivors: &[Survivor]) {
        let warning = |survivor: &Survivor| {
            let Survivor { process, reason } = survivor;
            format!(
                "server '{}': process {} ({}): {reason}",
                self.pool.name, process.identity.pid, process.name
            )
        };
        if !survivors.is_empty() {
            self.world.shared.add_warnings(survivors.iter().map(warning).collect());
        }
    }

    fn exited(&self, code: Option<i32>, signal: Option<&str>) {
        if let Some(connection) = self.connection.take() {
            connection.exited(code, signal);
        }
    }

    /// By the kernel, all of it.
    fn killed_at_ceiling(&self) {
        let settings = self.pool.look(|state| state.settings().clone());
        let ceiling = settings.memory_ceiling().map_or(settings.memory_limit, |ceiling| ceiling.bytes);
        if let Some(connection) = self.connection.take() {
            connection.killed_for_memory(settings.memory_limit, ceiling);
        }
    }

    fn no_stream(&self, error: &std::io::Error) -> Error {
        let server = &*self.pool.name;
        let message = format!("the streams of server '{server}' cannot be used: {error}");
        Error::new(ErrorCode::Native, message).detail("server", server)
    }
}
