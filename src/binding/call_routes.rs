//! What stays the same from call to call, kept for each environment under the numbers that its JavaScript gives.

#![expect(clippy::too_many_arguments, reason = "an object would cost a lookup per field")]

use std::cell::RefCell;
use std::sync::Arc;

use napi::{Env, Error, Status};
use napi_derive::napi;

use super::calls::{CallParts, request};
use super::environment::Environment;
use crate::engine::{CallRequest, Target};

/// Calls without their payload, by number.
#[derive(Default)]
pub(super) struct CallRoutes {
    routes: RefCell<Vec<CallRequest>>,
}

impl CallRoutes {
    /// The call of a route with this payload.
    pub(super) fn call(
        &self,
        number: u32,
        payload: String,
        session: Option<String>,
    ) -> napi::Result<CallRequest> {
        let unknown = || Error::new(Status::InvalidArg, format!("callRoute was not called for {number}"));
        let routes = self.routes.borrow();
        let route = routes.get(number as usize).ok_or_else(unknown)?;
        Ok(CallRequest { payload: Arc::new(payload.into_bytes()), session, ..route.clone() })
    }

    /// JavaScript gives numbers without gaps, so a number that is none yet is the next.
    fn set(&self, number: u32, route: CallRequest) {
        let mut routes = self.routes.borrow_mut();
        let number = number as usize;
        while routes.len() < number {
            routes.push(route.clone());
        }
        match routes.get_mut(number) {
            Some(known) => *known = route,
            None => routes.push(route),
        }
    }
}

/// Says what `callBegin` means by `number`. Times are milliseconds, Infinity for ever; `flags` those that a route's calls share.
#[napi(catch_unwind)]
pub(crate) fn call_route(
    env: &Env,
    number: u32,
    server: String,
    name: String,
    flags: u32,
    timeout_ms: f64,
    max_total_ms: f64,
    max_retries: u32,
) -> napi::Result<()> {
    let (payload, session) = (String::new(), None);
    let route = CallParts { server, name, payload, flags, timeout_ms, max_total_ms, max_retries, session };
    Environment::current(env)?.routes().set(number, request(route, Target::Named));
    Ok(())
}
