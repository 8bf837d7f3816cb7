//! An MCP server of both protocols that does as its tools are called, and keeps count of what it was asked. The first argument says what it
//! makes of a beginning:
//!
//! | mode | `server/discover` | `initialize` |
//! |---|---|---|
//! | `dual` | yes | yes |
//! | `modern` | yes | refused with the versions that it speaks |
//! | `newer` | refused: it speaks 2027-01-01 | refused |
//! | `legacy` | unknown method | yes |
//! | `mute` | no word | yes |
//! | `fragile` | exits | yes |
//!
//! Requests of the modern protocol without its `_meta` are refused, whatever they ask.

#![expect(clippy::needless_pass_by_value, reason = "what is said is made where it is said")]

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

use serde_json::{Value, json};

const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const STREAM: &str = "io.modelcontextprotocol/subscriptionId";

fn main() -> io::Result<()> {
    let mode = std::env::args().nth(1).unwrap_or_default();
    let mut server = Server { mode, ..Server::default() };
    for line in io::stdin().lock().lines() {
        let Ok(message) = serde_json::from_str::<Value>(&line?) else { continue };
        server.hear(&message)?;
    }
    Ok(())
}

#[derive(Default)]
struct Server {
    mode: String,
    modern: bool,
    /// How often each method was asked.
    asked: BTreeMap<String, u64>,
    /// Tools more than at the start.
    more_tools: u64,
    /// What the client said that it answers.
    declared: Value,
    /// What lists say of their caching.
    caching: Value,
    /// Open streams: id and filter.
    streams: Vec<(Value, Value)>,
    /// The call that is answered by the answer to our question.
    asking: Option<Value>,
    /// The level that was set last.
    level: Value,
    /// A list that somebody is to wait for.
    held_list: Option<Value>,
    hold_lists: bool,
    /// That it began: `task-1`, `task-2`, …, as in every other process of this program. Each as `tasks/get` tells it.
    tasks: Vec<Value>,
}

impl Server {
    fn hear(&mut self, message: &Value) -> io::Result<()> {
        let Some(method) = message["method"].as_str() else { return self.hear_answer(message) };
        *self.asked.entry(method.to_owned()).or_default() += 1;
        let id = &message["id"];
        match method {
            "initialize" => self.initialize(id, &message["params"]),
            "server/discover" => self.discover(id, &message["params"]),
            "notifications/cancelled" => {
                self.streams.retain(|(stream, _)| *stream != message["params"]["requestId"]);
                Ok(())
            }
            _ if id.is_null() => Ok(()),
            _ if self.modern && message["params"]["_meta"][VERSION] != "2026-07-28" => {
                fail(id, -32602, "the envelope is missing", Value::Null)
            }
            "ping" if !self.modern => answer(id, json!({})),
            "tools/list" | "resources/list" => self.list(id, method, &message["params"]["cursor"]),
            "resources/subscribe" | "resources/unsubscribe" if !self.modern => {
                if message["params"]["uri"] == "test://no" {
                    return fail(id, -32602, "no such resource", Value::Null);
                }
                answer(id, json!({}))
            }
            "logging/setLevel" if !self.modern => {
                self.level = message["params"]["level"].clone();
                answer(id, json!({}))
            }
            "subscriptions/listen" if self.modern => self.listen(id, &message["params"]["notifications"]),
            "tools/call" => self.call(id, &message["params"]),
            "tasks/get" | "tasks/result" => self.tell_task(id, &message["params"]["taskId"]),
            "tasks/cancel" => self.cancel_task(id, &message["params"]["taskId"]),
            "tasks/update" => self.update_task(id, &message["params"]),
            "tasks/list" => {
                let names: Vec<_> = self.tasks.iter().filter_map(|task| task["taskId"].as_str()).collect();
                answer(id, json!({ "content": [{ "type": "text", "text": names.join(" ") }] }))
            }
            _ => fail(id, -32601, "unknown method", Value::Null),
        }
    }

