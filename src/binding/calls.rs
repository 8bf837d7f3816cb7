//! Tool calls for JavaScript: begin, cancel, list. What comes of a call arrives as a letter.

use std::sync::Arc;
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use super::engine::engine;
use super::environment::Environment;
use super::error::{Outcome, outcome};
use super::letter::Letter;
use super::mailbox::Mailbox;
use super::settled::{LARGE_BYTES, RawResult};
use crate::engine::{CallRequest, CallSink, HostContext, Question, RetryRule, Settled};

/// Bits of `flags`; `lib/api/tool-call.js` sets the same.
mod flag {
    pub(super) const TOOL: u32 = 1;
    pub(super) const ANNOTATED: u32 = 2;
    pub(super) const RESET_ON_PROGRESS: u32 = 4;
    pub(super) const WANTS_PROGRESS: u32 = 8;
    pub(super) const RENDER: u32 = 16;
}
