//! The N-API surface: the only place that names `napi`.
//!
//! Every exported function is a shell — parse, clone an `Arc`, call the layer below, map the answer — and carries
//! `#[napi(catch_unwind)]`, because a panic that reaches Node's C++ frames ends the host. Failures cross as data
//! ([`error::ErrorData`]) and become a `ProcmanError` in one JavaScript function. What belongs to one environment
//! (the main thread or a worker) hangs off its [`environment::Environment`] and ends with it; what other threads
//! have to say reaches JavaScript through that environment's [`mailbox::Mailbox`].

#![expect(clippy::needless_pass_by_value, reason = "N-API hands strings and objects over by value")]

mod answers;
mod blocking_call;
mod call_routes;
mod calls;
mod config;
mod convert;
mod desk;
mod environment;
mod error;
mod explain;
mod flat;
mod kill_parts;
mod large_reply;
mod large_text;
mod lease_numbers;
mod leases;
mod letter;
mod lifecycle;
mod mail;
mod mailbox;
mod monitors;
mod numbers;
mod plans;
mod pools;
mod process_engine;
mod processes;
mod remote_calls;
mod result_fault;
mod settled;
mod slot_gate;
mod sweeps;
mod tool_slots;
mod unit_streams;
mod units;
