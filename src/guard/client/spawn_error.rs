//! Why a command did not start, in words that help.

use std::io;

use crate::guard::protocol::{SpawnFailed, Stage};
use crate::model::{Error, ErrorCode, SpawnSpec};

/// The error for a unit that could not be started: command, working directory, errno and the next step.
#[must_use]
pub fn spawn_error(failed: &SpawnFailed, spec: &SpawnSpec) -> Error {
    let command = String::from_utf8_lossy(&spec.command);
    let cwd = String::from_utf8_lossy(&spec.cwd);
    let name = errno_name(failed.errno);
    let text = format!("`{command}` could not be started in {cwd}: {}", explain(failed, &command, &cwd));
    let code = if failed.stage == Stage::Limits { ErrorCode::Unsupported } else { ErrorCode::Spawn };
    let error = Error::new(code, text)
        .detail("command", command.as_ref())
        .detail("cwd", cwd.as_ref())
        .detail("errno", name)
        .detail("stage", format!("{:?}", failed.stage).to_lowercase());
    if matches!(failed.errno, libc::EAGAIN | libc::ENOMEM | libc::EMFILE | libc::ENFILE) {
        error.retryable()
    } else {
        error
    }
}

fn explain(failed: &SpawnFailed, command: &str, cwd: &str) -> String {
    let name = errno_name(failed.errno);
    match (failed.stage, failed.errno) {
        (Stage::Directory, libc::ENOENT) => {
            format!("that directory does not exist ({name}); create it or give another cwd")
        }
        (Stage::Directory, libc::ENOTDIR) => format!("{cwd} is not a directory ({name}); give another cwd"),
        (Stage::Directory, _) => {
            format!("the directory cannot be entered ({name}); give this user the right to, or another cwd")
        }
        (Stage::Lookup, _) => {
            format!(
                "no `{command}` in the PATH of its environment ({name}); install it, give its full path, or set PATH in env"
            )
        }
        (Stage::Interpreter, _) => {
            format!(
                "the file is there but its interpreter is not ({name}); look at its first line (#!) and install what it names"
            )
        }
        (Stage::Exec, libc::ENOENT) => format!("there is no such file ({name}); correct the path"),
        (Stage::Exec, libc::EACCES) => {
            format!("it may not be run ({name}); make it executable (chmod +x), and check for a noexec mount")
        }
        (Stage::Exec, libc::E2BIG) => {
            format!(
                "arguments and environment are too large for the kernel ({name}); pass large values by file or stdin"
            )
        }
        (Stage::Exec, libc::ENOEXEC) => {
            format!("it is not a program of this machine ({name}); reinstall it here")
        }
        (Stage::Limits, _) => format!(
            "its memory cannot be limited here ({name}): that needs a cgroup with the memory controller that this user may write; leave out maxMemoryMB"
        ),
        (Stage::Shim, 0) => {
            "its shim was killed before it told whether the command ran, and what may have run was ended; look whether it did anything before you start it again"
                .to_owned()
        }
        (_, libc::EAGAIN | libc::ENOMEM) => {
            format!(
                "this user or machine is at its limit of processes or memory ({name}); stop something and try again"
            )
        }
        (_, libc::EMFILE | libc::ENFILE) => {
            format!("no descriptors are left ({name}); raise the limit (ulimit -n)")
        }
        (Stage::Spec, libc::EINVAL) => {
            "command, arguments, environment or cwd hold a NUL byte; remove it".to_owned()
        }
        (stage, errno) => format!("{stage:?} failed with {name}: {}", io::Error::from_raw_os_error(errno)),
    }
}

/// The name of an error number as `errno(3)` spells it.
fn errno_name(errno: i32) -> String {
    if errno == 0 { "no errno".to_owned() } else { format!("{:?}", nix::errno::Errno::from_raw(errno)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> SpawnSpec {
        SpawnSpec { command: b"frob".to_vec(), args: Vec::new(), env: Vec::new(), cwd: b"/nowhere".to_vec() }
    }

    #[test]
    fn a_missing_directory_is_not_called_a_missing_command() {
        let of = |stage| spawn_error(&SpawnFailed { unit: 1, stage, errno: libc::ENOENT }, &spec());
        assert!(of(Stage::Directory).message().contains("that directory does not exist (ENOENT)"));
        assert!(of(Stage::Lookup).message().contains("no `frob` in the PATH"));
        assert!(of(Stage::Interpreter).message().contains("interpreter"));
    }

    /// A shim that was killed may have been about to tell that it runs.
    #[test]
    fn a_lost_shim_proves_nothing_about_its_command_and_a_limit_is_named() {
        let of = |errno| spawn_error(&SpawnFailed { unit: 1, stage: Stage::Shim, errno }, &spec());
        assert!(of(0).message().contains("before it told whether the command ran"), "{}", of(0));
        assert!(of(libc::EAGAIN).message().contains("at its limit of processes or memory (EAGAIN)"));
        assert_eq!((of(0).is_retryable(), of(libc::EAGAIN).is_retryable()), (false, true));
    }

    #[test]
    fn every_message_names_command_directory_and_errno() {
        for errno in [libc::EACCES, libc::E2BIG, libc::ENOENT, libc::ELOOP, libc::ETXTBSY] {
            let error = spawn_error(&SpawnFailed { unit: 1, stage: Stage::Exec, errno }, &spec());
            let name = errno_name(errno);
            for part in ["frob", "/nowhere", name.as_str()] {
                assert!(error.message().contains(part), "{error}");
            }
            assert_eq!(error.details()["errno"], name);
        }
    }
}
