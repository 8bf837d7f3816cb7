//! Pools of real server processes, through the engine as the binding uses it.

mod host;
mod leases;
mod lives;
mod sessions;
