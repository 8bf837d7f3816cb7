//! Answers to questions that may fail.

use std::sync::Arc;

use serde::Serialize;

use super::letter::Letter;
use super::mailbox::Mailbox;
use crate::model::Result;

/// Posts the answer as JSON in a `done` letter with `token`, or says in a `failed` one why there is none.
pub(super) fn answer<T: Serialize>(
    mailbox: Arc<Mailbox>,
    token: u32,
) -> impl FnOnce(Result<T>) + Send + 'static {
    move |result| {
        mailbox.post(match result {
            Ok(value) => Letter::Done { token, answer: serde_json::to_string(&value).ok() },
            Err(error) => Letter::Failed { token, error },
        });
    }
}
