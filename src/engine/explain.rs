//! Who started a process, what it belongs to, and whether it may be stopped.

use super::Engine;
use super::sweeps::on_own_thread;
use crate::model::{Explanation, Result};
use crate::process::{Question, explain_all};

impl Engine {
    /// Explains everybody who is meant; `done` is called from another thread. Ends in `ERR_NATIVE` when `/proc` cannot be read.
    pub fn explain(&self, question: Question, done: impl FnOnce(Result<Vec<Explanation>>) + Send + 'static) {
        on_own_thread(move || explain_all(question), done);
    }
}
