//! The end of a call as fields of its letter.

use napi::bindgen_prelude::External;

use super::convert::as_f64;
use super::error::ErrorData;
use super::flat::FlatArray;
use super::large_reply::LargeReply;
use super::large_text::LARGE_BYTES;
use super::numbers::Numbers;
use crate::engine::{Answer, Settled};
use crate::mcp::output::Rendered;
use crate::mcp::reply::Reply;

/// `isError` of the letter where the server answered.
const ANSWERED: f64 = 0.0;
const TOOL_ERROR: f64 = 1.0;
/// `isError` of the letter where no answer came: its first field is the error.
const FAILED: f64 = 2.0;

/// Appends the fields `output, raw` and the numbers `number, pid, durationMs, attempts, isError`.
pub(super) fn write(
    settled: Settled,
    out: &mut FlatArray<'_>,
    numbers: &mut Numbers<'_>,
) -> napi::Result<()> {
    let ended = match settled.outcome {
        Ok(answer) => write_answer(answer, out)?,
        Err(error) => {
            out.push(ErrorData::from(error))?;
            out.push(())?;
            FAILED
        }
    };
    let pid = settled.pid.map_or(0.0, f64::from);
    numbers.push([as_f64(settled.number), pid, settled.duration_ms, f64::from(settled.attempts), ended]);
    Ok(())
}

fn write_answer(answer: Answer, out: &mut FlatArray<'_>) -> napi::Result<f64> {
    let Answer { output, reply, is_error } = answer;
    match output {
        Some(Rendered::InPlace(span)) => {
            let (text, raw) = LargeReply::lend(reply, &span);
            out.push(text)?;
            out.push(External::new(raw))?;
        }
        Some(Rendered::Text(text)) => {
            out.push_text(text)?;
            write_raw(reply, out)?;
        }
        Some(Rendered::Inspect) | None => {
            out.push(())?;
            write_raw(reply, out)?;
        }
    }
    Ok(if is_error { TOOL_ERROR } else { ANSWERED })
}

/// A large one stays native until somebody reads it: most callers want only the text.
fn write_raw(reply: Reply, out: &mut FlatArray<'_>) -> napi::Result<()> {
    if reply.result().len() < LARGE_BYTES {
        return out.push_json(reply.result());
    }
    out.push(External::new(LargeReply::from(reply)))
}
