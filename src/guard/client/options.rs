//! How a guard is started.

use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::guard::COOKIE_VARIABLE;
use crate::model::TerminalMode;
use crate::sys::prctl;

/// How a guard is started.
#[derive(Debug, Clone)]
pub struct GuardOptions {
    /// Where its ledger goes; `None`: nowhere. [`default_state_dir`] is the usual place.
    pub state_dir: Option<PathBuf>,
    /// Whether units get cgroups where that is possible.
    pub cgroup: bool,
    /// Whether its units share this process's terminal, and how; `None`: they leave the session.
    pub terminal: Option<TerminalMode>,
    /// What marks its processes; random, so that no two guards share one.
    pub cookie: String,
    /// `KEY=value` entries for failpoints.
    #[cfg(feature = "failpoints")]
    pub failpoints: Vec<String>,
}

impl GuardOptions {
    /// The usual options, with a fresh cookie; `PROCMAN_CGROUP=off` in this process's environment switches cgroups off.
    ///
    /// # Errors
    /// What the kernel's source of random bytes says.
    pub fn new() -> io::Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let cookie = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            state_dir: None,
            cgroup: std::env::var_os("PROCMAN_CGROUP").is_none_or(|value| value != "off"),
            terminal: None,
            cookie,
            #[cfg(feature = "failpoints")]
            failpoints: Vec::new(),
        })
    }

    /// The guard's whole environment.
    pub(super) fn environment(&self) -> io::Result<Vec<CString>> {
        let mut entries = vec![CString::new(format!("{COOKIE_VARIABLE}={}", self.cookie))?];
        if let Some(folder) = &self.state_dir {
            let entry = [b"PROCMAN_STATE_DIR=", folder.as_os_str().as_bytes()].concat();
            entries.push(CString::new(entry)?);
        }
        if !self.cgroup {
            entries.push(c"PROCMAN_CGROUP=off".to_owned());
        }
        #[cfg(feature = "failpoints")]
        for entry in &self.failpoints {
            entries.push(CString::new(entry.as_str())?);
        }
        Ok(entries)
    }
}

/// `$PROCMAN_STATE_DIR`, else `procman` in the state folder of the user that this process acts as now: after a change of user the
/// environment still names the other one's home. `variable` looks into a snapshot of that environment: the live one may be changed by
/// another thread at any time.
pub fn default_state_dir(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let folder = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(named) = folder("PROCMAN_STATE_DIR") {
        return Some(named);
    }
    let state = folder("XDG_STATE_HOME").filter(|folder| is_own(folder));
    let home = || folder("HOME").filter(|home| is_own(home)).or_else(home_of_user);
    state.or_else(|| home().map(|home| home.join(".local/state"))).map(|folder| folder.join("procman"))
}

fn is_own(folder: &Path) -> bool {
    folder.is_absolute() && folder.metadata().is_ok_and(|metadata| metadata.uid() == prctl::effective_uid())
}

/// The home that the user database names for the user that this process acts as, if it belongs to that user.
#[must_use]
pub fn home_of_user() -> Option<PathBuf> {
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).ok()??;
    Some(user.dir).filter(|home| is_own(home))
}
