//! Who started a process, what it belongs to, and whether it may be stopped.

use std::sync::Arc;

use super::Engine;
use super::sweeps::on_own_thread;
use crate::model::{Explanation, Result};
use crate::process::{Question, explain_all};

impl Engine {
    /// Explains everybody who is meant; `done` is called from another thread. Ends in `ERR_NATIVE` when `/proc` cannot be read, in
    /// `ERR_UNSUPPORTED` under a backend that does not read it.
    pub fn explain(&self, question: Question, done: impl FnOnce(Result<Vec<Explanation>>) + Send + 'static) {
        let shared = Arc::clone(&self.shared);
        let explain = move || {
            shared.config.need_linux("explain processes")?;
            explain_all(question)
        };
        on_own_thread(explain, done);
    }
}
