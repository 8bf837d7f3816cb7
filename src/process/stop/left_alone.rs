//! Whom the rules turned away from a stop, and who is below them: their session or group may be the tree's all the same. Pure.

use std::collections::HashMap;

use crate::model::ProcessInfo;
use crate::process::ProcessTable;

/// By number; the start tells a later process of that number apart.
#[derive(Debug, Default)]
pub(super) struct LeftAlone(HashMap<i32, Known>);

#[derive(Debug)]
struct Known {
    started_at: f64,
    with_all_below: bool,
}

impl LeftAlone {
    pub(super) fn add(&mut self, process: &ProcessInfo, with_all_below: bool) {
        let known = Known { started_at: process.started_at, with_all_below };
        self.0.insert(process.identity.pid, known);
    }

    pub(super) fn has(&self, process: &ProcessInfo) -> bool {
        self.find(process).is_some()
    }

    /// Whether somebody is below one who is left alone with all below, and below no member (`is_member`) in between.
    pub(super) fn has_above(
        &self,
        process: &ProcessInfo,
        look: &ProcessTable,
        is_member: impl Fn(i32) -> bool,
    ) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let above = look.ancestors(process.identity.pid).into_iter().take_while(|pid| !is_member(*pid));
        above.filter_map(|pid| self.find(look.get(pid)?)).any(|known| known.with_all_below)
    }

    fn find(&self, process: &ProcessInfo) -> Option<&Known> {
        self.0.get(&process.identity.pid).filter(|known| known.started_at == process.started_at)
    }
}
