//! Where the command line meets what does the work.
//!
//! One function for each thing a command needs made or done. It knows no arguments but those it is given.

use crate::{
    config::{Config, Secret},
    graphql::{Api, request_log::RequestLog},
};

use super::{MigrateCommand, Seed, UserCommand};

/// MERGE: what executes operations: connect, migrate if `migrate_on_start`, build the schema with `log` as extension.
pub(super) async fn api(_config: &Config, _log: RequestLog) -> anyhow::Result<Api> {
    Ok(Api)
}

/// MERGE: the schema, in its own language.
pub(super) fn schema() -> String {
    String::from("type Query\n")
}

/// MERGE: `loquat migrate`.
pub(super) async fn migrate(_config: Config, _command: MigrateCommand) -> anyhow::Result<()> {
    anyhow::bail!("migrating is not there yet")
}

/// MERGE: `loquat user`. `password` is there for all commands but `disable`.
pub(super) async fn user(
    _config: Config,
    _command: UserCommand,
    _password: Option<Secret<String>>,
) -> anyhow::Result<()> {
    anyhow::bail!("accounts are not there yet")
}

/// MERGE: `loquat seed`.
pub(super) async fn seed(_config: Config, _seed: Seed) -> anyhow::Result<()> {
    anyhow::bail!("seeding is not there yet")
}
