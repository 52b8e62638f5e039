//! The tests of Loquat: one binary that talks to a running server through its public API.
//!
//! Each test starts a server with a database of its own: SQLite in a temporary folder, or the server named by
//! `TEST_DATABASE_URL` (`postgres://…` or `mysql://…`). Nothing is written behind the server's back.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says that something went wrong by panicking"
)]
#![expect(
    unreachable_pub,
    reason = "nothing is reachable from a test binary, and `pub(crate)` everywhere is noise"
)]

mod support;

mod access;
mod account;
mod architecture;
mod bad_input;
mod cli;
mod concurrency;
mod conversation;
mod crash;
mod errors;
mod hangup;
mod http;
mod message;
mod migration;
mod node;
mod pagination;
mod participant;
mod reaction;
mod read;
mod readme;
mod request_log;
mod schema;
mod seed;
mod session;
mod statements;
mod user;
