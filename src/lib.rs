//! Loquat: a self-hosted messaging server with a GraphQL API.
//!
//! The modules in reading order, from the outside in; each uses only those below it.

pub mod cli;
pub mod server;
pub mod telemetry;

pub mod http;

pub mod graphql;

pub mod domain;

pub mod auth;
pub mod bus;
pub mod entity;

pub mod clock;
pub mod config;
pub mod error;
pub mod id;
