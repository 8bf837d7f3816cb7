//! What may be done about a ledger: a pure function from what it says and what the kernel says of its host and guard.
//!
//! | boot | pid namespace | user | host | guard | verdict |
//! |---|---|---|---|---|---|
//! | another | any | any | any | any | Remove: nothing of another boot lives |
//! | this | unknown | any | any | any | Leave: pids mean nothing here |
//! | this | another, and somebody may be left there | any | any | any | Leave: pids mean nothing here |
//! | this | another, provably without a process | another | any | any | Leave |
//! | this | another, provably without a process | this | any | any | Remove: everybody ended with it |
//! | this | this | another | any | any | Leave |
//! | this | this | this | this process | gone | Sweep: this process lost its guard |
//! | this | this | this | this process | alive, unknown | Leave: in use |
//! | this | this | this | alive | any | Leave: in use, or its host sees to it |
//! | this | this | this | unknown | any | Leave: no proof |
//! | this | this | this | gone | alive | Wake: the guard ends its units itself, unless somebody stopped it |
//! | this | this | this | gone | unknown | Leave: no proof |
//! | this | this | this | gone | gone | Sweep |
//!
//! A Sweep whose cookie would mark more than the units of one guard is a Leave.

use crate::guard::LedgerHead;
use crate::model::ProcessIdentity;
use crate::sys::liveness::Liveness;

/// What is compared with a ledger.
#[derive(Debug, Clone)]
pub(super) struct Here {
    /// This boot.
    pub(super) boot_id: String,
    /// This pid namespace.
    pub(super) pid_namespace: Option<String>,
    /// As whom the sweep acts.
    pub(super) uid: u32,
    /// The process that sweeps.
    pub(super) own: Option<ProcessIdentity>,
}

