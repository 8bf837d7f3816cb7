//! The stream of notifications of the 2026-07-28 protocol: one `subscriptions/listen` per process, opened anew when its filter changes.
//! Pure: says what to open and what to cancel.
//!
//! A new stream is opened before the old one is cancelled, so that nothing is missed; until the server acknowledged the new one the old
//! one is heard, from then on the new one only, so that nothing is heard twice.

use serde::Deserialize;
use serde_json::json;

use super::offers::Offers;
use crate::mcp::reply::RequestId;

/// The notification that opens a stream.
pub(super) const ACKNOWLEDGED: &str = "notifications/subscriptions/acknowledged";

#[derive(Debug)]
struct Stream {
    id: RequestId,
    uris: Vec<String>,
    acknowledged: bool,
}

/// The streams of one process: at most one is heard.
#[derive(Debug, Default)]
pub(super) struct Listen {
    /// Oldest first.
    streams: Vec<Stream>,
}

/// What a server said of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settled {
    /// URIs that it sends from now on.
    pub(super) agreed: Vec<String>,
    /// URIs that it does not.
    pub(super) refused: Vec<String>,
    /// Streams that are of no use any more.
    pub(super) cancel: Vec<RequestId>,
}

#[derive(Deserialize)]
struct Acknowledged {
    notifications: Honoured,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Honoured {
    resource_subscriptions: Option<Vec<String>>,
}

impl Listen {
    /// The params of a stream, and its entry; `None`: there is nothing to listen for, and what was open is to be cancelled.
    pub(super) fn open(&mut self, id: RequestId, offers: Offers, uris: Vec<String>) -> Option<String> {
        let mut filter = serde_json::Map::new();
        let lists = [
            ("toolsListChanged", offers.tools_change),
            ("promptsListChanged", offers.prompts_change),
            ("resourcesListChanged", offers.resources_change),
        ];
        filter
            .extend(lists.iter().filter(|(_, has)| *has).map(|(name, _)| ((*name).to_owned(), true.into())));
        if !uris.is_empty() {
            filter.insert("resourceSubscriptions".to_owned(), json!(uris));
        }
        if filter.is_empty() {
            return None;
        }
        self.streams.push(Stream { id, uris, acknowledged: false });
        Some(json!({ "notifications": filter }).to_string())
    }

    /// The server opened a stream.
    pub(super) fn acknowledged(&mut self, id: RequestId, params: &[u8]) -> Option<Settled> {
        let at = self.streams.iter().position(|stream| stream.id == id)?;
        let honoured = serde_json::from_slice::<Acknowledged>(params).ok();
        let honoured = honoured.and_then(|ack| ack.notifications.resource_subscriptions).unwrap_or_default();
        let cancel = self.streams.drain(..at).map(|stream| stream.id).collect();
        let stream = self.streams.first_mut()?;
        stream.acknowledged = true;
        let (agreed, refused) = stream.uris.iter().cloned().partition(|uri| honoured.contains(uri));
        Some(Settled { agreed, refused, cancel })
    }

    /// A stream ended, for whatever reason.
    pub(super) fn ended(&mut self, id: RequestId) -> Vec<String> {
        let at = self.streams.iter().position(|stream| stream.id == id);
        at.map(|at| self.streams.remove(at).uris).unwrap_or_default()
    }

    /// Nothing is to be heard any more.
    pub(super) fn close(&mut self) -> Vec<RequestId> {
        self.streams.drain(..).map(|stream| stream.id).collect()
    }

    /// Whether a notification of this stream counts. One that names none is not of a stream.
    pub(super) fn hears(&self, id: Option<RequestId>) -> bool {
        let live = self.streams.iter().find(|stream| stream.acknowledged).map(|stream| stream.id);
        id.is_none() || id == live
    }
}

/// The stream that a notification came on.
pub(super) fn stream_of(params: &[u8]) -> Option<RequestId> {
    #[derive(Deserialize)]
    struct Params {
        #[serde(rename = "_meta")]
        meta: Option<Meta>,
    }
    #[derive(Deserialize)]
    struct Meta {
        #[serde(rename = "io.modelcontextprotocol/subscriptionId")]
        stream: Option<serde_json::Value>,
    }
    let stream = serde_json::from_slice::<Params>(params).ok()?.meta?.stream?;
    stream.as_u64().or_else(|| stream.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ack(uris: &[&str]) -> Vec<u8> {
        json!({ "notifications": { "resourceSubscriptions": uris } }).to_string().into_bytes()
    }

    #[test]
    fn the_old_stream_is_heard_until_the_new_one_is_acknowledged() {
        let mut listen = Listen::default();
        let offers = Offers { tools_change: true, ..Offers::default() };
        assert_eq!(listen.open(1, offers, vec![]).unwrap(), r#"{"notifications":{"toolsListChanged":true}}"#);
        assert!(!listen.hears(Some(1)), "nothing may come before the acknowledgement");
        listen.acknowledged(1, &ack(&[])).unwrap();
        listen.open(2, offers, vec!["a".to_owned(), "b".to_owned()]).unwrap();
        assert!(listen.hears(Some(1)) && !listen.hears(Some(2)));
        let settled = listen.acknowledged(2, &ack(&["a"])).unwrap();
        let expected =
            Settled { agreed: vec!["a".to_owned()], refused: vec!["b".to_owned()], cancel: vec![1] };
        assert_eq!(settled, expected);
        assert!(listen.hears(Some(2)) && !listen.hears(Some(1)) && listen.hears(None));
        assert_eq!(listen.ended(2), ["a", "b"]);
        assert!(listen.acknowledged(2, &ack(&[])).is_none());
    }

    #[test]
    fn nothing_to_hear_opens_nothing() {
        assert_eq!(Listen::default().open(1, Offers::default(), vec![]), None);
    }

    #[test]
    fn the_stream_of_a_notification_is_in_its_meta() {
        assert_eq!(stream_of(br#"{"_meta":{"io.modelcontextprotocol/subscriptionId":7}}"#), Some(7));
        assert_eq!(stream_of(br#"{"_meta":{"io.modelcontextprotocol/subscriptionId":"7"}}"#), Some(7));
        assert_eq!(stream_of(br#"{"_meta":{}}"#), None);
        assert_eq!(stream_of(b""), None);
    }
}
