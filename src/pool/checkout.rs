//! Who gets which instance. Pure functions over [`Holdings`].
//!
//! | who asks | instance | answer |
//! |---|---|---|
//! | session or lease that is on an instance | it has room | ready: that one |
//! | | it is full | wait for that one, never for another |
//! | | it is gone | lost (a shared lease without session: as anybody) |
//! | call about a task | its instance is gone | lost, else as who is on that instance |
//! | lease that may move | its instance is strained, and the successor is on its way | wait for that |
//! | anybody | one is open and has room | ready: the least loaded, of equals the oldest |
//! | | only strained ones have room | wait where another one will, else ready |
//! | | none has room | wait |
//! | who brings handlers | – | wait for an instance of one's own |
//!
//! Room is `maxLeasesPerInstance` for a lease and `maxCallsPerInstance` for a call; in an exclusive pool an instance has one holder: one
//! session, one lease, or one call; a task that runs on it is its holder's too.

use super::ask::{Ask, Patience, Purpose};
use super::holdings::{Holdings, Place};
use super::instance_state::{InstanceState, Phase};
use super::sessions::Binding;
use super::wait_queue::Class;
use crate::model::Sharing;

/// The answer to one ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checkout {
    /// Use this instance.
    Ready(u64),
    /// Nothing has room.
    Wait(Class),
    /// What the caller had on this instance is gone.
    Lost(u64),
    /// The instance of the task is gone.
    TaskLost,
    /// The session is on an instance that it shares, and handlers need one of their own.
    Shared(u64),
    /// The lease was given back.
    Released,
}

/// Decides about one ask.
pub(crate) fn checkout(holdings: &Holdings, ask: &Ask) -> Checkout {
    if let Some(pin) = &ask.pin {
        let serves = holdings.instances.get(&pin.instance).is_some_and(InstanceState::serves_its_own);
        return match (serves, &pin.task) {
            (true, _) => stay(holdings, ask, pin.instance),
            (false, Some(_)) => Checkout::TaskLost,
            (false, None) => anywhere(holdings, ask),
        };
    }
    if let Purpose::LeaseCall(number) = ask.purpose {
        return match holdings.leases.get(&number).map(|lease| lease.place) {
            None => Checkout::Released,
            Some(Place::On(instance)) if hands_over(holdings, number, instance) => {
                Checkout::Wait(Class::CallAfter(instance))
            }
            Some(Place::On(instance)) => stay(holdings, ask, instance),
            Some(Place::Lost(instance)) => Checkout::Lost(instance),
            Some(Place::Adrift) => anywhere(holdings, ask),
        };
    }
    match ask.session.as_deref().map_or(Binding::Unknown, |id| holdings.sessions.binding(id)) {
        Binding::Lost(instance) => Checkout::Lost(instance),
        Binding::Bound(instance) if ask.handlers != 0 && !is_dedicated(holdings, instance) => {
            Checkout::Shared(instance)
        }
        Binding::Bound(instance) => stay(holdings, ask, instance),
        Binding::Unknown if ask.handlers != 0 => own(holdings, ask.handlers),
        Binding::Unknown => anywhere(holdings, ask),
    }
}

/// For those who are on an instance and must not be moved.
fn stay(holdings: &Holdings, ask: &Ask, number: u64) -> Checkout {
    let room = holdings
        .instances
        .get(&number)
        .is_some_and(|instance| instance.serves_its_own() && below_limit(holdings, instance, ask.purpose));
    let class = if ask.purpose.is_lease() { Class::LeaseOn(number) } else { Class::CallOn(number) };
    if room { Checkout::Ready(number) } else { Checkout::Wait(class) }
}

/// Whether a lease will go on with the successor of a strained instance.
fn hands_over(holdings: &Holdings, lease: u64, number: u64) -> bool {
    let moves = holdings.leases.get(&lease).is_some_and(|it| it.may_move(holdings.settings.sharing));
    let relieved = |instance: &InstanceState| instance.strained && instance.successor.is_some();
    moves && holdings.instances.get(&number).is_some_and(relieved)
}

