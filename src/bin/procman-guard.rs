//! The guard: owns the shims of one host. See `procman::guard`.

fn main() {}
