//! Reads the layers of configuration and lets the stronger win.
//!
//! | strength | layer | a malformed one |
//! |---|---|---|
//! | only one | `--config`, else `MCPORTER_CONFIG` | is an error |
//! | weakest | `.mcp.json` of the project | a warning, and an error of every look-up that misses |
//! | | home: first of `$XDG_CONFIG_HOME/mcporter/`, `~/.mcporter/` | likewise |
//! | | `config/mcporter.json` of the project | likewise |
//! | strongest | servers given in code, beside any of these | is an error |
//!
//! A fault of one entry is that server's alone, in whatever file.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::HostEnv;
use super::files::Files;
use super::inline;
use super::layer::{self, BrokenFile};
use super::loaded_config::LoadedConfig;
use super::locations::{Locations, locate};
use super::parse_entry::Context;
use super::server_entry::ServerEntry;
use crate::model::{Error, Result};

/// What decides a load.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// The one file to read, `~` allowed, relative to `root_dir`.
    pub config_path: Option<PathBuf>,
    /// The project: absolute.
    pub root_dir: PathBuf,
    /// The user's home folder: absolute.
    pub home: Option<PathBuf>,
    /// What placeholders, `MCPORTER_CONFIG` and `XDG_CONFIG_HOME` read.
    pub env: HostEnv,
    /// Servers given in code: `{ name: ServerConfig }`, where `null` in `env` stands for undefined.
    pub servers: Map<String, Value>,
}

/// Reads the configuration.
///
/// # Errors
/// `ERR_CONFIG` if the one named file is missing, unreadable or malformed; `ERR_INVALID_ARGUMENT` if a server given in code is.
pub fn load(options: &LoadOptions, files: &dyn Files) -> Result<LoadedConfig> {
    let home = options.home.as_deref();
    let mut config = LoadedConfig::default();
    match locate(options.config_path.as_deref(), &options.root_dir, home, &options.env, files) {
        Locations::Explicit(path) => {
            add_file(&mut config, &path, options, files)?;
            config.looked_at = vec![path];
        }
        Locations::Layers { found, looked_at } => {
            for path in found {
                add_file(&mut config, &path, options, files)
                    .unwrap_or_else(|error| add_broken(&mut config, path, error));
            }
            config.looked_at = looked_at;
        }
    }
    add_inline(&mut config, options)?;
    let faults = config.faulty.values().map(|fault| format!("ignored a server: {}", fault.message()));
    config.warnings.extend(faults);
    Ok(config)
}

fn add_file(config: &mut LoadedConfig, file: &Path, options: &LoadOptions, files: &dyn Files) -> Result<()> {
    let context = Context { file, home: options.home.as_deref(), env: &options.env, files };
    let layer = layer::read(&context)?;
    config.files_read.push(file.to_owned());
    config.procman.extend(layer.procman);
    for (name, entry) in layer.servers {
        add_server(config, name, entry);
    }
    Ok(())
}

fn add_broken(config: &mut LoadedConfig, path: PathBuf, error: Error) {
    config.files_read.push(path.clone());
    config.warnings.push(format!("ignored a file: {}", error.message()));
    config.broken_files.push(BrokenFile { path, error });
}

fn add_inline(config: &mut LoadedConfig, options: &LoadOptions) -> Result<()> {
    for (name, value) in &options.servers {
        let entry = inline::parse(name, value, &options.root_dir, options.home.as_deref())
            .map_err(|fault| fault.in_code(name))?;
        add_server(config, name.clone(), Ok(entry));
    }
    Ok(())
}

fn add_server(config: &mut LoadedConfig, name: String, entry: Result<ServerEntry>) {
    config.servers.remove(&name);
    config.faulty.remove(&name);
    match entry {
        Ok(entry) => drop(config.servers.insert(name, entry)),
        Err(fault) => drop(config.faulty.insert(name, fault)),
    }
}
