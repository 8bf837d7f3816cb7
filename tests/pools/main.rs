//! Pools of real server processes, through the engine as the binding uses it.

mod containers;
mod health;
mod host;
mod leases;
mod lives;
mod memory;
mod protocol;
mod quarantine;
mod sessions;
mod tasks;
