//! Which MCP servers exist and how each is started: mcporter's files and rules, plus what editors were told of,
//! plus the project's `.mcp.json`, plus servers given in code.
//!
//! [`load`] reads the layers once and yields a [`LoadedConfig`]; a [`Reading`] knows whether it still holds; [`ServerEntry::resolve`] fills in the environment when a server is about
//! to start. Nothing here starts a process, opens a connection or reads global state: files come through [`Files`], variables
//! through [`HostEnv`]. The rules for users are in `docs/configuration.md`.

mod command_line;
mod definition;
#[cfg(test)]
mod definition_tests;
mod document;
mod entry_context;
mod env_value;
mod fault;
mod field_reader;
mod files;
mod headers;
mod host_env;
mod imports;
mod inline;
mod interpolate;
mod layer;
mod load;
mod load_options;
#[cfg(test)]
mod load_tests;
mod loaded_config;
mod locations;
mod login;
mod nearest;
mod own_settings;
mod parse_entry;
mod pool_definition;
mod pool_env;
mod pool_keys;
mod pool_reader;
mod reading;
#[cfg(test)]
mod schema_tests;
mod server_entry;
mod source;
mod toml_document;
mod tool_filter;
mod transport;

pub use env_value::EnvValue;
pub use files::{Disk, Files};
pub use host_env::HostEnv;
pub use inline::check_servers;
pub use load::load;
pub use load_options::LoadOptions;
pub use loaded_config::LoadedConfig;
pub use login::Login;
pub use nearest::nearest;
pub use own_settings::OwnSettings;
pub use pool_definition::{PoolDefinition, PoolTarget};
pub use pool_keys::settings_json;
pub use reading::Reading;
pub use server_entry::ServerEntry;
pub use source::Source;
pub use tool_filter::ToolFilter;
pub use transport::Transport;
