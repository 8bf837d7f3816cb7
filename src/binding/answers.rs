//! Long answers, fetched part by part: one string of a megabyte costs the JavaScript thread milliseconds at once.

use std::collections::{HashMap, VecDeque};

use napi::Env;
use napi_derive::napi;
use parking_lot::Mutex;

use super::environment::Environment;

/// The answers of one environment that are not fetched yet, by the token of their question.
#[derive(Debug, Default)]
pub(super) struct Answers {
    waiting: Mutex<HashMap<u32, VecDeque<String>>>,
}

impl Answers {
    /// Keeps an answer until it is fetched.
    pub(super) fn keep(&self, token: u32, parts: Vec<String>) {
        self.waiting.lock().insert(token, parts.into());
    }

    fn next(&self, token: u32) -> Option<String> {
        let mut waiting = self.waiting.lock();
        let part = waiting.get_mut(&token).and_then(VecDeque::pop_front);
        if part.is_none() {
            waiting.remove(&token);
        }
        part
    }
}

/// The next part of the answer to the question with this token; null behind the last one.
#[napi(catch_unwind)]
pub(crate) fn answer_next(env: &Env, token: u32) -> napi::Result<Option<String>> {
    Ok(Environment::current(env)?.answers().next(token))
}
