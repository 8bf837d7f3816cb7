//! Whether the targets of a plan are still who they were. Pure.
//!
//! A plan was made by reasons that held then. By now a target may be gone, its number another's, or the same process another program: an exec
//! keeps the identity. Whoever changed is refused; nobody is added.

use std::collections::HashSet;

use super::plan::{Choice, KillPlan};
use crate::model::ProcessInfo;
use crate::process::ProcessTable;

/// The targets that are what they were, and those that are not, with the reason.
#[must_use]
pub fn recheck(table: &ProcessTable, plan: KillPlan) -> (Vec<Choice>, Vec<Choice>) {
    let mut changed = Vec::new();
    let mut same = Vec::new();
    // Whom a rule protected then is told again, and not judged anew: nobody asks for its end.
    let asked: HashSet<i32> = plan.targets.iter().map(|target| target.process.identity.pid).collect();
    let is_there = |choice: &Choice| table.find(&choice.process.identity).is_some();
    let refused = plan.refused.into_iter();
    changed.extend(refused.filter(|it| is_there(it) && !asked.contains(&it.process.identity.pid)));
    for target in plan.targets {
        match why_not_the_same(table, &target.process) {
            None => same.push(target),
            Some(reason) => changed.push(Choice { reasons: vec![reason], ..target }),
        }
    }
    (same, changed)
}

fn why_not_the_same(table: &ProcessTable, planned: &ProcessInfo) -> Option<String> {
    let pid = planned.identity.pid;
    let Some(now) = table.find(&planned.identity) else {
        let what = if table.get(pid).is_some() { "is another process by now" } else { "is gone already" };
        return Some(format!("{what}; the planned one ended after the plan was made"));
    };
    why_changed(now, planned)
}

/// What is different about a process that is still itself, as the end of a sentence.
#[must_use]
pub fn why_changed(now: &ProcessInfo, planned: &ProcessInfo) -> Option<String> {
    if now.exe != planned.exe || now.argv != planned.argv {
        return Some(
            "runs another program or other arguments than when the plan was made; make a new plan".to_owned(),
        );
    }
    (now.uid != planned.uid)
        .then(|| format!("acts as user {} now, and not as {}; make a new plan", now.uid, planned.uid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::test_processes::{Made, process, table};

    fn planned(made: Vec<Made>) -> KillPlan {
        let choice =
            |made: Made| Choice { process: made.build(), rule: "r".into(), reasons: vec!["old".into()] };
        let targets = made.into_iter().map(choice).collect();
        KillPlan { created_at: String::new(), boot_id: "boot".into(), targets, refused: Vec::new() }
    }

    #[test]
    fn who_changed_is_refused_and_nobody_is_added() {
        let node = |pid: i32| process(pid).exe("/usr/bin/node").argv(&["node", "a.js"]);
        let mut reused = node(31);
        reused.info().identity.start_token = "another".into();
        let mut promoted = node(33);
        promoted.info().uid = 0;
        let now = table(vec![node(30), reused, node(32).argv(&["node", "b.js"]), promoted, node(35)]);
        let (same, changed) = recheck(&now, planned(vec![node(30), node(31), node(32), node(33), node(34)]));
        assert_eq!(same.iter().map(|it| it.process.identity.pid).collect::<Vec<_>>(), [30]);
        assert_eq!(same[0].reasons, ["old"]);
        let reasons: Vec<&str> = changed.iter().map(|it| it.reasons[0].as_str()).collect();
        for (reason, word) in
            reasons.iter().zip(["another process", "another program", "user 0", "gone already"])
        {
            assert!(reason.contains(word), "{reason}");
        }
    }
}
