//! Reading the processes of a unit, as `/proc` shows them. Reads only; never signals.

mod tree_memory;
mod unit_tree;

pub use tree_memory::TreeMemory;
pub(crate) use unit_tree::unit_tree;