    fn initialize(&mut self, id: &Value, params: &Value) -> io::Result<()> {
        match self.mode.as_str() {
            "modern" => fail(
                id,
                -32022,
                "no handshake here",
                json!({ "supported": ["2026-07-28"], "requested": "x" }),
            ),
            "newer" => fail(id, -32601, "no handshake here", Value::Null),
            _ => {
                self.declared = params["capabilities"].clone();
                answer(
                    id,
                    json!({
                        "protocolVersion": params["protocolVersion"], "capabilities": capabilities(),
                        "serverInfo": { "name": "modern", "version": "1" },
                    }),
                )
            }
        }
    }

    fn discover(&mut self, id: &Value, params: &Value) -> io::Result<()> {
        match self.mode.as_str() {
            "fragile" => std::process::exit(1),
            "mute" => Ok(()),
            "legacy" => fail(id, -32601, "unknown method", Value::Null),
            "newer" => {
                fail(id, -32022, "too old", json!({ "supported": ["2027-01-01"], "requested": "2026-07-28" }))
            }
            _ if params["_meta"][VERSION] != "2026-07-28" => {
                fail(id, -32602, "the envelope is missing", Value::Null)
            }
            _ => {
                self.modern = true;
                self.caching = json!({ "ttlMs": 3_600_000, "cacheScope": "public" });
                self.done(id, json!({
                    "supportedVersions": ["2026-07-28"], "capabilities": capabilities(), "instructions": "be modern",
                    "ttlMs": 0, "cacheScope": "public",
                    "_meta": { "io.modelcontextprotocol/serverInfo": { "name": "modern", "version": "1" } },
                }))
            }
        }
    }

    /// Pages of two elements.
    fn list(&mut self, id: &Value, method: &str, cursor: &Value) -> io::Result<()> {
        if self.hold_lists {
            self.hold_lists = false;
            self.held_list = Some(id.clone());
            return notify("notifications/held", json!({}));
        }
        self.page(id, method, cursor)
    }

    fn page(&self, id: &Value, method: &str, cursor: &Value) -> io::Result<()> {
        let field = if method == "tools/list" { "tools" } else { "resources" };
        let from: u64 = cursor.as_str().and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
        let all = 3 + self.more_tools;
        let until = (from + 2).min(all);
        let elements: Vec<Value> =
            (from..until).map(|number| json!({ "name": format!("{field}-{number}"), "n": 1.0 })).collect();
        let mut result = json!({ field: elements, "x-unknown": true });
        if until < all {
            result["nextCursor"] = until.to_string().into();
        }
        if self.modern {
            result["ttlMs"] = self.caching["ttlMs"].clone();
            result["cacheScope"] = self.caching["cacheScope"].clone();
        }
        self.done(id, result)
    }

    fn listen(&mut self, id: &Value, filter: &Value) -> io::Result<()> {
        let mut honoured = filter.clone();
        if let Some(uris) = honoured.get_mut("resourceSubscriptions").and_then(Value::as_array_mut) {
            uris.retain(|uri| *uri != "test://no");
        }
        self.streams.push((id.clone(), honoured.clone()));
        notify(
            "notifications/subscriptions/acknowledged",
            json!({ "notifications": honoured, "_meta": { STREAM: id } }),
        )
    }

