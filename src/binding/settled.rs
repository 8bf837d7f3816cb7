//! The end of a call as fields of its letter.

use napi::bindgen_prelude::External;
use napi_derive::napi;

use super::convert::as_f64;
use super::error::ErrorData;
use super::flat::FlatArray;
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
    match answer.output {
        Some(Rendered::Text(text)) => out.push_text(text)?,
        Some(Rendered::Inspect) | None => out.push(())?,
    }
    // A large one stays native until somebody reads it: most callers want only the text.
    if answer.reply.result().len() < LARGE_BYTES {
        out.push_json(answer.reply.result())?;
    } else {
        out.push(External::new(answer.reply))?;
    }
    Ok(if answer.is_error { TOOL_ERROR } else { ANSWERED })
}

/// The text of a large raw result.
#[napi(catch_unwind)]
pub(crate) fn raw_text(raw: &External<Reply>) -> String {
    String::from_utf8_lossy(raw.result()).into_owned()
}
