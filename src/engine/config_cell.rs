//! The configuration in force: read once, when the first server is asked for, and again when a name is missing.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

use super::errors;
use super::host_context::HostContext;
use super::settings::Settings;
use crate::guard::client::default_state_dir;
use crate::mcp::config::{self, Disk, LoadOptions, LoadedConfig};
use crate::model::{Error, ErrorCode, Result};
use crate::process::{BACKEND_VARIABLE, Backend};

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
    loaded: Option<Arc<LoadedConfig>>,
}

impl ConfigCell {
    /// Takes new settings; what was read under the old ones is forgotten.
    pub(crate) fn replace(&self, settings: Settings) {
        let mut inner = self.inner.lock();
        inner.settings = settings;
        inner.loaded = None;
    }

    pub(crate) fn settings(&self) -> Settings {
        self.inner.lock().settings.clone()
    }

    /// Remembers from where new servers start.
    pub(crate) fn seen_from(&self, host: HostContext) {
        let mut inner = self.inner.lock();
        inner.start.get_or_insert_with(|| host.cwd.clone());
        inner.host = Some(Arc::new(host));
    }

    /// The same, if nobody said so before.
    pub(crate) fn seen_first(&self, host: HostContext) {
        let mut inner = self.inner.lock();
        inner.start.get_or_insert_with(|| host.cwd.clone());
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
    /// `ERR_CONFIG` when the environment names no backend.
    pub(crate) fn backend(&self) -> Result<Backend> {
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
        let start = self.inner.lock().start.clone();
        Some(start?.join(folder)).filter(|folder| folder.is_absolute())
    }

    /// The configuration; its files are read anew when `wanted` is not in what was read before, because people add servers
    /// while their programs run.
    ///
    /// # Errors
    /// `ERR_CONFIG` and `ERR_INVALID_ARGUMENT` as [`config::load`] has them.
    pub(crate) fn load(&self, wanted: Option<&str>) -> Result<Arc<LoadedConfig>> {
        let known = self.inner.lock().loaded.clone();
        let stale = |loaded: &Arc<LoadedConfig>| wanted.is_none_or(|name| !loaded.servers.contains_key(name));
        if let Some(loaded) = known.filter(|loaded| !stale(loaded)) {
            return Ok(loaded);
        }
        let host = self.host()?;
        let loaded = Arc::new(config::load(&options(&self.settings(), &host), &Disk)?);
        self.inner.lock().loaded = Some(Arc::clone(&loaded));
        Ok(loaded)
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
