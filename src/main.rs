//! The program `loquat`: see `loquat --help`.
//!
//! It is only the entrance: the command line is in the library, where tests reach it. It knows the allocator and the
//! environment, which nothing else asks.

use std::{env::VarError, process::ExitCode};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    loquat::cli::run(variable)
}

/// A variable of the environment. What is not Unicode is handed on as well as it can be, so that it is reported as
/// wrong instead of being overlooked.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the environment")]
fn variable(name: &str) -> Option<String> {
    match std::env::var(name) {
        Ok(value) => Some(value),
        Err(VarError::NotPresent) => None,
        Err(VarError::NotUnicode(value)) => Some(value.to_string_lossy().into_owned()),
    }
}
