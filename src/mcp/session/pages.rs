//! All pages of a list as one: asks for page after page, and puts the elements together as the server wrote them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;

use super::Session;
use crate::mcp::list_kind::ListKind;
use crate::mcp::reply::{Reply, ReplyKind, RequestOptions};
use crate::mcp::shared_cache::Sharing;
use crate::model::{Error, ErrorCode, Result};

/// A server whose list never ends is told from one with a long list by this many pages.
const MOST: usize = 1000;

/// A list on its way.
pub(super) struct Pages {
    kind: ListKind,
    modern: bool,
    first: Option<Reply>,
    /// The elements of all pages so far, without the brackets of the array.
    elements: Vec<u8>,
    cursors: Vec<String>,
    sharing: Sharing,
}

/// What comes of a read.
pub(super) type Read = Result<(Reply, Sharing)>;

impl Pages {
    /// Reads the whole list; `done` is called from whichever thread settles the last request.
    pub(super) fn read(session: &Arc<Session>, kind: ListKind, done: Box<dyn FnOnce(Read) + Send>) {
        let modern = session.connection.is_modern();
        let sharing = Sharing { private: false, fresh_for: None };
        let pages = Self { kind, modern, first: None, elements: Vec::new(), cursors: Vec::new(), sharing };
        pages.next(session, done);
    }

    fn next(mut self, session: &Arc<Session>, done: Box<dyn FnOnce(Read) + Send>) {
        let params = self.cursors.last().map(|cursor| serde_json::json!({ "cursor": cursor }).to_string());
        let (on, connection) = (Arc::clone(session), &session.connection);
        let method = self.kind.method();
        let sink = move |outcome: Result<Reply>| match outcome.and_then(|reply| self.add(&on, reply)) {
            Ok(true) => self.next(&on, done),
            Ok(false) => done(self.finish(&on)),
            Err(error) => done(Err(error)),
        };
        let params = params.unwrap_or_default();
        connection.request(method, params.as_bytes(), RequestOptions::default(), Box::new(sink));
    }

    /// Takes a page; true: there is another one.
    fn add(&mut self, session: &Session, reply: Reply) -> Result<bool> {
        let broken = |what: &str| broken(session, self.kind, what);
        if reply.kind() != ReplyKind::Complete {
            return Err(broken("a result that is not complete"));
        }
        let page: BTreeMap<String, &RawValue> =
            serde_json::from_slice(reply.result()).map_err(|_| broken("a result that is no object"))?;
        let elements = page.get(self.kind.field()).and_then(|raw| inside_array(raw.get()));
        let elements = elements.ok_or_else(|| broken("no list"))?;
        let cursor =
            page.get("nextCursor").and_then(|raw| serde_json::from_str::<Option<String>>(raw.get()).ok()?);
        if cursor.as_ref().is_some_and(|cursor| self.cursors.contains(cursor)) || self.cursors.len() >= MOST {
            return Err(broken("pages without an end"));
        }
        if self.modern {
            self.sharing = stricter(self.sharing, sharing_of(&page));
        }
        if !self.elements.is_empty() && !elements.is_empty() {
            self.elements.push(b',');
        }
        self.elements.extend_from_slice(elements.as_bytes());
        let more = cursor.is_some();
        self.cursors.extend(cursor);
        self.first.get_or_insert(reply);
        Ok(more)
    }

    /// One page stays as it is; of several the first one gets all elements.
    fn finish(self, session: &Session) -> Read {
        let Some(first) = self.first else { return Err(broken(session, self.kind, "no list")) };
        if self.cursors.is_empty() {
            return Ok((first, self.sharing));
        }
        let mut page: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(first.result())
            .map_err(|_| broken(session, self.kind, "a result that is no object"))?;
        page.remove("nextCursor");
        let all = [b"[", self.elements.as_slice(), b"]"].concat();
        let all = String::from_utf8(all).ok().and_then(|all| RawValue::from_string(all).ok());
        page.insert(
            self.kind.field().to_owned(),
            all.ok_or_else(|| broken(session, self.kind, "elements that are no JSON"))?,
        );
        let merged = serde_json::to_vec(&page).unwrap_or_default();
        Ok((Reply::copied(&merged), self.sharing))
    }
}

fn inside_array(raw: &str) -> Option<&str> {
    raw.strip_prefix('[')?.strip_suffix(']').map(str::trim)
}

/// Without `ttlMs` nothing may be kept, without `cacheScope` nothing is private: the one is a permission, the other a ban.
fn sharing_of(page: &BTreeMap<String, &RawValue>) -> Sharing {
    let read = |key: &str| page.get(key).map(|raw| raw.get());
    let ttl = read("ttlMs").and_then(|raw| raw.parse::<f64>().ok()).unwrap_or(0.0);
    let fresh_for = Duration::try_from_secs_f64(ttl / 1e3).unwrap_or(Duration::ZERO);
    Sharing { private: read("cacheScope") == Some("\"private\""), fresh_for: Some(fresh_for) }
}

fn stricter(one: Sharing, other: Sharing) -> Sharing {
    Sharing {
        private: one.private || other.private,
        fresh_for: [one.fresh_for, other.fresh_for].into_iter().flatten().min(),
    }
}

fn broken(session: &Session, kind: ListKind, what: &str) -> Error {
    let server = session.connection.server();
    let message =
        format!("server '{server}' answered {} with {what}; report it to its author", kind.method());
    Error::new(ErrorCode::ServerProtocol, message).detail("server", server)
}
