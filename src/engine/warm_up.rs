//! Lets the successor of an instance get warm before calls move to it. Decides nothing: the pool says how long there is time.
//!
//! A server in Node runs its first hundred messages in an interpreter, four to ten times slower than later ones. Its predecessor serves meanwhile, so it
//! can be asked something harmless until its way from stdin to stdout is compiled. Servers that somebody waits for are not made to wait for this.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::pool_hands::ServerPool;
use crate::mcp::reply::Reply;
use crate::mcp::session::Session;
use crate::model::Result;

/// Pings at a time: a server that is asked by several callers reads more than one message in one go.
const WIDTH: usize = 4;

/// After 200 pings the first calls of a Node server took 0.3 ms instead of 1.1; more of them changed nothing.
const ROUNDS: usize = 50;

/// No server is worth more: a slow one is not slow because it is cold.
const LONGEST: Duration = Duration::from_millis(250);

/// Pings the server of a successor until it is warm, or until somebody needs it.
pub(super) async fn warm_up(pool: &ServerPool, number: u64, session: &Session) {
    let end = Instant::now() + LONGEST;
    for _ in 0..ROUNDS {
        let needed = !pool.look(|state| state.may_warm_up(number));
        if needed || timeout_at(end, one_round(session)).await.is_err() {
            return;
        }
    }
}

/// Until all pings of a round are answered, or their connection has ended.
async fn one_round(session: &Session) {
    let (open, mut all_settled) = mpsc::channel::<Infallible>(1);
    for _ in 0..WIDTH {
        let open = open.clone();
        session.ping(Box::new(move |_: Result<Reply>| drop(open)));
    }
    drop(open);
    let _ = all_settled.recv().await;
}
