//! Processes, ours and foreign, as `/proc` shows them.

mod command_line;
mod container_run;
mod orphan;
mod reading;
mod sampler;
mod table;
mod tree_memory;
mod unit_tree;

pub use container_run::ContainerRun;
pub use sampler::Sampler;
pub use table::ProcessTable;
pub use tree_memory::TreeMemory;
pub(crate) use unit_tree::unit_tree;
