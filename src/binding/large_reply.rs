//! A large result on its way to JavaScript: its bytes stay native until somebody reads it, and its text, where that is a part of it as it
//! stands, is read by V8 from the same bytes.

use std::ops::Range;
use std::sync::Arc;

use napi::bindgen_prelude::{Either, External};
use napi_derive::napi;

use super::large_text::LargeText;
use crate::mcp::reply::Reply;

/// The raw JSON of a result.
pub(crate) struct LargeReply {
    bytes: Arc<Vec<u8>>,
    result: Range<usize>,
    /// Where the line break of the text stands in the place of a quote.
    lent_quote: Option<usize>,
}

impl LargeReply {
    /// With its text, which stands at `text` in the result and ends with a line break instead of a quote.
    pub(super) fn lend(reply: Reply, text: &Range<usize>) -> (LargeText, Self) {
        let (mut bytes, result) = reply.into_parts();
        let (start, quote) = (result.start + text.start, result.start + text.end);
        bytes[quote] = b'\n';
        let bytes = Arc::new(bytes);
        let text = LargeText::within(Arc::clone(&bytes), start..quote + 1);
        (text, Self { bytes, result, lent_quote: Some(quote) })
    }

    /// As the server wrote it.
    fn original(&self) -> Vec<u8> {
        let mut result = self.bytes[self.result.clone()].to_vec();
        if let Some(quote) = self.lent_quote {
            result[quote - self.result.start] = b'"';
        }
        result
    }
}

impl From<Reply> for LargeReply {
    fn from(reply: Reply) -> Self {
        let (bytes, result) = reply.into_parts();
        Self { bytes: Arc::new(bytes), result, lent_quote: None }
    }
}

/// The text of a large raw result.
#[napi(catch_unwind, ts_return_type = "string")]
pub(crate) fn raw_text(raw: &External<LargeReply>) -> Either<LargeText, String> {
    let result = raw.original();
    if result.is_ascii() {
        return Either::A(result.into());
    }
    Either::B(String::from_utf8_lossy(&result).into_owned())
}