/// What may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The file is of no use to anybody, and why.
    Remove(&'static str),
    /// Nothing, and why.
    Leave(&'static str),
    /// The guard lives and its host does not.
    Wake,
    /// Whoever carries the cookie is to be stopped.
    Sweep,
}

/// What the kernel is asked. Each only where an answer can mean something.
pub(super) struct Questions<N, H, G> {
    /// Whether anybody is left in another pid namespace.
    pub(super) namespace: N,
    /// Whether the host lives.
    pub(super) host: H,
    /// Whether the guard lives.
    pub(super) guard: G,
}

/// The verdict about a ledger.
pub(super) fn judge<N, H, G>(head: &LedgerHead, here: &Here, ask: Questions<N, H, G>) -> Verdict
where
    N: FnOnce(&str) -> Liveness,
    H: FnOnce() -> Liveness,
    G: FnOnce() -> Liveness,
{
    if here.boot_id.is_empty() || head.guard.boot_id.is_empty() {
        return Verdict::Leave(
            "this boot cannot be told from another: /proc/sys/kernel/random/boot_id is not readable",
        );
    }
    if head.guard.boot_id != here.boot_id {
        return Verdict::Remove("it is of another boot");
    }
    let Some(namespace) = &head.pid_namespace else { return Verdict::Leave(ELSEWHERE) };
    let is_elsewhere = here.pid_namespace.as_ref() != Some(namespace);
    if is_elsewhere && (here.pid_namespace.is_none() || (ask.namespace)(namespace) != Liveness::Gone) {
        return Verdict::Leave(ELSEWHERE);
    }
    if head.uid != here.uid {
        return Verdict::Leave("it is of another user; sweep as that user");
    }
    if is_elsewhere {
        return Verdict::Remove("its pid namespace (a container) has ended, and everybody with it");
    }
    if head.host.is_some() && head.host == here.own {
        return if (ask.guard)() == Liveness::Gone {
            sweep(head)
        } else {
            Verdict::Leave("this process uses it")
        };
    }
    match (ask.host)() {
        Liveness::Alive => return Verdict::Leave("its host lives, and sees to it"),
        Liveness::Unknown => return Verdict::Leave("there is no proof that its host has ended"),
        Liveness::Gone => {}
    }
    match (ask.guard)() {
        Liveness::Alive => Verdict::Wake,
        Liveness::Unknown => Verdict::Leave("there is no proof that its guard has ended"),
        Liveness::Gone => sweep(head),
    }
}

const ELSEWHERE: &str = "it is of another pid namespace (a container); sweep there";

fn sweep(head: &LedgerHead) -> Verdict {
    if head.marker().is_none() {
        return Verdict::Leave("its cookie would match more than its own units");
    }
    Verdict::Sweep
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Liveness; 3] = [Liveness::Alive, Liveness::Gone, Liveness::Unknown];

    fn identity(pid: i32) -> ProcessIdentity {
        ProcessIdentity { pid, start_token: "1".into(), boot_id: "boot".into() }
    }

    fn head() -> LedgerHead {
        LedgerHead {
            version: "1".into(),
            pid_namespace: Some("pid:[1]".into()),
            uid: 5,
            host: Some(identity(10)),
            guard: identity(11),
            since_boot_ms: 0,
            cookie: "PROCMAN_COOKIE=0123456789abcdef".into(),
        }
    }

    fn here() -> Here {
        Here { boot_id: "boot".into(), pid_namespace: Some("pid:[1]".into()), uid: 5, own: Some(identity(1)) }
    }

    fn verdict(head: &LedgerHead, here: &Here, host: Liveness, guard: Liveness) -> Verdict {
        judge(head, here, Questions { namespace: |_: &str| panic!("asked"), host: || host, guard: || guard })
    }

    #[test]
    fn only_two_proven_deaths_allow_a_sweep() {
        for host in ALL {
            for guard in ALL {
                let swept = verdict(&head(), &here(), host, guard) == Verdict::Sweep;
                assert_eq!(swept, host == Liveness::Gone && guard == Liveness::Gone, "{host:?} {guard:?}");
            }
        }
        assert_eq!(verdict(&head(), &here(), Liveness::Gone, Liveness::Alive), Verdict::Wake);
    }

    #[test]
    fn a_host_sweeps_behind_its_own_dead_guard_and_no_living_one() {
        let own = Here { own: Some(identity(10)), ..here() };
        for guard in ALL {
            let ask =
                Questions { namespace: |_: &str| panic!("asked"), host: || panic!("asked"), guard: || guard };
            let swept = judge(&head(), &own, ask) == Verdict::Sweep;
            assert_eq!(swept, guard == Liveness::Gone, "{guard:?}");
        }
        let nobody = Here { own: None, ..here() };
        let unknown = LedgerHead { host: None, ..head() };
        assert!(matches!(verdict(&unknown, &nobody, Liveness::Unknown, Liveness::Gone), Verdict::Leave(_)));
    }

    #[test]
    fn another_boot_is_removed_without_a_look_at_its_pids() {
        let other = Here { boot_id: "later".into(), ..here() };
        let ask = Questions {
            namespace: |_: &str| panic!("asked"),
            host: || panic!("asked"),
            guard: || panic!("asked"),
        };
        assert!(matches!(judge(&head(), &other, ask), Verdict::Remove(_)));
    }

    #[test]
    fn another_namespace_or_user_is_left_without_a_look_at_its_pids() {
        let others = [
            Here { pid_namespace: Some("pid:[2]".into()), ..here() },
            Here { pid_namespace: None, ..here() },
            Here { uid: 0, ..here() },
            Here { boot_id: String::new(), ..here() },
        ];
        for other in others {
            for left in [Liveness::Alive, Liveness::Unknown] {
                assert!(matches!(elsewhere(&head(), &other, left), Verdict::Leave(_)), "{other:?} {left:?}");
            }
        }
        let unknown = LedgerHead { pid_namespace: None, ..head() };
        let nowhere = Here { pid_namespace: None, ..here() };
        assert!(matches!(verdict(&unknown, &nowhere, Liveness::Gone, Liveness::Gone), Verdict::Leave(_)));
    }

    /// Of a namespace with somebody, with nobody, or perhaps; nobody else is asked for.
    fn elsewhere(head: &LedgerHead, here: &Here, left: Liveness) -> Verdict {
        let ask =
            Questions { namespace: |_: &str| left, host: || panic!("asked"), guard: || panic!("asked") };
        judge(head, here, ask)
    }

    #[test]
    fn only_a_namespace_that_provably_ended_is_forgotten_and_only_by_its_user() {
        let other = Here { pid_namespace: Some("pid:[2]".into()), ..here() };
        assert!(matches!(elsewhere(&head(), &other, Liveness::Gone), Verdict::Remove(_)));
        let stranger = Here { uid: 0, ..other };
        assert!(matches!(elsewhere(&head(), &stranger, Liveness::Gone), Verdict::Leave(_)));
        let nowhere = Here { pid_namespace: None, ..here() };
        assert!(matches!(elsewhere(&head(), &nowhere, Liveness::Gone), Verdict::Leave(_)));
    }

    #[test]
    fn a_cookie_that_marks_nobody_allows_nothing() {
        for cookie in ["", "PROCMAN_COOKIE=", "PROCMAN_COOKIE=x"] {
            let head = LedgerHead { cookie: cookie.into(), ..head() };
            assert!(matches!(verdict(&head, &here(), Liveness::Gone, Liveness::Gone), Verdict::Leave(_)));
        }
    }
}
