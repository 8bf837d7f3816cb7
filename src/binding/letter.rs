//! What other threads tell an environment.
//!
//! A new kind is one variant, one arm of [`Letter::write`], and one entry of the table in `lib/api/mailbox.js`, which
//! knows the number of fields of each kind.

use super::convert::as_f64;
use super::error::ErrorData;
use super::flat::FlatArray;
use super::numbers::Numbers;
use super::settled;
use crate::engine::Settled;
use crate::model::Error;

/// One message to the JavaScript thread of an environment.
#[derive(Debug)]
pub(crate) enum Letter {
    /// A waiter of this environment got its permit: `[1, waiter]`.
    PermitGranted {
        /// The number that the environment gave the waiter.
        waiter: u32,
    },
    /// A call ended: `[2, output, raw]` and its numbers; see [`settled::write`].
    CallSettled {
        /// How.
        settled: Box<Settled>,
        /// It held a slot.
        slot: bool,
    },
    /// A call makes progress: `[3, number, params]`.
    CallProgress {
        /// The call.
        number: u64,
        /// Raw JSON.
        params: String,
    },
    /// A unit runs: `[4, number, started]`, JSON.
    UnitStarted {
        /// The unit.
        number: u64,
        /// Identity, guarantee, and which of its streams are pipes.
        started: String,
    },
    /// A unit could not be started: `[5, number, error]`.
    UnitFailed {
        /// The unit.
        number: u64,
        /// Why.
        error: Error,
    },
    /// A unit ended: `[6, number, end]`, JSON.
    UnitEnded {
        /// The unit.
        number: u64,
        /// Exit and report.
        end: String,
    },
    /// Something that was asked for is over: `[7, token, answer]`.
    Done {
        /// What JavaScript called it.
        token: u32,
        /// JSON, where there is something to say.
        answer: Option<String>,
    },
    /// What was asked for cannot be had: `[17, token, error]`.
    Failed {
        /// What JavaScript called it.
        token: u32,
        /// Why.
        error: Error,
    },
    /// The server asks before it answers: `[14, number, round, questions]`, JSON.
    CallInput {
        /// The call.
        number: u64,
        /// Which round of it.
        round: u32,
        /// Raw JSON.
        questions: String,
    },
    /// The first process of a unit on a terminal was stopped: `[8, number, signal]`.
    UnitStopped {
        /// The unit.
        number: u64,
        /// The signal's name.
        signal: String,
    },
    /// A waiter got its lease: `[9, token, lease]`.
    LeaseGranted {
        /// What JavaScript called the wish.
        token: u32,
        /// The lease.
        lease: u64,
    },
    /// A waiter gets no lease: `[10, token, error]`.
    LeaseRefused {
        /// What JavaScript called the wish.
        token: u32,
        /// Why.
        error: Error,
    },
    /// The instance of a lease is being replaced or gone: `[11, lease, notice]`, JSON.
    LeaseNotice {
        /// The lease.
        lease: u64,
        /// `{ event, instanceId, cause }`.
        json: String,
    },
    /// The server of some leases said something unasked: `[12, leases, notification]`, JSON.
    LeaseNotification {
        /// Those of this environment.
        leases: Vec<u64>,
        /// `{ method, params }`.
        json: String,
    },
    /// The server of a lease with handlers asks: `[15, lease, question, json]`.
    LeaseQuestion {
        /// The lease.
        lease: u64,
        /// What `leaseAnswer` wants to hear.
        question: u64,
        /// `{ method, params }`.
        json: String,
    },
    /// It does not want to know any more: `[16, lease, question]`.
    LeaseQuestionWithdrawn {
        /// The lease.
        lease: u64,
        /// Which.
        question: u64,
    },
    /// A monitor saw something: `[20, monitor, event]`, JSON.
    MonitorEvent {
        /// The monitor.
        monitor: u64,
        /// `{ event, data }`.
        json: String,
    },
    /// Something happened to a pool: `[13, pool, event]`, JSON.
    PoolEvent {
        /// The pool.
        pool: u64,
        /// `{ event, at, … }`.
        json: String,
    },
}

impl Letter {
    /// Whether a slot comes free with it.
    pub(super) fn frees_a_slot(&self) -> bool {
        matches!(self, Self::CallSettled { slot: true, .. })
    }

    /// The most numbers that a letter has.
    pub(super) const MOST_NUMBERS: usize = 5;

    /// Appends kind and fields.
    pub(super) fn write(self, out: &mut FlatArray<'_>, numbers: &mut Numbers<'_>) -> napi::Result<()> {
        match self {
            Self::PermitGranted { waiter } => {
                out.push(1_u32)?;
                out.push(waiter)
            }
            Self::CallSettled { settled, .. } => {
                out.push(2_u32)?;
                settled::write(*settled, out, numbers)
            }
            Self::CallProgress { number, params } => out.push_about(3, number, params),
            Self::UnitStarted { number, started } => out.push_about(4, number, started),
            Self::UnitFailed { number, error } => out.push_about(5, number, ErrorData::from(error)),
            Self::UnitEnded { number, end } => out.push_about(6, number, end),
            Self::Done { token, answer } => out.push_about(7, u64::from(token), answer),
            Self::Failed { token, error } => out.push_about(17, u64::from(token), ErrorData::from(error)),
            Self::CallInput { number, round, questions } => {
                out.push_about(14, number, round)?;
                out.push(questions)
            }
            Self::UnitStopped { number, signal } => out.push_about(8, number, signal),
            Self::LeaseGranted { token, lease } => out.push_about(9, u64::from(token), as_f64(lease)),
            Self::LeaseRefused { token, error } => {
                out.push_about(10, u64::from(token), ErrorData::from(error))
            }
            Self::LeaseNotice { lease, json } => out.push_about(11, lease, json),
            Self::LeaseNotification { leases, json } => {
                out.push(12_u32)?;
                out.push(leases.into_iter().map(as_f64).collect::<Vec<_>>())?;
                out.push(json)
            }
            Self::LeaseQuestion { lease, question, json } => {
                out.push_about(15, lease, as_f64(question))?;
                out.push(json)
            }
            Self::LeaseQuestionWithdrawn { lease, question } => out.push_about(16, lease, as_f64(question)),
            Self::MonitorEvent { monitor, json } => out.push_about(20, monitor, json),
            Self::PoolEvent { pool, json } => out.push_about(13, pool, json),
        }
    }
}
