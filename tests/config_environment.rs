//! What a server finds in its environment, seen from real processes.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::Barrier;

use procman::mcp::config::{Disk, HostEnv, LoadOptions, ServerEntry, load};
use serde_json::json;

/// mcporter sets `process.env` while a server starts, so two that start at once see each other's secrets.
#[test]
fn two_servers_started_at_once_see_only_their_own_secret() {
    let names: Vec<String> = (0..8).map(|index| format!("server{index}")).collect();
    let servers = names.iter().map(|name| {
        (
            name.clone(),
            json!({ "command": "env", "env": { format!("SECRET_{name}"): format!("value-{name}") } }),
        )
    });
    let options = LoadOptions { root_dir: "/".into(), servers: servers.collect(), ..LoadOptions::default() };
    let config = load(&options, &Disk).unwrap();
    let host = HostEnv::current();
    let barrier = Barrier::new(names.len());
    std::thread::scope(|scope| {
        let runs: Vec<_> = names
            .iter()
            .map(|name| {
                let entry = config.find(name).unwrap();
                let (barrier, host) = (&barrier, &host);
                scope.spawn(move || {
                    barrier.wait();
                    (name, run(entry, host))
                })
            })
            .collect();
        for run in runs {
            let (name, output) = run.join().unwrap();
            let secrets: Vec<&str> = output.lines().filter(|line| line.starts_with("SECRET_")).collect();
            assert_eq!(secrets, [format!("SECRET_{name}=value-{name}")]);
            assert!(
                output.lines().any(|line| line.starts_with("PATH=")),
                "the host's own variables are passed on"
            );
        }
    });
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command itself is what is looked at, so no guard stands above it"
)]
fn run(entry: &ServerEntry, host: &HostEnv) -> String {
    let spec = entry.resolve(host).expect("every variable is a literal");
    let pairs = spec.env.iter().filter_map(|variable| {
        let equals = variable.iter().position(|&byte| byte == b'=')?;
        Some((OsStr::from_bytes(&variable[..equals]), OsStr::from_bytes(&variable[equals + 1..])))
    });
    let output = std::process::Command::new(OsStr::from_bytes(&spec.command))
        .current_dir(OsStr::from_bytes(&spec.cwd))
        .env_clear()
        .envs(pairs)
        .output()
        .expect("env is on every machine");
    String::from_utf8(output.stdout).expect("the test's own variables are ASCII")
}
