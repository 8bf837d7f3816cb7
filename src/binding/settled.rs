//! The end of a call as fields of its letter.

use napi::bindgen_prelude::External;
use napi_derive::napi;

use super::convert::as_f64;
use super::error::ErrorData;
use super::flat::FlatArray;
use super::large_text::LARGE_BYTES;
use crate::engine::{Answer, Settled};
use crate::mcp::output::Rendered;
use crate::mcp::reply::Reply;

/// Appends `number, output, raw, error, pid, durationMs, attempts, isError`.
pub(super) fn write(settled: Settled, out: &mut FlatArray<'_>) -> napi::Result<()> {
    out.push(as_f64(settled.number))?;
    let is_error = match settled.outcome {
        Ok(answer) => write_answer(answer, out)?,
        Err(error) => {
            out.push(())?;
            out.push(())?;
            out.push(ErrorData::from(error))?;
            false
        }
    };
    out.push(settled.pid)?;
    out.push(settled.duration_ms)?;
    out.push(settled.attempts)?;
    out.push(is_error)
}

fn write_answer(answer: Answer, out: &mut FlatArray<'_>) -> napi::Result<bool> {
    match answer.output {
        Some(Rendered::Text(text)) => out.push_text(text)?,
        Some(Rendered::Inspect) | None => out.push(())?,
    }
    // A large one stays native until somebody reads it: most callers want only the text.
    if answer.reply.result().len() < LARGE_BYTES {
        out.push(String::from_utf8_lossy(answer.reply.result()).as_ref())?;
    } else {
        out.push(External::new(answer.reply))?;
    }
    out.push(())?;
    Ok(answer.is_error)
}

/// The text of a large raw result.
#[napi(catch_unwind)]
pub(crate) fn raw_text(raw: &External<Reply>) -> String {
    String::from_utf8_lossy(raw.result()).into_owned()
}
