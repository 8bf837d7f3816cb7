//! Requests about a task go to the instance that runs it, whoever asks.

use super::call::Call;
use super::call_request::{CallRequest, Question, Target};
use super::pool_hands::ServerPool;
use crate::mcp::reply::{Reply, ReplyKind};
use crate::mcp::tasks;
use crate::model::{ErrorCode, Result};
use crate::pool::{Ask, Pin};

/// Remembers the instance of a call whose answer is a task, and what an answer says of one. To be called before the call lets its instance go:
/// until then that stays.
pub(super) fn learn(call: &Call, outcome: &Result<Reply>) {
    if let Some(task) = call.request.followed_task() {
        return follow(call, &task, outcome);
    }
    let Ok(reply) = outcome else { return };
    let announced = match call.request.question {
        Question::Tool { .. } => reply.kind() == ReplyKind::Task,
        Question::Method { .. } => tasks::may_create(&call.request.payload, reply),
    };
    let Some((task, news)) = announced.then(|| tasks::created(reply)).flatten() else { return };
    call.look(|held| {
        held.pool().hear_task(held.number(), &task, news);
        held.pool().hands().tasks.lock().learn(task, held.number());
    });
}

fn follow(call: &Call, task: &str, outcome: &Result<Reply>) {
    let Question::Method { method } = &call.request.question else { return };
    let answer = match outcome {
        Ok(reply) => Ok(reply),
        Err(error) if error.code() == ErrorCode::Rpc => Err(()),
        Err(_) => return,
    };
    if let Some(news) = tasks::news(method, answer) {
        call.look(|held| held.pool().hear_task(held.number(), task, news));
    }
}

/// The ask for a request about a task of this pool; `None`: it is about none, or nobody knows it.
pub(super) fn ask(pool: &ServerPool, request: &CallRequest) -> Option<Ask> {
    if let Some(task) = request.followed_task() {
        let owners = pool.hands().tasks.lock().owners(&task).to_vec();
        let lease = match request.target {
            Target::Lease(lease) => Some(lease),
            Target::Named | Target::Pool(_) => None,
        };
        let instance = pool.look(|state| state.keeper(&owners, lease, request.session.as_deref()))?;
        return Some(Ask::task_call(Pin { instance, task: Some(task.into()) }));
    }
    let newest = || pool.hands().tasks.lock().newest().copied();
    let instance = lists_for_nobody(request).then(newest).flatten()?;
    Some(Ask::task_call(Pin { instance, task: None }))
}

/// Leases and sessions have an instance whose tasks they mean.
fn lists_for_nobody(request: &CallRequest) -> bool {
    let lists = matches!(&request.question, Question::Method { method } if **method == *"tasks/list");
    lists && request.session.is_none() && !matches!(request.target, Target::Lease(_))
}
