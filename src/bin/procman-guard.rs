//! The guard's program: see `procman::guard`. The package starts it; it is of no use by hand.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(u8::try_from(procman::guard::server::run(std::env::args_os())).unwrap_or(1))
}
