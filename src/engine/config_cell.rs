//! The configuration in force: read when a server is asked for, and again when its files, or what decides which they are, have changed.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

use super::errors;
use super::host_context::HostContext;
use super::settings::Settings;
use crate::guard::client::default_state_dir;
use crate::mcp::config::{LoadOptions, LoadedConfig, Reading};
use crate::model::{Error, ErrorCode, Result};
use crate::process::{BACKEND_VARIABLE, Backend};
use crate::sys::pid_namespace::{self, Proc};

/// Settings, the host's environment as last seen, and what the files said.
#[derive(Default)]
pub(crate) struct ConfigCell {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    settings: Settings,
    host: Option<Arc<HostContext>>,
    /// The directory that was seen first.
    start: Option<PathBuf>,
    reading: Option<Arc<Reading>>,
    /// Somebody has reason to think that the files were changed.
    doubted: bool,
}

impl Inner {
    /// One that was removed is no place to start from.
    fn note_start(&mut self, host: &HostContext) {
        if host.cwd.is_absolute() {
            self.start.get_or_insert_with(|| host.cwd.clone());
        }
    }
}

impl ConfigCell {
    /// Takes new settings; what was read under the old ones is forgotten.
    pub(crate) fn replace(&self, settings: Settings) {
        let mut inner = self.inner.lock();
        inner.settings = settings;
        inner.reading = None;
    }

    pub(crate) fn settings(&self) -> Settings {
        self.inner.lock().settings.clone()
    }

    /// Remembers from where new servers start.
    pub(crate) fn seen_from(&self, host: HostContext) {
        let mut inner = self.inner.lock();
        inner.note_start(&host);
        inner.host = Some(Arc::new(host));
    }

    /// The same, if nobody said so before.
    pub(crate) fn seen_first(&self, host: HostContext) {
        let mut inner = self.inner.lock();
        inner.note_start(&host);
        inner.host.get_or_insert_with(|| Arc::new(host));
    }

    /// The host's environment as last seen.
    ///
    /// # Errors
    /// `ERR_NATIVE` before anybody gave one: a bug of ours.
    pub(crate) fn host(&self) -> Result<Arc<HostContext>> {
        let host = self.inner.lock().host.clone();
        host.ok_or_else(|| {
            Error::new(ErrorCode::Native, "the engine was asked for a server before it knew the environment")
        })
    }

    /// Whether units may have cgroups: yes, unless the environment switches them off.
    pub(crate) fn wants_cgroup(&self) -> bool {
        self.host().ok().and_then(|host| host.env().get("PROCMAN_CGROUP")).as_deref() != Some("off")
    }

    /// How processes are read and held.
    ///
    /// # Errors
    /// `ERR_CONFIG` when the environment names no backend, `ERR_NATIVE` when `/proc` is another pid namespace's.
    pub(crate) fn backend(&self) -> Result<Backend> {
        match pid_namespace::proc_here() {
            Proc::Own => {}
            Proc::Foreign(shown) => return Err(errors::foreign_proc(Some(shown))),
            Proc::Missing => return Err(errors::foreign_proc(None)),
        }
        let chosen = self.host().ok().and_then(|host| host.env().get(BACKEND_VARIABLE));
        Backend::from_variable(chosen.as_deref())
    }

    /// Lets through what only the backend of Linux can do.
    ///
    /// # Errors
    /// `ERR_UNSUPPORTED` under another one, naming `what` it cannot; as [`ConfigCell::backend`].
    pub(crate) fn need_linux(&self, what: &str) -> Result<()> {
        match self.backend()? {
            Backend::Linux => Ok(()),
            Backend::Portable => Err(errors::needs_linux(what)),
        }
    }

    /// Where ledgers are kept; `None` where this user has no home. A relative folder is meant from where this process was first seen, so that its
    /// guards and its sweeps mean the same.
    pub(crate) fn state_dir(&self) -> Option<PathBuf> {
        let env = self.host().ok()?.env();
        let folder = self.settings().state_dir.or_else(|| default_state_dir(|name| env.get(name)))?;
        // An absolute folder needs no start.
        let start = self.inner.lock().start.clone().unwrap_or_default();
        Some(start.join(folder)).filter(|folder| folder.is_absolute())
    }

    /// The configuration as it is now; its files are looked at, and read where they have changed: people mend them while their programs run.
    ///
    /// # Errors
    /// `ERR_CONFIG` and `ERR_INVALID_ARGUMENT` as [`Reading::of`] has them.
    pub(crate) fn load(&self) -> Result<Arc<LoadedConfig>> {
        self.load_from(&*self.host()?)
    }

    /// The same as seen from `host`, for one who only looks: new servers go on starting from where they did.
    ///
    /// # Errors
    /// As [`ConfigCell::load`].
    pub(crate) fn load_from(&self, host: &HostContext) -> Result<Arc<LoadedConfig>> {
        let options = options(&self.settings(), host);
        let known = self.inner.lock().reading.clone();
        let reading = match known.filter(|known| known.is_current(&options)) {
            Some(known) => known,
            None => Arc::new(Reading::of(options)?),
        };
        let mut inner = self.inner.lock();
        inner.doubted = false;
        Ok(Arc::clone(inner.reading.insert(reading).config()))
    }

    /// The same without a look at any file, where `server` was found before from such a host: for those who use what is open already.
    ///
    /// # Errors
    /// As [`ConfigCell::load`].
    pub(crate) fn load_for(&self, server: &str, host: &HostContext) -> Result<Arc<LoadedConfig>> {
        let options = options(&self.settings(), host);
        let known = {
            let inner = self.inner.lock();
            inner.reading.clone().filter(|reading| !inner.doubted && reading.is_of(&options))
        };
        match known.filter(|reading| reading.config().servers.contains_key(server)) {
            Some(reading) => Ok(Arc::clone(reading.config())),
            None => self.load_from(host),
        }
    }

    /// From now on nobody uses what was read without a look at the files: a server was closed, or could not be reached.
    pub(crate) fn doubt(&self) {
        self.inner.lock().doubted = true;
    }
}

fn options(settings: &Settings, host: &HostContext) -> LoadOptions {
    let env = host.env();
    LoadOptions {
        config_path: settings.config_path.clone(),
        root_dir: host.cwd.clone(),
        home: host.home(),
        env,
        servers: settings.servers.clone(),
    }
}
