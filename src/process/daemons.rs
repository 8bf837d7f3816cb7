//! Daemons that have a stop command of their own, and are not for others to end: they have state to save, or serve programs beside the one
//! that started them. Pure.

use crate::model::ProcessInfo;

/// How a daemon is recognised. What is written here is compared with the whole of a name, never with a part of a longer text.
enum Mark {
    /// The base name of its executable, or of its first argument.
    Program(&'static str),
    /// An argument that ends with this path or class.
    Argument(&'static str),
    /// Its program, and its first argument.
    Subcommand(&'static str, &'static str),
    /// The kernel's name of it.
    Name(&'static str),
}

/// With the command that stops it.
const DAEMONS: [(Mark, &str); 24] = [
    (Mark::Argument("/nx/src/daemon/server/start.js"), "nx daemon --stop"),
    (Mark::Argument("/nx/dist/src/daemon/server/start.js"), "nx daemon --stop"),
    (Mark::Subcommand("turbo", "daemon"), "turbo daemon stop"),
    (Mark::Argument("org.gradle.launcher.daemon.bootstrap.GradleDaemon"), "gradle --stop"),
    (Mark::Argument("/A-server.jar"), "bazel shutdown"),
    (Mark::Program("watchman"), "watchman shutdown-server"),
    (Mark::Name("tmux: server"), "tmux kill-server"),
    (Mark::Program("SCREEN"), "screen -X quit"),
    (Mark::Program("adb"), "adb kill-server"),
    (Mark::Program("dockerd"), "systemctl stop docker"),
    (Mark::Program("containerd"), "systemctl stop containerd"),
    (Mark::Program("containerd-shim-runc-v2"), "docker stop CONTAINER"),
    (Mark::Program("conmon"), "podman stop CONTAINER"),
    (Mark::Program("buildkitd"), "docker buildx stop"),
    (Mark::Program("gpg-agent"), "gpgconf --kill gpg-agent"),
    (Mark::Program("ssh-agent"), "ssh-agent -k"),
    (Mark::Program("sshd"), "systemctl stop ssh"),
    (Mark::Program("systemd"), "systemctl stop UNIT"),
    (Mark::Program("dbus-daemon"), "systemctl stop dbus"),
    (Mark::Program("postgres"), "pg_ctl stop"),
    (Mark::Program("mysqld"), "mysqladmin shutdown"),
    (Mark::Program("mariadbd"), "mariadb-admin shutdown"),
    (Mark::Program("redis-server"), "redis-cli shutdown"),
    (Mark::Program("valkey-server"), "valkey-cli shutdown"),
];

/// The command that stops this process, if it is such a daemon.
pub(super) fn stop_command(process: &ProcessInfo) -> Option<&'static str> {
    DAEMONS.iter().find(|(mark, _)| mark.is_of(process)).map(|(_, command)| *command)
}

impl Mark {
    fn is_of(&self, process: &ProcessInfo) -> bool {
        match self {
            Self::Program(name) => is_program(process, name),
            Self::Argument(end) => process.argv.iter().skip(1).any(|argument| argument.ends_with(end)),
            Self::Subcommand(name, word) => {
                is_program(process, name) && process.argv.get(1).is_some_and(|first| first == word)
            }
            Self::Name(name) => process.name == *name,
        }
    }
}

fn is_program(process: &ProcessInfo, name: &str) -> bool {
    let called = process.argv.first().map(String::as_str);
    [process.exe.as_deref(), called].into_iter().flatten().any(|path| base_name(path) == name)
}

/// The kernel adds ` (deleted)` to the path of an executable that was replaced.
fn base_name(path: &str) -> &str {
    let path = path.strip_suffix(" (deleted)").unwrap_or(path);
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProcessIdentity;

    fn called(exe: &str, argv: &[&str]) -> ProcessInfo {
        let identity = ProcessIdentity { pid: 9, start_token: String::new(), boot_id: String::new() };
        let argv = argv.iter().map(|argument| (*argument).to_owned()).collect();
        ProcessInfo { exe: Some(exe.to_owned()), argv, ..ProcessInfo::unread(identity) }
    }

    #[test]
    fn daemons_are_known_by_program_and_arguments() {
        let nx = called("/usr/bin/node", &["node", "/w/node_modules/nx/src/daemon/server/start.js"]);
        assert_eq!(stop_command(&nx), Some("nx daemon --stop"));
        let replaced = called("/usr/bin/watchman (deleted)", &["watchman"]);
        assert_eq!(stop_command(&replaced), Some("watchman shutdown-server"));
        assert_eq!(stop_command(&called("/x/turbo", &["turbo", "daemon"])), Some("turbo daemon stop"));
        let tmux =
            ProcessInfo { name: "tmux: server".to_owned(), ..called("/usr/bin/tmux", &["tmux", "new"]) };
        assert_eq!(stop_command(&tmux), Some("tmux kill-server"));
    }

    #[test]
    fn who_only_mentions_a_daemon_is_none() {
        for argv in [
            &["vim", "/w/node_modules/nx/src/daemon/server/start.js.md"][..],
            &["grep", "dockerd", "."],
            &["turbo", "run", "daemon"],
            &["tmux", "attach"],
            &["node", "redis-server-stub.js"],
        ] {
            assert_eq!(stop_command(&called(argv[0], argv)), None, "{argv:?}");
        }
    }
}
