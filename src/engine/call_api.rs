//! Calls: begin them, send what was held, end them, list them. Those of a warm server go out on the caller's thread.

use std::sync::Arc;

use super::attempt;
use super::call::Call;
use super::errors;
use super::input_rounds;
use super::{ActiveCall, CallRequest, CallSink, Engine, HostContext, Target};
use crate::model::Result;
use crate::pool::Asked;

/// What became of [`Engine::begin`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// The call runs under this number; its sink will be told.
    Call(u64),
    /// A server must be started: begin again and say from which environment.
    NeedsHost,
}

impl Engine {
    /// Begins a call for the environment `owner`. With `hold` a warm server gets it at the next [`Engine::flush`]. Its end reaches `sink` once, possibly before this returns.
    pub fn begin(
        &self,
        mut request: CallRequest,
        owner: u64,
        hold: bool,
        sink: Arc<dyn CallSink>,
        host: Option<HostContext>,
    ) -> Begun {
        let shared = &self.shared;
        if request.target != Target::Named
            && let Some(pool) = shared.pool_of(&request)
        {
            request.server = pool.name.as_ref().into();
        }
        // Who has a lease has said before from where its server starts.
        let knows_host = host.is_some() || matches!(request.target, Target::Lease(_));
        // Before the ask: that may start an instance on the engine thread at once.
        if let Some(host) = host {
            shared.seen_from(&request, host);
        }
        let asked = shared.ask_for(&request, !knows_host);
        if !knows_host && matches!(asked, None | Some(Asked::Cold)) {
            return Begun::NeedsHost;
        }
        let call = shared.calls.enter(|number| Call::new(number, owner, request, sink));
        let number = call.number;
        match (shared.lifecycle.enter().and_then(|()| shared.runtime()), asked) {
            (Err(error), _) => attempt::end(shared, &call, Err(error)),
            (Ok(_), Some(Asked::Ready(held))) => attempt::send(shared, &call, held, hold),
            (Ok(_), Some(Asked::Refused(error))) => attempt::not_started(shared, &call, error),
            (Ok(runtime), Some(Asked::Waits(waiting))) => {
                runtime.run(move |world| world.carry_on(call, waiting));
            }
            (Ok(runtime), None | Some(Asked::Cold)) => runtime.run(move |world| world.carry(call)),
        }
        Begun::Call(number)
    }

    /// Sends the calls that were held.
    pub fn flush(&self) {
        self.shared.held.flush();
    }

    /// Ends a call at its caller's wish. False: it had ended before.
    pub fn cancel(&self, number: u64, reason: &str) -> bool {
        let found = self.shared.calls.find(number).filter(|call| !call.is_over());
        if let Some(call) = &found {
            attempt::withdraw(&self.shared, call, reason, errors::aborted(call));
        }
        found.is_some()
    }

    /// Answers what the server of a call asked in a round; `answers` is a raw JSON object. False: too late, or nobody asked.
    pub fn answer_input(&self, number: u64, round: u32, answers: &str) -> bool {
        let call = self.shared.calls.find(number);
        call.is_some_and(|call| input_rounds::answer(&self.shared, &call, round, answers))
    }

    /// The calls that hold a slot, oldest first.
    pub fn active_calls(&self) -> Vec<ActiveCall> {
        let mut calls: Vec<_> = self.shared.calls.all().iter().map(|call| call.describe()).collect();
        calls.extend(self.shared.remote_calls.all());
        calls.sort_by(|a, b| a.start_time.total_cmp(&b.start_time));
        calls
    }

    /// Lists a call that the environment `owner` carries itself; answers its number.
    ///
    /// # Errors
    /// `ERR_CLOSED` after a shutdown.
    pub fn enter_remote(&self, owner: u64, server: String, tool: String) -> Result<u64> {
        self.shared.lifecycle.enter()?;
        let number = self.shared.calls.next_number();
        self.shared.remote_calls.enter(number, owner, server, tool);
        Ok(number)
    }

    /// Such a call is over. Where it failed, the entry of its server may be what has to be mended.
    pub fn leave_remote(&self, number: u64, failed: bool) {
        if failed {
            self.shared.config.doubt();
        }
        self.shared.remote_calls.leave(number);
    }
}
