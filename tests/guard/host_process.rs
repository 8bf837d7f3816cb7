//! A host that may die: the helper in the role of one, with its guard and units.

use std::io::{PipeReader, PipeWriter, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command};

use procman::sys::{pidfd, poll};

use crate::support::{
    Folder, PATIENCE, carriers, guard_path, helper_command, helper_path, program_command, wait_for_nobody,
};

/// A host in a process of its own. Its output is also its units'.
pub(crate) struct HostProcess {
    child: Child,
    reaped: bool,
    pipe: PipeReader,
    pub(crate) output: String,
    pub(crate) cookie: String,
    folder: Folder,
}

impl HostProcess {
    pub(crate) fn start(plan: &str, failpoints: &str, count: u32, manners: &[&str]) -> Self {
        Self::start_with(plan, failpoints, count, manners, "off")
    }

    pub(crate) fn start_with(
        plan: &str,
        failpoints: &str,
        count: u32,
        manners: &[&str],
        cgroup: &str,
    ) -> Self {
        let folder = Folder::new();
        let trace = folder.0.join("trace");
        std::fs::write(&trace, "").unwrap();
        let cookie = folder.0.file_name().unwrap().to_string_lossy().into_owned();
        let (pipe, write) = std::io::pipe().unwrap();
        let count = count.to_string();
        let failpoints = format!("{failpoints},PROCMAN_TRACE={}", trace.display());
        let arguments = [&["host", plan, &failpoints, &count], manners].concat();
        Self::launch(helper_command(&arguments), folder, cookie, (pipe, write), cgroup)
    }

    /// The host as PID 1 of a pid namespace with a `/proc` of its own.
    pub(crate) fn start_in_namespace(plan: &str, count: u32, manners: &[&str]) -> Self {
        let folder = Folder::new();
        let cookie = folder.0.file_name().unwrap().to_string_lossy().into_owned();
        let count = count.to_string();
        let arguments =
            [&["--pid", "--fork", "--mount-proc", helper_path(), "host", plan, "", &count], manners].concat();
        Self::launch(program_command("unshare", &arguments), folder, cookie, std::io::pipe().unwrap(), "off")
    }

    fn launch(
        mut command: Command,
        folder: Folder,
        cookie: String,
        (pipe, write): (PipeReader, PipeWriter),
        cgroup: &str,
    ) -> Self {
        command
            .env("TEST_GUARD", guard_path())
            .env("TEST_HELPER", helper_path())
            .env("TEST_COOKIE", &cookie)
            .env("TEST_STATE", &folder.0)
            .env("TEST_CGROUP", cgroup)
            .stdout(write);
        let child = command.spawn().unwrap();
        Self { child, reaped: false, pipe, output: String::new(), cookie, folder }
    }

    /// The folder of its state, where the guard's ledger is.
    pub(crate) fn state(&self) -> std::path::PathBuf {
        self.folder.0.clone()
    }

    /// Whether a failpoint was passed.
    pub(crate) fn passed(&self, point: &str) -> bool {
        let trace = std::fs::read_to_string(self.folder.0.join("trace")).unwrap();
        trace.lines().any(|line| line.split_once(' ').is_some_and(|(_, passed)| passed == point))
    }

    /// In any order.
    pub(crate) fn wait_for_lines(&mut self, wanted: &[&str]) {
        let mut missing = wanted.to_vec();
        while !missing.is_empty() {
            let line = self.wait_for_prefix("");
            missing.retain(|wanted| *wanted != line);
        }
    }

    pub(crate) fn wait_for_line(&mut self, wanted: &str) {
        self.wait_for_prefix(wanted);
    }

    /// The rest of the first line that starts so; what came up to it is forgotten.
    pub(crate) fn wait_for_prefix(&mut self, prefix: &str) -> String {
        loop {
            if let Some(end) = self.output.find('\n') {
                let line = self.output[..end].to_owned();
                self.output.drain(..=end);
                match line.strip_prefix(prefix) {
                    Some(rest) => return rest.to_owned(),
                    None => continue,
                }
            }
            assert!(self.read_some(), "the output ended before `{prefix}`");
        }
    }

    /// Reads what comes next; false at the end.
    fn read_some(&mut self) -> bool {
        assert!(
            poll::is_ready(self.pipe.as_fd(), libc::POLLIN, PATIENCE),
            "silence; so far: {}",
            self.output
        );
        let mut buffer = [0; 4096];
        let size = self.pipe.read(&mut buffer).unwrap();
        self.output.push_str(&String::from_utf8_lossy(&buffer[..size]));
        size > 0
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.reap();
    }

    /// Kills the child of `unshare`: the namespace's PID 1.
    pub(crate) fn kill_first_of_namespace(&self) {
        let mut children = Vec::new();
        procman::sys::procfs::children(self.child.id().cast_signed(), 1, &mut children).unwrap();
        let hold = pidfd::open(children[0]).unwrap();
        pidfd::send_signal(hold.as_fd(), libc::SIGKILL).unwrap();
    }

    pub(crate) fn reap(&mut self) {
        if !self.reaped {
            self.child.wait().unwrap();
            self.reaped = true;
        }
    }

    /// Waits until nobody holds the output and nobody carries the cookie.
    pub(crate) fn assert_everybody_goes(&mut self, what: &str) {
        loop {
            let open = poll::is_ready(self.pipe.as_fd(), libc::POLLIN, PATIENCE);
            assert!(open, "{what}: somebody lives: {:?}", crate::support::describe_carriers(&self.cookie));
            if !self.read_some() {
                break;
            }
        }
        self.reap();
        wait_for_nobody(&self.cookie);
    }

    /// Copies of the host's sockets, which keep their other ends from seeing its death.
    pub(crate) fn steal_sockets(&self) -> Vec<OwnedFd> {
        let pid = self.child.id().cast_signed();
        let hold = pidfd::open(pid).unwrap();
        std::fs::read_dir(format!("/proc/{pid}/fd"))
            .unwrap()
            .flatten()
            .filter(|fd| {
                std::fs::read_link(fd.path())
                    .is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))
            })
            .filter_map(|fd| fd.file_name().to_str()?.parse().ok())
            .filter_map(|number| procman::sys::pidfd::steal(hold.as_fd(), number).ok())
            .collect()
    }
}

impl Drop for HostProcess {
    fn drop(&mut self) {
        // A failed test has said what is wrong; nobody of it must stay, and a stopped guard sees nothing.
        let _ = self.child.kill();
        for pid in carriers(&self.cookie) {
            let _ = pidfd::open(pid).and_then(|hold| pidfd::send_signal(hold.as_fd(), libc::SIGCONT));
        }
        self.reap();
    }
}
