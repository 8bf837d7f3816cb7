//! Plain data that every layer shares: identities, reports, errors. Imports nothing of ours and does no I/O.

pub mod error;
pub mod error_code;
pub mod explanation;
pub mod file_sweep_report;
pub mod identity;
pub mod json_parts;
mod latin1;
pub mod memory_ceiling;
pub mod pool_options;
pub mod pool_settings;
pub mod process_info;
pub mod process_rows;
pub mod spawn_spec;
pub mod stop_report;
pub mod sweep_report;
pub mod terminal_mode;
pub mod unit_exit;

pub use error::{Error, Result};
pub use error_code::ErrorCode;
pub use explanation::{Explanation, UnitAbove};
pub use file_sweep_report::{FileSweepReport, LeftoverFile, LeftoverKind, RecordedProcess, RecordedState};
pub use identity::ProcessIdentity;
pub use json_parts::json_parts;
pub use memory_ceiling::MemoryCeiling;
pub use pool_options::{PoolOptions, Protocol, Sharing, TimeLimit};
pub use pool_settings::PoolSettings;
pub use process_info::{ProcessInfo, ProcessState};
pub use process_rows::ProcessRows;
pub use spawn_spec::{Leftovers, SpawnSpec, StdioMode};
pub use stop_report::{Refusal, StopReport, Survivor};
pub use sweep_report::{LedgerOutcome, LedgerState, SweepReport};
pub use terminal_mode::TerminalMode;
pub use unit_exit::{ExitCause, UnitExit};
