//! The blocking form of a tool call: the JavaScript thread waits here while the engine thread does everything.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Array, BufferSlice};
use napi_derive::napi;
use parking_lot::{Condvar, Mutex};

use super::calls::{CallParts, request};
use super::environment::Environment;
use super::flat::FlatArray;
use super::numbers::Numbers;
use super::process_engine::engine;
use super::settled;
use crate::engine::{CallSink, HostContext, Settled, Target};

/// Where the waiting thread and the one that settles the call meet.
#[derive(Default)]
struct Rendezvous {
    settled: Mutex<Option<Settled>>,
    arrived: Condvar,
}

impl Rendezvous {
    fn wait(&self) -> Settled {
        let mut slot = self.settled.lock();
        loop {
            if let Some(settled) = slot.take() {
                return settled;
            }
            self.arrived.wait(&mut slot);
        }
    }
}

impl CallSink for Rendezvous {
    fn settled(&self, settled: Settled) {
        *self.settled.lock() = Some(settled);
        self.arrived.notify_one();
    }

    fn progress(&self, _number: u64, _params: &[u8]) {}
}

/// Calls a tool and blocks until it settles; the fields of a `callSettled` letter, its numbers in `numbers`. Takes no slot.
#[napi(catch_unwind, ts_return_type = "unknown[]")]
pub(crate) fn call_blocking<'env>(
    env: &'env Env,
    parts: CallParts,
    host: String,
    mut numbers: BufferSlice<'_>,
) -> napi::Result<Array<'env>> {
    let owner = Environment::current(env)?.number();
    let meeting = Arc::new(Rendezvous::default());
    let sink: Arc<dyn CallSink> = Arc::<Rendezvous>::clone(&meeting);
    // Calls that are held for the end of this turn of the loop: it does not end before this call does, which may need what they have.
    engine().flush();
    engine().begin(
        request(parts, Target::Named),
        owner,
        false,
        sink,
        Some(HostContext::decode(host.as_bytes())),
    );
    let mut fields = FlatArray::new(env)?;
    settled::write(meeting.wait(), &mut fields, &mut Numbers::from_the_first(&mut numbers))?;
    Ok(fields.into_array())
}
