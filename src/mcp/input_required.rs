//! `input_required` of the 2026-07-28 protocol: a server answers with questions, and the request is sent again with the answers. Pure.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::reply::Reply;

/// What a server wants before it answers. Raw, as it wrote it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputRequired {
    /// Questions by the server's own names for them.
    input_requests: Option<Box<RawValue>>,
    /// What the server wants to be reminded of; nobody else's business.
    request_state: Option<Box<RawValue>>,
}

impl InputRequired {
    /// Reads a result of that type; `None` for one that asks nothing, which the protocol forbids.
    #[must_use]
    pub fn read(reply: &Reply) -> Option<Self> {
        let read: Self = serde_json::from_slice(reply.result()).ok()?;
        let asks = read.questions().is_some() || read.request_state.is_some();
        asks.then_some(read)
    }

    /// Whether the protocol lets a server ask back on this request.
    #[must_use]
    pub fn is_allowed_for(method: &str) -> bool {
        matches!(method, "tools/call" | "prompts/get" | "resources/read")
    }

    /// The questions, a raw JSON object; `None` where the request is only to be sent again.
    #[must_use]
    pub fn questions(&self) -> Option<&str> {
        self.input_requests
            .as_ref()
            .map(|raw| raw.get())
            .filter(|raw| raw.strip_prefix('{').is_some_and(|rest| rest.trim() != "}"))
    }

    /// What the params of the next request have besides those of the first one: members without braces, empty if none. `answers` is a
    /// raw JSON object.
    #[must_use]
    pub fn members_of_retry(&self, answers: Option<&str>) -> String {
        let answers = answers.map(|answers| format!("\"inputResponses\":{answers}"));
        let state = self.request_state.as_ref().map(|state| format!("\"requestState\":{}", state.get()));
        answers.into_iter().chain(state).collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<InputRequired> {
        InputRequired::read(&Reply::copied(json.as_bytes()))
    }

    #[test]
    fn the_state_comes_back_to_the_byte_and_only_if_there_was_one() {
        let state = r#""a\u002fb \ud83d \"quoted\"""#;
        let both = read(&format!(r#"{{"inputRequests":{{"k":{{}}}},"requestState":{state}}}"#)).unwrap();
        let members = both.members_of_retry(Some(r#"{"k":1}"#));
        assert_eq!(members, format!(r#""inputResponses":{{"k":1}},"requestState":{state}"#));
        let questions = read(r#"{"inputRequests":{"k":{}}}"#).unwrap();
        assert_eq!(questions.members_of_retry(Some("{}")), r#""inputResponses":{}"#);
    }

    #[test]
    fn a_result_that_asks_nothing_is_none() {
        assert!(read(r#"{"inputRequests":{ }}"#).is_none());
        assert!(read("{}").is_none());
        let again = read(r#"{"inputRequests":{},"requestState":"s"}"#).unwrap();
        assert_eq!(again.questions(), None);
        assert_eq!(again.members_of_retry(None), r#""requestState":"s""#);
    }
}
