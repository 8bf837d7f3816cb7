//! What the death of a server's processes means for its connection.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::spawn_local;

use super::unit::{StartedUnit, UnitEvent, UnitNumber};
use super::world::World;
use crate::mcp::connection::{Connection, ConnectionConfig};
use crate::mcp::notices::Notices;
use crate::mcp::reply::Listener;
use crate::model::{Error, ErrorCode, Result};

type Connected = Result<(i32, Arc<Connection>)>;

/// Hears the events of one server's unit.
pub(super) struct ServerLife {
    world: Rc<World>,
    server: String,
    unit: UnitNumber,
    notices: Arc<Notices>,
    connected: RefCell<Option<oneshot::Sender<Connected>>>,
    connection: RefCell<Option<Arc<Connection>>>,
}

impl ServerLife {
    pub(super) fn new(
        world: Rc<World>,
        server: String,
        unit: UnitNumber,
        notices: Arc<Notices>,
        connected: oneshot::Sender<Connected>,
    ) -> Self {
        Self {
            world,
            server,
            unit,
            notices,
            connected: RefCell::new(Some(connected)),
            connection: RefCell::default(),
        }
    }

    pub(super) fn hear(&self, event: UnitEvent) {
        match event {
            UnitEvent::Started(started) => self.report(self.connect(started)),
            UnitEvent::Failed(error) => self.report(Err(error)),
            UnitEvent::FirstExited { code, signal } => self.exited(code, signal.as_deref()),
            UnitEvent::Stopped { .. } => {}
            UnitEvent::Ended(end) => self.exited(end.exit.code, end.exit.signal.as_deref()),
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
        let config = ConnectionConfig::new(self.server.as_str());
        let connection = Connection::new(config, stdin, Arc::clone(&self.notices) as Arc<dyn Listener>)
            .map_err(|error| self.no_stream(&error))?;
        *self.connection.borrow_mut() = Some(Arc::clone(&connection));
        let (world, unit) = (Rc::clone(&self.world), self.unit);
        let driven = Arc::clone(&connection);
        spawn_local(async move {
            let ended = Arc::clone(&driven).drive(stdout, stderr).await;
            let by_us = ended.is_ok_and(|reason| reason.code() == ErrorCode::Closed);
            world.connection_ended(&driven, unit, by_us);
        });
        Ok((pid, connection))
    }

    fn exited(&self, code: Option<i32>, signal: Option<&str>) {
        if let Some(connection) = self.connection.take() {
            connection.exited(code, signal);
        }
    }

    fn no_stream(&self, error: &std::io::Error) -> Error {
        let message = format!("the streams of server '{}' cannot be used: {error}", self.server);
        Error::new(ErrorCode::Native, message).detail("server", self.server.as_str())
    }
}
