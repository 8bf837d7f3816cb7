//! Whether a tool says of itself that a second run does no harm.

use std::rc::Rc;

use serde_json::Value;
use tokio::sync::oneshot;

use super::call::Call;
use super::call_request::Question;
use super::instance::Instance;
use super::world::World;
use crate::mcp::reply::{Reply, RequestOptions};
use crate::mcp::session::NOBODY;
use crate::model::Result;

impl World {
    /// True if the tool of `call` is annotated as idempotent or reading only. Asks the server that would run it.
    pub(super) async fn is_harmless(self: &Rc<Self>, call: &Call) -> bool {
        let Question::Tool { tool } = &call.request.question else { return false };
        let Ok(held) = self.checkout(call).await else { return false };
        find_tool(held.instance(), tool).await.is_some_and(|found| says_harmless(&found))
    }
}

async fn find_tool(instance: &Instance, name: &str) -> Option<Value> {
    let mut cursor = None;
    loop {
        let page = list_page(instance, cursor.as_ref()).await.ok()?;
        let mut page: Value = serde_json::from_slice(page.result()).ok()?;
        let tools = page.get_mut("tools")?.as_array_mut()?;
        if let Some(found) = tools.iter_mut().find(|tool| tool["name"] == name) {
            return Some(found.take());
        }
        cursor = Some(page.get("nextCursor").filter(|next| next.is_string())?.clone());
    }
}

async fn list_page(instance: &Instance, cursor: Option<&Value>) -> Result<Reply> {
    let params = cursor.map_or(String::new(), |cursor| serde_json::json!({ "cursor": cursor }).to_string());
    let (sender, receiver) = oneshot::channel();
    let sink = Box::new(move |outcome: Result<Reply>| drop(sender.send(outcome)));
    instance.session.request(NOBODY, "tools/list", params.as_bytes(), RequestOptions::default(), sink);
    receiver.await.unwrap_or_else(|_| Err(super::errors::closed()))
}

fn says_harmless(tool: &Value) -> bool {
    let says = |hint: &str| tool["annotations"][hint] == true;
    says("idempotentHint") || says("readOnlyHint")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_an_explicit_hint_counts() {
        assert!(says_harmless(&json!({ "annotations": { "readOnlyHint": true } })));
        assert!(says_harmless(&json!({ "annotations": { "idempotentHint": true } })));
        for silent in
            [json!({}), json!({ "annotations": { "readOnlyHint": "true" } }), json!({ "annotations": null })]
        {
            assert!(!says_harmless(&silent), "{silent}");
        }
    }
}
