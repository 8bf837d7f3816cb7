//! Long answers, fetched part by part: one string of a megabyte costs the JavaScript thread milliseconds at once.

use std::collections::{HashMap, VecDeque};

use napi::Env;
use napi::bindgen_prelude::BufferSlice;
use napi_derive::napi;
use parking_lot::Mutex;

use super::environment::Environment;
use super::numbers::Numbers;
use crate::model::ProcessRows;

/// A part of an answer.
#[derive(Debug)]
pub(super) enum Part {
    /// Text for `JSON.parse`.
    Json(String),
    /// Processes as rows.
    Processes(ProcessRows),
}

/// The answers of one environment that are not fetched yet, by the token of their question.
#[derive(Debug, Default)]
pub(super) struct Answers {
    waiting: Mutex<HashMap<u32, VecDeque<Part>>>,
}

impl Answers {
    /// Keeps an answer until it is fetched.
    pub(super) fn keep(&self, token: u32, parts: Vec<Part>) {
        self.waiting.lock().insert(token, parts.into());
    }

    fn next(&self, token: u32) -> Option<Part> {
        let mut waiting = self.waiting.lock();
        let part = waiting.get_mut(&token).and_then(VecDeque::pop_front);
        if part.is_none() {
            waiting.remove(&token);
        }
        part
    }
}

/// The text of the next part of the answer to the question with this token; null behind the last one. The numbers of processes lie in
/// `numbers`, behind their count.
#[napi(catch_unwind)]
pub(crate) fn answer_next(
    env: &Env,
    token: u32,
    mut numbers: BufferSlice<'_>,
) -> napi::Result<Option<String>> {
    let mut numbers = Numbers::behind_the_first(&mut numbers);
    Ok(Environment::current(env)?.answers().next(token).map(|part| match part {
        Part::Json(text) => text,
        Part::Processes(ProcessRows { numbers: rows, texts }) => {
            numbers.set_first(rows.len());
            rows.into_iter().for_each(|row| numbers.push(row));
            texts
        }
    }))
}
