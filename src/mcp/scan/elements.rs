//! The elements of a JSON array.

use std::ops::Range;

use memchr::memchr2;

use super::Malformed;
use super::structure::{STRUCTURE, Structure};

/// The elements of a JSON array, as spans: what the 2025-03-26 protocol calls a batch.
pub(crate) fn elements(array: &[u8]) -> Result<Vec<Range<usize>>, Malformed> {
    let (mut spans, mut start, mut depth, mut at) = (Vec::new(), None, 0_u64, 0);
    while let Some(&byte) = array.get(at) {
        match STRUCTURE[usize::from(byte)] {
            Structure::Quote => at = end_of_text(array, at)?,
            Structure::Open => {
                depth += 1;
                if depth == 2 {
                    start = Some(at);
                }
            }
            Structure::Close => {
                depth = depth.checked_sub(1).ok_or(Malformed)?;
                if depth == 1 {
                    spans.push(start.take().ok_or(Malformed)?..at + 1);
                }
            }
            Structure::None => {}
        }
        at += 1;
    }
    if depth == 0 { Ok(spans) } else { Err(Malformed) }
}

fn end_of_text(bytes: &[u8], quote: usize) -> Result<usize, Malformed> {
    let mut at = quote + 1;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..).ok_or(Malformed)?).ok_or(Malformed)?;
        if bytes[at] == b'"' {
            return Ok(at);
        }
        at += 2;
    }
}
