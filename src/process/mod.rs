//! Processes, ours and foreign, as `/proc` shows them.

mod backend;
mod command_line;
mod container_run;
mod daemons;
mod everybody;
mod explain;
mod keep;
mod lineage;
mod lines;
mod orphan;
mod reading;
mod refusals;
mod sampler;
pub mod stop;
mod table;
mod tree_memory;
mod unit_sampler;

pub use backend::{BACKEND_VARIABLE, Backend};
pub(crate) use command_line::describe;
pub use container_run::ContainerRun;
pub use explain::{Question, explain_all};
pub use keep::{KEEP_MARK, is_kept_pid};
pub use refusals::{RefusalRule, Surroundings};
pub use sampler::Sampler;
pub use table::ProcessTable;
pub use tree_memory::TreeMemory;
pub(crate) use unit_sampler::UnitSampler;
