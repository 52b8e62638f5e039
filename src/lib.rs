//! Loquat: a self-hosted messaging server with a GraphQL API.

pub mod clock;
pub mod error;
pub mod graphql;
