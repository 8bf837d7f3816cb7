//! One monitor: what it was asked to do, who hears of it, and what it still has to do.

use std::cell::RefCell;
use std::sync::Arc;

use serde::Serialize;
use tokio::sync::Notify;

use super::monitor_options::MonitorOptions;
use crate::process::ProcessTable;
use crate::sweep::{Action, Choice, News};

/// Number of a monitor, never used twice in a process.
pub type MonitorNumber = u64;

/// Who hears of what a monitor sees. Called on the engine thread; must not block.
pub trait MonitorSink: Send + Sync {
    /// `{ event, data }`: an event of the contract.
    fn monitor_event(&self, monitor: MonitorNumber, json: String);
}

/// A monitor between its start and its end.
pub(super) struct Monitor {
    pub(super) number: MonitorNumber,
    /// The environment that it ends with.
    pub(super) owner: u64,
    pub(super) options: MonitorOptions,
    pub(super) sink: Arc<dyn MonitorSink>,
    pub(super) ended: Notify,
    /// Whom a rule wants replaced, and whose pool replaces another one first.
    pub(super) waiting: RefCell<Vec<Choice>>,
}

impl Monitor {
    /// That makes a monitor which has seen nothing yet.
    pub(super) fn new(
        number: MonitorNumber,
        owner: u64,
        options: MonitorOptions,
        sink: Arc<dyn MonitorSink>,
    ) -> Self {
        Self { number, owner, options, sink, ended: Notify::new(), waiting: RefCell::default() }
    }

    /// Whom rules want replaced now, and who waits for that and still lives.
    pub(super) fn restarts(&self, news: &News, table: &ProcessTable) -> Vec<Choice> {
        let waiting =
            self.waiting.take().into_iter().filter(|choice| table.find(&choice.process.identity).is_some());
        waiting.chain(news.choices(Action::Restart)).collect()
    }

    pub(super) fn tell(&self, event: &'static str, data: &impl Serialize) {
        let json = serde_json::to_string(&Told { event, data });
        self.sink.monitor_event(self.number, json.unwrap_or_default());
    }
}

#[derive(Serialize)]
struct Told<'a, T> {
    event: &'static str,
    data: &'a T,
}
