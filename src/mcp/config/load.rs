//! Reads the layers of configuration and lets the stronger win.
//!
//! | strength | layer | a malformed one |
//! |---|---|---|
//! | instead of the next four but the imports | `--config`, else `MCPORTER_CONFIG` | is an error |
//! | weakest | `.mcp.json` of the project | a warning, and an error of every look-up that misses |
//! | | what editors were told of ([`imports`]) | a warning |
//! | | home: first of `$XDG_CONFIG_HOME/mcporter/`, `~/.mcporter/` | likewise |
//! | | `config/mcporter.json` of the project | likewise |
//! | strongest | servers given in code, beside any of these | is an error |
//!
//! A fault of one entry is that server's alone, in whatever file.

use std::path::{Path, PathBuf};

use super::entry_context::EntryContext;
use super::files::Files;
use super::imports::{self, ImportKind, Imports};
use super::inline;
use super::layer::{self, BrokenFile, Layer};
use super::load_options::LoadOptions;
use super::loaded_config::LoadedConfig;
use super::locations::{Locations, locate};
use super::server_entry::ServerEntry;
use crate::model::Result;

/// Reads the configuration.
///
/// # Errors
/// `ERR_CONFIG` if the one named file is missing, unreadable or malformed; `ERR_INVALID_ARGUMENT` if a server given in code is.
pub fn load(options: &LoadOptions, files: &dyn Files) -> Result<LoadedConfig> {
    let home = options.home.as_deref();
    let mut config = LoadedConfig::default();
    match locate(options.config_path.as_deref(), &options.root_dir, home, &options.env, files) {
        Locations::Explicit(path) => {
            let layer = read_layer(&path, options, files)?;
            config.looked_at = vec![path.clone()];
            add_imports(&mut config, &imports_of([Some(&layer)]), options, files);
            add_layer(&mut config, path, Ok(layer));
        }
        Locations::Layers { project_mcp, found, looked_at } => {
            config.looked_at = looked_at;
            let read = |path: PathBuf| (read_layer(&path, options, files), path);
            let layers: Vec<_> = found.into_iter().map(read).collect();
            if let Some((layer, path)) = project_mcp.map(read) {
                add_layer(&mut config, path, layer);
            }
            add_imports(
                &mut config,
                &imports_of(layers.iter().map(|(layer, _)| layer.as_ref().ok())),
                options,
                files,
            );
            for (layer, path) in layers {
                add_layer(&mut config, path, layer);
            }
        }
    }
    add_inline(&mut config, options)?;
    let faults = config.faulty.values().map(|fault| format!("ignored a server: {}", fault.message()));
    config.warnings.extend(faults);
    let faults = config.settings.faults().map(|fault| format!("ignored a setting: {}", fault.message()));
    config.warnings.extend(faults);
    Ok(config)
}

fn read_layer(file: &Path, options: &LoadOptions, files: &dyn Files) -> Result<Layer> {
    let home = options.home.as_deref();
    layer::read(&EntryContext { file, editor: None, home, env: &options.env, files })
}

/// Whom mcporter's files, weakest first, would import from. The first that wants any import decides, because a later one could only
/// ask for the same files again; a malformed file wants them all, as does nobody.
fn imports_of<'a>(layers: impl IntoIterator<Item = Option<&'a Layer>>) -> Vec<ImportKind> {
    let mut orders = layers
        .into_iter()
        .map(|layer| layer.map_or_else(|| ImportKind::ALL.to_vec(), |layer| layer.imports.clone()))
        .peekable();
    if orders.peek().is_none() {
        return ImportKind::ALL.to_vec();
    }
    orders.find(|order| !order.is_empty()).unwrap_or_default()
}

fn add_imports(config: &mut LoadedConfig, order: &[ImportKind], options: &LoadOptions, files: &dyn Files) {
    let Imports { servers, skipped, files_read, warnings } = imports::read(order, options, files);
    config.files_read.extend(files_read.into_iter().rev());
    config.warnings.extend(warnings);
    for (name, entry) in servers {
        add_server(config, name, Ok(entry));
    }
    let faults = skipped.values().map(|fault| format!("ignored an imported server: {}", fault.message()));
    config.warnings.extend(faults);
    config.skipped = skipped;
}

fn add_layer(config: &mut LoadedConfig, path: PathBuf, layer: Result<Layer>) {
    config.files_read.push(path.clone());
    match layer {
        Ok(layer) => {
            config.settings.cover(layer.settings);
            config.warnings.extend(layer.notes);
            for (name, entry) in layer.servers {
                add_server(config, name, entry);
            }
        }
        Err(error) => {
            config.warnings.push(format!("ignored a file: {}", error.message()));
            config.broken_files.push(BrokenFile { path, error });
        }
    }
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