    fn call(&mut self, id: &Value, params: &Value) -> io::Result<()> {
        let arguments = &params["arguments"];
        match params["name"].as_str().unwrap_or_default() {
            "meta" => self.text(id, &params["_meta"].to_string()),
            "asked" => self.text(id, &json!(self.asked).to_string()),
            "streams" => self.text(
                id,
                &json!(self.streams.iter().map(|(_, filter)| filter).collect::<Vec<_>>()).to_string(),
            ),
            "declared" => self.text(id, &self.declared.to_string()),
            "level" => self.text(id, &self.level.to_string()),
            "cache" => {
                self.caching = arguments.clone();
                self.text(id, "set")
            }
            "hold-list" => {
                self.hold_lists = true;
                self.text(id, "the next list waits")
            }
            "release-list" => {
                if let Some(held) = self.held_list.take() {
                    self.page(&held, "tools/list", &json!("2"))?;
                }
                self.text(id, "released")
            }
            "change" => {
                self.more_tools += 1;
                self.tell("toolsListChanged", "notifications/tools/list_changed", json!({}))?;
                self.text(id, "changed")
            }
            "update" => {
                self.tell("resourceSubscriptions", "notifications/resources/updated", arguments.clone())?;
                self.text(id, "updated")
            }
            "log" => {
                notify("notifications/message", arguments.clone())?;
                self.text(id, "logged")
            }
            "close-streams" => {
                for (stream, _) in std::mem::take(&mut self.streams) {
                    notify("notifications/cancelled", json!({ "requestId": stream }))?;
                }
                self.text(id, "closed")
            }
            "ask" => self.ask_for_input(id, params),
            "ask-on" => self
                .done(id, json!({ "resultType": "input_required", "inputRequests": { "again": roots() } })),
            "later" => match params["requestState"].as_str() {
                None => self.done(id, json!({ "resultType": "input_required", "requestState": "one" })),
                Some(state) => self.text(id, &format!("after {state}")),
            },
            "asks-nothing" => self.done(id, json!({ "resultType": "input_required" })),
            "odd" => self.done(id, json!({ "resultType": "surprise", "content": [] })),
            "task" => self.begin_task(id, params),
            "finish-task" => {
                let task = self.finish_task(&arguments["taskId"], &json!("finished"));
                if let (Some(task), true) = (task, arguments["tell"] == true) {
                    notify("notifications/tasks/status", task)?;
                }
                self.text(id, "finished")
            }
            "needs" => {
                fail(id, -32021, "needs sampling", json!({ "requiredCapabilities": { "sampling": {} } }))
            }
            "question" => {
                self.asking = Some(id.clone());
                let (method, params) = (&arguments["method"], &arguments["params"]);
                say(&json!({ "jsonrpc": "2.0", "id": "q-1", "method": method, "params": params }))
            }
            "take-back" => {
                notify("notifications/cancelled", json!({ "requestId": "q-1" }))?;
                self.text(id, "taken back")
            }
            "exit" => self.exit(id),
            _ => self.text(id, "fine"),
        }
    }

    /// With `asks` in its arguments it wants input first.
    fn begin_task(&mut self, id: &Value, params: &Value) -> io::Result<()> {
        let mut task = json!({ "taskId": format!("task-{}", self.tasks.len() + 1), "status": "working" });
        if params["arguments"]["asks"] == true {
            task["status"] = "input_required".into();
            task["inputRequests"] =
                json!({ "who": { "method": "elicitation/create", "params": { "message": "Who?" } } });
        }
        let ttl =
            [&params["task"]["ttl"], &params["arguments"]["ttl"]].into_iter().find(|ttl| ttl.is_number());
        task[if self.modern { "ttlMs" } else { "ttl" }] = ttl.cloned().unwrap_or_default();
        self.tasks.push(task.clone());
        if !self.modern {
            return answer(id, json!({ "task": task }));
        }
        task["resultType"] = "task".into();
        self.done(id, task)
    }

    /// The text says which process tells it.
    fn tell_task(&self, id: &Value, task: &Value) -> io::Result<()> {
        let Some(known) = self.tasks.iter().find(|known| known["taskId"] == *task) else {
            return fail(id, -32602, "task not found", Value::Null);
        };
        let mut told = known.clone();
        told["content"] = json!([{ "type": "text", "text": std::process::id().to_string() }]);
        self.done(id, told)
    }

