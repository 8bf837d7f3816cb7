//! What belongs to one environment — the main thread or a worker — and ends with it.
//!
//! Kept per thread and keyed by the environment's address, because one thread may host several (embedders do that).
//! Not in N-API's instance data: looking that up takes a process-wide lock, and every acquire of a tool slot asks.

use std::cell::{OnceCell, RefCell};
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use napi::{Env, Error, Status};

use super::answers::Answers;
use super::call_routes::CallRoutes;
use super::mailbox::Mailbox;
use super::process_engine::engine;
use super::unit_streams::UnitStreams;
use crate::engine::Glance;
use crate::semaphore::Member;
use crate::sys::own_environ::Stamp;

/// Each with its address.
type Environments = Vec<(usize, Rc<Environment>)>;

thread_local! {
    /// Never dropped with its thread: Node ends each environment by its cleanup hook, and where it does not — `process.exit()` — the engine must
    /// not be asked from the destructors of a thread whose other locals are gone. The guard stops what is left.
    static ENVIRONMENTS: ManuallyDrop<RefCell<Environments>> = const { ManuallyDrop::new(RefCell::new(Vec::new())) };
}

/// The mailbox, the permits, the call routes and the streams of one environment. Stays on its thread.
pub(super) struct Environment {
    number: u64,
    mailbox: Arc<Mailbox>,
    answers: Arc<Answers>,
    tool_slots: OnceCell<Member>,
    routes: CallRoutes,
    unit_streams: Arc<UnitStreams>,
    environ: RefCell<Option<Stamp>>,
    glance: RefCell<Glance>,
}

impl Environment {
    /// The environment that is calling; made on its first call.
    pub(super) fn current(env: &Env) -> napi::Result<Rc<Self>> {
        let key = env.raw() as usize;
        let known = ENVIRONMENTS.with(|all| {
            all.borrow().iter().find(|(other, _)| *other == key).map(|(_, found)| Rc::clone(found))
        });
        match known {
            Some(found) => Ok(found),
            None => Self::register(env, key),
        }
    }

    /// What it is called where owners are told apart; never used twice in a process.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Where other threads leave letters for it.
    pub(super) fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// Where other threads leave what is fetched part by part.
    pub(super) fn answers(&self) -> &Arc<Answers> {
        &self.answers
    }

    /// Its part in the limiter of tool calls, once it takes part.
    pub(super) const fn tool_slots(&self) -> &OnceCell<Member> {
        &self.tool_slots
    }

    /// The same, for those who come after it.
    pub(super) fn slots(&self) -> napi::Result<&Member> {
        let missing = || Error::new(Status::InvalidArg, "toolSlotOpen was not called on this thread");
        self.tool_slots.get().ok_or_else(missing)
    }

    /// What its calls have in common.
    pub(super) const fn routes(&self) -> &CallRoutes {
        &self.routes
    }

    /// Pipe ends of its units that it did not ask for yet.
    pub(super) const fn unit_streams(&self) -> &Arc<UnitStreams> {
        &self.unit_streams
    }

    /// Whether the variables of the process are others than at the last call, or may be.
    pub(super) fn environ_changed(&self) -> bool {
        let now = Stamp::now();
        let before = self.environ.replace(now.clone());
        now.is_none() || now != before
    }

    /// Waits a moment for letters, where they usually come in a moment.
    pub(super) fn glance(&self) {
        let mut glance = self.glance.borrow_mut();
        if glance.is_due() {
            glance.looked(self.mailbox.look(Glance::LIMIT));
        }
    }

    fn register(env: &Env, key: usize) -> napi::Result<Rc<Self>> {
        env.add_env_cleanup_hook(key, |key| drop(Self::forget(key)))?;
        static LAST: AtomicU64 = AtomicU64::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let made = Rc::new(Self {
            number,
            mailbox: Arc::default(),
            answers: Arc::default(),
            tool_slots: OnceCell::new(),
            routes: CallRoutes::default(),
            unit_streams: Arc::default(),
            environ: RefCell::default(),
            glance: RefCell::default(),
        });
        ENVIRONMENTS.with(|all| all.borrow_mut().push((key, Rc::clone(&made))));
        Ok(made)
    }

    /// Takes it off the list before it is dropped, so that whatever its end sets off sees a consistent list.
    fn forget(key: usize) -> Option<Rc<Self>> {
        ENVIRONMENTS.with(|all| {
            let mut all = all.borrow_mut();
            let index = all.iter().position(|(other, _)| *other == key)?;
            Some(all.swap_remove(index).1)
        })
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        self.mailbox.close();
        self.unit_streams.close();
        engine().environment_left(self.number, || ());
    }
}
