//! Reading the processes of a unit, as `/proc` shows them. Reads only; never signals.

mod unit_tree;

pub(crate) use unit_tree::unit_tree;