    fn cancel_task(&mut self, id: &Value, task: &Value) -> io::Result<()> {
        if let Some(known) = self.tasks.iter_mut().find(|known| known["taskId"] == *task) {
            known["status"] = "cancelled".into();
        }
        self.tell_task(id, task)
    }

    /// An answer to what a task wants to know, which is then its result.
    fn update_task(&mut self, id: &Value, params: &Value) -> io::Result<()> {
        match self.finish_task(&params["taskId"], &params["inputResponses"]) {
            Some(_) => self
                .done(id, json!({ "content": [{ "type": "text", "text": std::process::id().to_string() }] })),
            None => fail(id, -32602, "task not found", Value::Null),
        }
    }

    /// In the older protocol the result has to be fetched.
    fn finish_task(&mut self, task: &Value, result: &Value) -> Option<Value> {
        let modern = self.modern;
        let known = self.tasks.iter_mut().find(|known| known["taskId"] == *task)?;
        known["status"] = "completed".into();
        if modern {
            known["result"] = json!({ "content": [{ "type": "text", "text": result.to_string() }] });
        }
        Some(known.clone())
    }

    fn exit(&self, id: &Value) -> io::Result<()> {
        self.text(id, "bye")?;
        std::process::exit(0)
    }

    fn ask_for_input(&self, id: &Value, params: &Value) -> io::Result<()> {
        if params["requestState"] == "opaque/\u{1f434}" {
            return self.text(
                id,
                &json!({ "id": id, "answers": params["inputResponses"], "arguments": params["arguments"] })
                    .to_string(),
            );
        }
        // The state is escaped as no serialiser would write it: it must come back as the same string.
        let result = format!(
            r#"{{"resultType":"input_required","inputRequests":{{"who":{}}},"requestState":"opaque\u002f\ud83d\udc34"}}"#,
            json!({ "method": "elicitation/create", "params": { "message": "Who?" } })
        );
        raw(&format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{result}}}"))
    }

    fn hear_answer(&mut self, message: &Value) -> io::Result<()> {
        let Some(call) = self.asking.take() else {
            return notify("notifications/saw_answer", message.clone());
        };
        let said = if message["error"].is_null() { &message["result"] } else { &message["error"] };
        self.text(&call, &said.to_string())
    }

    /// To the streams that want it, or to everybody where there are none.
    fn tell(&self, wish: &str, method: &str, params: Value) -> io::Result<()> {
        if !self.modern {
            return notify(method, params);
        }
        for (stream, filter) in &self.streams {
            let wanted = match &filter[wish] {
                Value::Array(uris) => uris.contains(&params["uri"]),
                flag => *flag == true,
            };
            if wanted {
                let mut params = params.clone();
                params["_meta"] = json!({ STREAM: stream });
                notify(method, params)?;
            }
        }
        Ok(())
    }

    fn text(&self, id: &Value, text: &str) -> io::Result<()> {
        self.done(id, json!({ "content": [{ "type": "text", "text": text }] }))
    }

    fn done(&self, id: &Value, mut result: Value) -> io::Result<()> {
        if self.modern && result.get("resultType").is_none() {
            result["resultType"] = "complete".into();
        }
        answer(id, result)
    }
}

fn capabilities() -> Value {
    json!({ "tools": { "listChanged": true }, "resources": { "subscribe": true }, "logging": {} })
}

fn roots() -> Value {
    json!({ "method": "roots/list" })
}

fn answer(id: &Value, result: Value) -> io::Result<()> {
    say(&json!({ "jsonrpc": "2.0", "id": id, "result": result }))
}

fn fail(id: &Value, code: i64, message: &str, data: Value) -> io::Result<()> {
    say(&json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message, "data": data } }))
}

fn notify(method: &str, params: Value) -> io::Result<()> {
    say(&json!({ "jsonrpc": "2.0", "method": method, "params": params }))
}

fn say(message: &Value) -> io::Result<()> {
    raw(&message.to_string())
}

fn raw(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
