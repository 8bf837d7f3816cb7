//! Who is an orphan: a process whose parent is not the one that started it. Pure.
//!
//! The kernel does not say who started a process. When its parent dies it falls to the nearest subreaper above or to init; so "its parent is
//! init" is neither enough — every service of init would be an orphan — nor necessary. Two facts prove it:
//!
//! 1. It was seen with another parent before.
//! 2. Its session is neither its own nor its parent's: a session is inherited from whoever forks, so that was somebody else.
//!
//! What made a session of its own and lost its parent before anybody looked is not told from a service that init started: it is no orphan
//! here. Whoever acts on orphans errs on the side of leaving alone.

use crate::model::ProcessInfo;

/// What an earlier sample said of the same process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Earlier {
    pub(super) ppid: i32,
    pub(super) orphan: bool,
}

impl Earlier {
    /// What this sample says, for the next one.
    pub(super) fn of(process: &ProcessInfo) -> Self {
        Self { ppid: process.ppid, orphan: process.orphan }
    }

    /// Whether the same process has, or had then, another parent than before.
    pub(super) fn saw_another_parent(self, now: &ProcessInfo) -> bool {
        self.orphan || self.ppid != now.ppid
    }
}

/// `parent` is the entry of its parent, where that is not hidden.
pub(super) fn is_orphan(
    process: &ProcessInfo,
    parent: Option<&ProcessInfo>,
    earlier: Option<Earlier>,
) -> bool {
    // Its parent is outside of the pid namespace: nobody here adopted it.
    if process.ppid == 0 {
        return false;
    }
    let was_seen = earlier.is_some_and(|earlier| earlier.saw_another_parent(process));
    was_seen || has_session_of_another(process, parent)
}

fn has_session_of_another(process: &ProcessInfo, parent: Option<&ProcessInfo>) -> bool {
    // Init leads the session of its children, if they have one of its.
    let parents = match parent {
        Some(parent) => parent.sid,
        None if process.ppid == 1 => 1,
        None => return false,
    };
    // Session 0 is led from outside of the pid namespace.
    process.sid != process.identity.pid && process.sid != parents && process.sid > 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProcessIdentity;

    fn process(pid: i32, ppid: i32, sid: i32) -> ProcessInfo {
        let identity = ProcessIdentity { pid, start_token: String::new(), boot_id: String::new() };
        ProcessInfo { ppid, sid, ..ProcessInfo::unread(identity) }
    }

    #[test]
    fn table_of_cases() {
        let init = process(1, 0, 1);
        let shell = process(50, 1, 50);
        let cases = [
            ("service of init", process(10, 1, 10), Some(&init), false),
            ("child of a shell that died", process(11, 1, 60), Some(&init), true),
            ("the same, init hidden", process(11, 1, 60), None, true),
            ("child of a living shell", process(12, 50, 50), Some(&shell), false),
            ("fell to a subreaper that is no init", process(13, 50, 70), Some(&shell), true),
            ("leads a session of its own", process(14, 50, 14), Some(&shell), false),
            ("entered the pid namespace from outside", process(15, 0, 0), None, false),
            ("session led from outside", process(16, 1, 0), Some(&init), false),
        ];
        for (what, process, parent, expected) in cases {
            assert_eq!(is_orphan(&process, parent, None), expected, "{what}");
        }
    }

    #[test]
    fn whoever_changed_the_parent_is_an_orphan_from_then_on() {
        let init = process(1, 0, 1);
        let own_session = process(20, 1, 20);
        let before = Earlier { ppid: 19, orphan: false };
        assert!(is_orphan(&own_session, Some(&init), Some(before)));
        let after = Earlier { ppid: 1, orphan: true };
        assert!(is_orphan(&own_session, Some(&init), Some(after)));
        assert!(!is_orphan(&own_session, Some(&init), Some(Earlier { ppid: 1, orphan: false })));
    }
}
