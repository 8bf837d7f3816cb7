//! One configured server, and the command that it becomes when it starts.

use std::collections::BTreeMap;
use std::path::Path;

use super::env_value::Resolved;
use super::login::Login;
use super::source::Source;
use super::transport::Transport;
use super::{EnvValue, HostEnv, ToolFilter, pool_env};
use crate::model::{Error, ErrorCode, PoolOptions, PoolSettings, Result, SpawnSpec};

/// A server as configured.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerEntry {
    /// Its name in calls.
    pub name: String,
    /// How it is reached.
    pub transport: Transport,
    /// Where it was written.
    pub source: Source,
    /// What it is for, in its author's words.
    pub description: Option<String>,
    /// Which of its tools may be seen and called.
    pub tools: ToolFilter,
    /// How to log in to it.
    pub login: Login,
    /// What the entry says of its pool.
    pub pool: PoolOptions,
}

impl ServerEntry {
    /// The command with its whole environment: the host's, then what this entry sets, and nothing of any other server.
    ///
    /// # Errors
    /// `ERR_CONFIG` names a variable that a value of `env` needs and the host lacks; `ERR_UNSUPPORTED` an HTTP server.
    pub fn resolve(&self, host: &HostEnv) -> Result<SpawnSpec> {
        let Transport::Stdio { command, args, cwd, env, inherit_env } = &self.transport else {
            return Err(self.unsupported());
        };
        let env = self.environment(env, *inherit_env, host)?;
        Ok(SpawnSpec {
            command: command.clone().into_bytes(),
            args: args.iter().map(|arg| arg.clone().into_bytes()).collect(),
            env: env.into_iter().map(|(name, value)| [name.as_slice(), b"=", &value].concat()).collect(),
            cwd: bytes_of(cwd),
        })
    }

    /// The settings that a pool of this server runs with. Code is stronger than the environment, and that stronger than a file.
    ///
    /// `code` is what a program gave to a pool of its own; `None`: the pool behind `callToolAsync`, for which `PROCESS_POOL_SIZE` counts.
    ///
    /// # Errors
    /// `ERR_CONFIG` names a variable of the environment that is no such setting, or `minInstances` above `maxInstances`.
    pub fn pool_settings(&self, host: &HostEnv, code: Option<&PoolOptions>) -> Result<PoolSettings> {
        PoolSettings::of(&self.pool_options(host, code)?)
    }

    /// The same with everything left open that nobody said.
    ///
    /// # Errors
    /// `ERR_CONFIG` names a variable of the environment that is no such setting.
    pub fn pool_options(&self, host: &HostEnv, code: Option<&PoolOptions>) -> Result<PoolOptions> {
        let env = match code {
            Some(_) => pool_env::of_every_pool(host)?,
            None => pool_env::of_call_pools(host)?,
        };
        let own = match self.source {
            Source::Code => self.pool.or(&env),
            Source::File(_) | Source::Import { .. } => env.or(&self.pool),
        };
        Ok(code.map_or(own.clone(), |code| code.or(&own)))
    }

    fn environment(
        &self,
        own: &[(String, EnvValue)],
        inherit: bool,
        host: &HostEnv,
    ) -> Result<BTreeMap<Vec<u8>, Vec<u8>>> {
        let mut env = if inherit { host.variables().clone() } else { BTreeMap::new() };
        for (name, value) in own {
            let resolved =
                value.resolve(host).map_err(|missing| self.at_start(&["env", name], missing.rule()))?;
            match resolved {
                Resolved::Set(value) => drop(env.insert(name.clone().into_bytes(), value.into_bytes())),
                Resolved::Remove => drop(env.remove(name.as_bytes())),
                Resolved::Keep => {}
            }
        }
        Ok(env)
    }

    fn unsupported(&self) -> Error {
        let message = format!(
            "server '{}' ({}) is an HTTP server, so there is no process to start; \
             call it by callToolAsync, callToolRaw, request or callTool",
            self.name, self.source
        );
        Error::new(ErrorCode::Unsupported, message).detail("server", self.name.as_str())
    }
}

fn bytes_of(path: &Path) -> Vec<u8> {
    path.as_os_str().as_encoded_bytes().to_vec()
}
