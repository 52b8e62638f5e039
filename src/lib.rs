//! Loquat: a self-hosted messaging server with a GraphQL API.

pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod error;
pub mod graphql;
pub mod http;
pub mod server;
pub mod telemetry;
