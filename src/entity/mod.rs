//! Tables as the object-relational mapper sees them.
//!
//! One file per table, the same names as in the migrations. It knows no rules: those live in `domain`.

pub mod conversation;
pub mod event;
pub mod idempotency_key;
pub mod mention;
pub mod message;
pub mod message_revision;
pub mod participant;
pub mod reaction;
pub mod session;
pub mod user;
mod value;
