//! A monitor's judgement over made-up tables.

use super::*;
use crate::model::ProcessState;
use crate::sweep::matcher::Matcher;
use crate::sweep::monitor_report::MAX_DEVELOPMENT;
use crate::sweep::rule::Limits;
use crate::sweep::test_processes::{Made, process, table};

const SECOND: Duration = Duration::from_secs(1);

fn rule(action: Action) -> MonitorRule {
    let matcher = Matcher::new("vitest", Some("vitest"), &[]).unwrap();
    let limits = Limits { memory: Some(1 << 20), ..Limits::default() };
    MonitorRule { name: "vitest".into(), matcher, limits, sustain: 2 * SECOND, action }
}

fn vitest(pid: i32, megabytes: u64) -> Made {
    let mut made = process(pid).exe("/usr/bin/node").argv(&["node", "/p/.bin/vitest"]);
    made.info().rss_bytes = megabytes << 20;
    made
}

fn sample(watcher: &mut Watcher, second: u32, made: Vec<Made>) -> (MonitorReport, News) {
    watcher.sample(&table(made), SECOND * second, 2 * SECOND, Pressure::default())
}

#[test]
fn who_exceeds_for_long_enough_is_told_and_chosen_once() {
    let mut watcher = Watcher::new(vec![rule(Action::Stop)]);
    for second in 0..2 {
        let (report, news) = sample(&mut watcher, second, vec![vitest(30, 5), vitest(31, 0)]);
        assert!(report.exceeded.is_empty() && news.choices(Action::Stop).is_empty() && watcher.is_rising());
        assert_eq!(report.level, Level::Ok);
    }
    let (report, news) = sample(&mut watcher, 2, vec![vitest(30, 5), vitest(31, 0)]);
    assert_eq!(report.exceeded.len(), 1);
    assert_eq!((report.exceeded[0].value, report.exceeded[0].limit), (5.0, 1.0));
    assert_eq!(report.level, Level::Critical);
    assert_eq!(news.choices(Action::Stop).iter().map(|it| it.process.identity.pid).collect::<Vec<_>>(), [30]);
    let (report, news) = sample(&mut watcher, 3, vec![vitest(30, 5)]);
    assert_eq!((report.exceeded.len(), news.exceeded.len()), (1, 0));
}

#[test]
fn what_only_observes_chooses_nobody() {
    let mut watcher = Watcher::new(vec![rule(Action::Observe)]);
    let mut told = 0;
    for second in 0..6 {
        let (_, news) = sample(&mut watcher, second, vec![vitest(30, 5)]);
        assert!(news.choices(Action::Stop).is_empty() && news.choices(Action::Restart).is_empty());
        told += news.exceeded.len();
    }
    assert_eq!(told, 1);
}

#[test]
fn a_zombie_is_told_when_it_stays_one_and_an_orphan_when_a_rule_means_it() {
    let mut watcher = Watcher::new(vec![rule(Action::Observe)]);
    let made = || {
        let mut zombie = process(40);
        zombie.info().state = ProcessState::Zombie;
        let (mut orphan, mut daemon) = (vitest(41, 0), process(42).exe("/usr/sbin/cron"));
        orphan.info().orphan = true;
        daemon.info().orphan = true;
        vec![zombie, orphan, daemon]
    };
    let (report, news) = sample(&mut watcher, 0, made());
    assert_eq!((report.zombies.len(), report.orphans.len()), (1, 1));
    assert_eq!((news.zombies.len(), news.orphans.len()), (0, 1), "a parent needs a moment");
    assert_eq!(report.level, Level::Warning);
    let (_, news) = sample(&mut watcher, 1, made());
    assert_eq!((news.zombies.len(), news.orphans.len()), (1, 0));
    let (_, news) = sample(&mut watcher, 2, made());
    assert_eq!((news.zombies.len(), news.orphans.len()), (0, 0), "told once");
}

#[test]
fn many_development_processes_or_much_memory_of_theirs_is_told() {
    let mut watcher = Watcher::new(Vec::new());
    let pids = 100..100 + i32::try_from(MAX_DEVELOPMENT).unwrap();
    let many: Vec<Made> = pids.map(|pid| vitest(pid, 1)).collect();
    let (report, _) = sample(&mut watcher, 0, many.clone());
    assert_eq!((report.level, report.development.count), (Level::Ok, MAX_DEVELOPMENT));
    let (report, _) = sample(&mut watcher, 1, [many, vec![vitest(50, 9000)]].concat());
    assert_eq!(
        report.alerts.iter().map(|it| it.code).collect::<Vec<_>>(),
        ["development-processes", "development-memory"]
    );
    assert_eq!(report.level, Level::Warning);
}
