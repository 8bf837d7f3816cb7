//! The first process of a unit, from its fork to its exec. Runs in the new process and never returns.

use std::ffi::{CString, OsStr};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

use crate::guard::failpoint;
use crate::guard::leaf::Doors;
use crate::guard::protocol::Stage;
use crate::guard::terminal::Terminal;
use crate::model::SpawnSpec;
use crate::sys::{exec, fd, fork, memfd, prctl, signal};

/// The shell that runs a script without an interpreter line, as `execvp(3)` does.
const SHELL: &std::ffi::CStr = c"/bin/sh";

/// What a first process needs.
#[derive(Debug)]
pub(crate) struct First {
    /// The sealed [`SpawnSpec`].
    pub(crate) spec: OwnedFd,
    /// stdin, stdout, stderr.
    pub(crate) stdio: [OwnedFd; 3],
    /// Where a failure is written; closed by a successful exec.
    pub(crate) failure: OwnedFd,
    /// The ways into the unit's cgroups.
    pub(crate) doors: Doors,
    /// The host's umask.
    pub(crate) umask: u32,
    /// `PROCMAN_COOKIE=…`.
    pub(crate) cookie: CString,
    /// The shim.
    pub(crate) parent: i32,
    /// The terminal that it shares with the host; without one it leaves the session.
    pub(crate) terminal: Option<Rc<Terminal>>,
}

/// A step that failed.
type Failure = (Stage, io::Error);

impl First {
    /// Becomes the command, or tells why not and ends.
    pub(crate) fn run(self) -> ! {
        failpoint::hit("first.start");
        let failure = self.failure.try_clone();
        let (stage, error) = match self.become_command() {
            Ok(never) => match never {},
            Err(failure) => failure,
        };
        if let Ok(failure) = failure {
            let errno = error.raw_os_error().unwrap_or(libc::EINVAL).to_ne_bytes();
            // With the shim gone there is nobody to tell.
            let _ = File::from(failure).write_all(&[&[stage as u8], errno.as_slice()].concat());
        }
        fork::leave(127)
    }

    fn become_command(self) -> Result<std::convert::Infallible, Failure> {
        let shim = |error| (Stage::Shim, error);
        match &self.terminal {
            Some(terminal) => terminal.enter().map_err(shim)?,
            None => prctl::new_session().map_err(shim)?,
        }
        prctl::signal_on_parent_death(libc::SIGKILL).map_err(shim)?;
        // A shim that died before the line above would never be announced.
        if prctl::parent() != self.parent {
            fork::leave(127);
        }
        failpoint::hit("first.session");
        self.doors.enter().map_err(|error| (Stage::Limits, error))?;
        let spec = read_spec(self.spec).map_err(|error| (Stage::Spec, error))?;
        let program = Program::new(spec, self.cookie).map_err(|error| (Stage::Spec, error))?;
        prctl::set_umask(self.umask);
        std::env::set_current_dir(program.directory()).map_err(|error| (Stage::Directory, error))?;
        place(&self.stdio).map_err(|error| (Stage::Streams, error))?;
        fd::cloexec_above_stdio();
        if let Some(terminal) = &self.terminal {
            terminal.take();
        }
        failpoint::hit("first.ready");
        signal::reset_all();
        signal::unblock_all();
        Err(program.execute())
    }
}

fn read_spec(spec: OwnedFd) -> io::Result<SpawnSpec> {
    let bytes = memfd::read(spec)?;
    postcard::from_bytes(&bytes).map_err(|_| io::Error::from_raw_os_error(libc::EBADMSG))
}

/// Programs expect to wait in `read` and `write`: a stream that does not is an error to most.
fn place(stdio: &[OwnedFd; 3]) -> io::Result<()> {
    for (number, stream) in (0..).zip(stdio) {
        fd::set_nonblocking(stream.as_fd(), false)?;
        fd::put_at(stream.as_fd(), number)?;
    }
    Ok(())
}

/// A command in the form that the kernel takes.
struct Program {
    argv: Vec<CString>,
    env: Vec<CString>,
    cwd: CString,
}

impl Program {
    fn new(spec: SpawnSpec, cookie: CString) -> io::Result<Self> {
        let mut argv = vec![CString::new(spec.command)?];
        for argument in spec.args {
            argv.push(CString::new(argument)?);
        }
        let name = [crate::guard::COOKIE_VARIABLE.as_bytes(), b"="].concat();
        let mut env = Vec::with_capacity(spec.env.len() + 1);
        for entry in spec.env.into_iter().filter(|entry| !entry.starts_with(&name)) {
            env.push(CString::new(entry)?);
        }
        env.push(cookie);
        Ok(Self { argv, env, cwd: CString::new(spec.cwd)? })
    }

    fn directory(&self) -> &Path {
        Path::new(OsStr::from_bytes(self.cwd.as_bytes()))
    }

    /// As `execvp(3)`, with the `PATH` of the new environment. Returns only on failure.
    fn execute(&self) -> Failure {
        let Some(command) = self.argv.first().filter(|command| !command.is_empty()) else {
            return (Stage::Lookup, io::Error::from_raw_os_error(libc::ENOENT));
        };
        if command.as_bytes().contains(&b'/') {
            return self.execute_file(command);
        }
        let mut denied = None;
        for directory in self.search_path().split(|byte| *byte == b':') {
            let directory = if directory.is_empty() { b".".as_slice() } else { directory };
            let Ok(path) = CString::new([directory, b"/", command.as_bytes()].concat()) else { continue };
            let failure = self.execute_file(&path);
            match failure.1.raw_os_error() {
                Some(libc::EACCES) => denied = Some(failure),
                Some(libc::ENOENT | libc::ENOTDIR) if !matches!(failure.0, Stage::Interpreter) => {}
                _ => return failure,
            }
        }
        denied.unwrap_or_else(|| (Stage::Lookup, io::Error::from_raw_os_error(libc::ENOENT)))
    }

    fn search_path(&self) -> &[u8] {
        let path = self.env.iter().find_map(|entry| entry.as_bytes().strip_prefix(b"PATH="));
        path.unwrap_or(b"/usr/local/bin:/bin:/usr/bin")
    }

    fn execute_file(&self, path: &CString) -> Failure {
        let error = exec::execve(path, &self.argv, &self.env);
        match error.raw_os_error() {
            Some(libc::ENOEXEC) => {
                let rest = self.argv.iter().skip(1).cloned();
                let argv: Vec<CString> = [SHELL.to_owned(), path.clone()].into_iter().chain(rest).collect();
                (Stage::Exec, exec::execve(SHELL, &argv, &self.env))
            }
            Some(libc::ENOENT) if exec::exists(path) => (Stage::Interpreter, error),
            _ => (Stage::Exec, error),
        }
    }
}
