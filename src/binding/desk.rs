//! Where a question of JavaScript gets its answer, which may be long: a `done` letter says that it can be fetched, a `failed` one why there is
//! none.

use std::sync::Arc;

use napi::Env;
use serde::Serialize;

use super::answers::{Answers, Part};
use super::environment::Environment;
use super::letter::Letter;
use super::mailbox::Mailbox;
use crate::model::{Error, ErrorCode, ProcessInfo, ProcessRows, Result, json_parts};

/// Of one question of one environment.
pub(super) struct Desk {
    mailbox: Arc<Mailbox>,
    answers: Arc<Answers>,
    token: u32,
}

impl Desk {
    pub(super) fn of(env: &Env, token: u32) -> napi::Result<Self> {
        let environment = Environment::current(env)?;
        let (mailbox, answers) = (Arc::clone(environment.mailbox()), Arc::clone(environment.answers()));
        Ok(Self { mailbox, answers, token })
    }

    /// With processes, as rows.
    pub(super) fn answer_processes(self, listed: Result<Vec<ProcessInfo>>) {
        let rows = |chunk: &[ProcessInfo]| Part::Processes(ProcessRows::of(chunk));
        self.settle(listed.map(|all| all.chunks(ProcessRows::MOST).map(rows).collect()));
    }

    /// With anything else, as JSON.
    pub(super) fn answer<T: Serialize>(self, result: Result<T>) {
        self.settle(result.and_then(|value| {
            let parts = json_parts(&value).map_err(|error| unwritable(&error))?;
            Ok(parts.into_iter().map(Part::Json).collect())
        }));
    }

    fn settle(self, parts: Result<Vec<Part>>) {
        let token = self.token;
        self.mailbox.post(match parts {
            Ok(parts) => {
                self.answers.keep(token, parts);
                Letter::Done { token, answer: None }
            }
            Err(error) => Letter::Failed { token, error },
        });
    }
}

fn unwritable(error: &serde_json::Error) -> Error {
    Error::new(ErrorCode::Native, format!("an answer cannot be written as JSON: {error}; please report this"))
}
