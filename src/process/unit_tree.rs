//! The processes of a unit: the tree below its shim. The kernel's own lists of children are what counts, so the cost grows with the
//! unit and not with the machine.

use std::collections::HashSet;
use std::fs;

use crate::guard::tree;
use crate::model::ProcessInfo;

/// Every living process of the unit `number`, the first one first. `shim` is the root of its tree and not among them.
pub(crate) fn unit_tree(shim: i32, number: u64) -> Vec<ProcessInfo> {
    let mut processes = tree::below(shim, &HashSet::new());
    for process in &mut processes {
        process.unit = Some(format!("unit-{number}"));
        process.argv = argv(process.identity.pid);
        process.exe = exe(process.identity.pid);
    }
    processes
}

fn argv(pid: i32) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let line = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    if line.is_empty() {
        return Vec::new();
    }
    line.split(|&byte| byte == 0).map(|arg| String::from_utf8_lossy(arg).into_owned()).collect()
}

fn exe(pid: i32) -> Option<String> {
    fs::read_link(format!("/proc/{pid}/exe")).ok().map(|path| path.to_string_lossy().into_owned())
}
