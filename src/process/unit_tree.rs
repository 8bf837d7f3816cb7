//! The processes of a unit: the tree below its shim. The kernel's own lists of children are what counts, so the cost grows with the
//! unit and not with the machine.

use std::collections::HashSet;

use super::command_line;
use crate::guard::tree;
use crate::model::ProcessInfo;

/// Every living process of the unit `number`, the first one first. `shim` is the root of its tree and not among them.
pub(crate) fn unit_tree(shim: i32, number: u64) -> Vec<ProcessInfo> {
    let mut processes = tree::below(shim, &HashSet::new());
    for process in &mut processes {
        process.unit = Some(format!("unit-{number}"));
        command_line::describe(process);
    }
    processes
}