fn anywhere(holdings: &Holdings, ask: &Ask) -> Checkout {
    let open = holdings.instances.iter().filter(|(_, instance)| has_room(holdings, instance, ask.purpose));
    match open.min_by_key(|(number, instance)| (instance.strained, load(instance, ask), **number)) {
        Some((number, instance)) if !instance.strained || !has_relief(holdings, ask.purpose) => {
            Checkout::Ready(*number)
        }
        _ if ask.purpose.is_lease() => Checkout::Wait(Class::AnyLease),
        _ => Checkout::Wait(Class::AnyCall),
    }
}

/// Whether a wait spares a strained instance: one is on its way, or calls will end elsewhere. When a lease ends nobody knows.
fn has_relief(holdings: &Holdings, purpose: Purpose) -> bool {
    let serves = |instance: &InstanceState| instance.is_open() && !instance.strained;
    holdings.starting(0) > 0 || (!purpose.is_lease() && holdings.instances.values().any(serves))
}

/// Where a lease can go on whose instance died.
pub(crate) fn home(holdings: &Holdings) -> Checkout {
    anywhere(holdings, &Ask::lease(0, None, Patience::Forever))
}

/// An instance that was started for somebody with handlers and that nobody has taken yet.
fn own(holdings: &Holdings, handlers: u8) -> Checkout {
    let free = |instance: &InstanceState| {
        instance.handlers == handlers && instance.phase == Phase::Ready && instance.is_unused()
    };
    match holdings.instances.iter().find(|(_, instance)| free(instance)) {
        Some((number, _)) => Checkout::Ready(*number),
        None => Checkout::Wait(Class::Dedicated(handlers)),
    }
}

fn is_dedicated(holdings: &Holdings, number: u64) -> bool {
    holdings.instances.get(&number).is_some_and(InstanceState::is_dedicated)
}

/// For those who are not on it yet.
fn has_room(holdings: &Holdings, instance: &InstanceState, purpose: Purpose) -> bool {
    let exclusive = holdings.settings.sharing == Sharing::Exclusive;
    instance.is_open() && below_limit(holdings, instance, purpose) && (!exclusive || instance.is_unused())
}

fn below_limit(holdings: &Holdings, instance: &InstanceState, purpose: Purpose) -> bool {
    if purpose.is_lease() {
        instance.leases < holdings.settings.max_leases_per_instance
    } else {
        instance.calls < holdings.settings.max_calls_per_instance
    }
}

/// Sessions weigh most, as they stay.
fn load(instance: &InstanceState, ask: &Ask) -> (u32, u32) {
    let stays = instance.sessions.max(instance.leases);
    if ask.purpose.is_lease() || ask.session.is_some() {
        (stays, instance.calls)
    } else {
        (instance.calls, stays)
    }
}

/// Of the instances that made a task of the same name, the newest last, the one that is meant: where the asker is, else one that serves,
/// else the newest.
pub(crate) fn keeper(
    holdings: &Holdings,
    owners: &[u64],
    lease: Option<u64>,
    session: Option<&str>,
) -> Option<u64> {
    let of_lease = lease.and_then(|lease| match holdings.leases.get(&lease)?.place {
        Place::On(instance) => Some(instance),
        Place::Adrift | Place::Lost(_) => None,
    });
    let of_session = session.and_then(|id| match holdings.sessions.binding(id) {
        Binding::Bound(instance) => Some(instance),
        Binding::Unknown | Binding::Lost(_) => None,
    });
    let here = of_lease.or(of_session).filter(|instance| owners.contains(instance));
    let serves = |number: &&u64| holdings.instances.get(*number).is_some_and(InstanceState::serves_its_own);
    here.or_else(|| owners.iter().rev().find(serves).or(owners.last()).copied())
}
