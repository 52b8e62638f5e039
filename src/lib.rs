//! Loquat: a self-hosted messaging server with a GraphQL API.

pub mod auth;
pub mod bus;
pub mod clock;
pub mod config;
pub mod domain;
pub mod entity;
pub mod error;
pub mod graphql;
pub mod id;
