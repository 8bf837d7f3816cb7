//! The one engine of this process.

use std::sync::OnceLock;

use crate::engine::Engine;

/// Shared by all threads that load this file; another copy of the file is another engine.
pub(super) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(Engine::default)
}
