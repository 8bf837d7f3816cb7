//! Whatever happens in whatever order: the promises of a pool hold.

mod promises;
mod users;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;

use self::users::Users;
use super::ask::{Answer, Ask, Patience, Purpose};
use super::checkout::{Checkout, checkout};
use super::effect::Effect;
use super::holdings::Place;
use super::instance_state::Phase;
use super::restart_policy::{Life, Permission, RestartPolicy};
use super::sessions::Binding;
use super::state::PoolState;
use crate::model::{Error, ErrorCode, PoolSettings, Sharing};

/// Lets everybody start at any time: the waits of the real policy have tests of their own, in `watched_tests`.
#[derive(Debug)]
struct Lenient;

impl RestartPolicy for Lenient {
    fn permission(&mut self, _: Instant, _: bool) -> Permission {
        Permission::Now
    }
    fn started(&mut self, _: Instant) {}
    fn start_failed(&mut self, _: Instant, _: &Error) {}
    fn died(&mut self, _: Instant, _: Life, _: Option<&Error>) {}
    fn given_up(&mut self, _: Instant) {}
    fn quarantine(&self, _: Instant) -> Option<(Instant, Error)> {
        None
    }
    fn limit(&mut self, _: u32) {}
    fn forgive(&mut self) {}
}

#[derive(Debug, Clone)]
enum Step {
    Lease { session: Option<u8>, at_once: bool },
    Call { session: Option<u8> },
    Handlers(u8),
    LeaseCall(Index),
    Release(Index),
    CallDone(Index),
    Withdraw(Index),
    Started(Index),
    Failed(Index),
    Lost(Index),
    Stopped(Index),
    Replace(Index),
    Strain(Index, bool),
    Expel(Index),
    EndSession(u8),
    Pass(u16),
    Empty,
}

fn step() -> impl Strategy<Value = Step> {
    let session = prop::option::weighted(0.4, 0..4_u8);
    let index = any::<Index>;
    prop_oneof![
        8 => (session.clone(), prop::bool::weighted(0.2)).prop_map(|(session, at_once)| Step::Lease { session, at_once }),
        8 => session.prop_map(|session| Step::Call { session }),
        1 => (1..3_u8).prop_map(Step::Handlers),
        6 => index().prop_map(Step::LeaseCall),
        6 => index().prop_map(Step::Release),
        10 => index().prop_map(Step::CallDone),
        2 => index().prop_map(Step::Withdraw),
        9 => index().prop_map(Step::Started),
        2 => index().prop_map(Step::Failed),
        2 => index().prop_map(Step::Lost),
        6 => index().prop_map(Step::Stopped),
        2 => index().prop_map(Step::Replace),
        2 => (index(), any::<bool>()).prop_map(|(index, strained)| Step::Strain(index, strained)),
        1 => index().prop_map(Step::Expel),
        1 => (0..4_u8).prop_map(Step::EndSession),
        3 => (0..400_u16).prop_map(Step::Pass),
        1 => Just(Step::Empty),
    ]
}

fn settings() -> impl Strategy<Value = PoolSettings> {
    let sharing = prop_oneof![Just(Sharing::Shared), Just(Sharing::Session), Just(Sharing::Exclusive)];
    (sharing, 0..2_u32, 1..4_u32, 1..4_u32, 1..4_u32).prop_map(|(sharing, min, max, leases, calls)| {
        PoolSettings {
            min_instances: min.min(max),
            max_instances: max,
            sharing,
            max_leases_per_instance: leases,
            max_calls_per_instance: calls,
            idle_timeout: Some(Duration::from_millis(500)),
            session_idle_timeout: Some(Duration::from_millis(300)),
            acquire_timeout: Some(Duration::from_secs(1)),
            ..PoolSettings::default()
        }
    })
}

fn name(session: u8) -> String {
    format!("s{session}")
}

fn pick(from: &[u64], index: &Index) -> Option<u64> {
    (!from.is_empty()).then(|| from[index.index(from.len())])
}

fn take(from: &mut Vec<u64>, index: &Index) -> Option<u64> {
    (!from.is_empty()).then(|| from.swap_remove(index.index(from.len())))
}

fn cases() -> u32 {
    if std::env::var_os("PROCMAN_SOAK").is_some() { 20_000 } else { 400 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn the_promises_hold_in_every_order(settings in settings(), steps in prop::collection::vec(step(), 1..120)) {
        let mut users = Users::new(settings);
        for step in &steps {
            users.run(step);
        }
    }
}
