//! The arguments, with the help they print.
//!
//! The doc comments here are the help, and are written for whoever runs the server. Nothing here does anything.

use clap::{Args, Parser, Subcommand};

/// The variable with the password of `user create` and `user reset-password`.
pub(super) const PASSWORD_VARIABLE: &str = "LOQUAT_USER_PASSWORD";

/// Loquat: a self-hosted messaging server with a GraphQL API.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Settings come from the environment and from a file .env in the working directory; the file \
                  .env.example lists them all.\n\
                  Without a command the server is started: `loquat` is `loquat serve`."
)]
pub struct Arguments {
    /// What to do; the server is started without one.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the server (the default)
    ///
    /// It waits for the database, brings the tables up to date unless MIGRATE_ON_START is false, and listens on
    /// HOST and PORT. SIGTERM or ctrl-c lets what is in flight end and stops it.
    Serve,
    /// Bring the tables of the database up to date, or look whether they are
    Migrate {
        /// Which way.
        #[command(subcommand)]
        command: MigrateCommand,
    },
    /// Print the GraphQL schema
    Schema,
    /// Create and mend accounts
    ///
    /// Passwords are asked for at the terminal, or taken from the variable LOQUAT_USER_PASSWORD; never from the
    /// command line, where others could read them.
    User {
        /// What to do.
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Fill the database with made-up people and messages
    ///
    /// The same numbers and the same seed make the same people and messages. Meant for trying things out and for
    /// measuring, on a database of its own.
    Seed(Seed),
    /// Ask the server on HOST and PORT whether it is ready
    ///
    /// Exits with 0 if so and with 1 if not: the health check of a container.
    Healthcheck,
}

/// What to do with the tables.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum MigrateCommand {
    /// Apply what is missing
    Up,
    /// Take back the youngest migrations, and the data in what they made
    Down {
        /// How many
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
    },
    /// List the migrations and whether they are applied
    Status,
}

/// What to do with an account.
#[derive(Clone, Debug, Subcommand)]
pub enum UserCommand {
    /// Create an account
    Create {
        /// Its username: 3 to 32 letters, digits, `_`, `.` or `-`
        name: String,
        /// Its e-mail address
        #[arg(long)]
        email: String,
        /// Make it an administrator's
        #[arg(long)]
        admin: bool,
    },
    /// Disable an account and end its sessions
    Disable {
        /// Its username
        name: String,
    },
    /// Give an account a new password and end its sessions
    ResetPassword {
        /// Its username
        name: String,
    },
}

/// What to fill the database with.
#[derive(Clone, Copy, Debug, Args)]
pub struct Seed {
    /// How many people
    #[arg(long, default_value_t = 100)]
    pub people: u32,
    /// How many conversations among them
    #[arg(long, default_value_t = 50)]
    pub conversations: u32,
    /// How many messages in all
    #[arg(long, default_value_t = 10_000)]
    pub messages: u32,
    /// What all chance comes from
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_is_understood() {
        for line in [
            "loquat",
            "loquat serve",
            "loquat migrate up",
            "loquat migrate down",
            "loquat migrate down --steps 2",
            "loquat migrate status",
            "loquat schema",
            "loquat user create alice --email alice@example.org --admin",
            "loquat user disable alice",
            "loquat user reset-password alice",
            "loquat seed --people 100 --conversations 50 --messages 10000 --seed 42",
            "loquat healthcheck",
        ] {
            assert!(parse(line).is_ok(), "{line}");
        }
        for line in
            ["loquat nonsense", "loquat migrate", "loquat user create alice", "loquat migrate down --steps 0"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_seed_has_defaults() {
        let Some(Command::Seed(seed)) = parse("loquat seed").unwrap().command else { panic!("not a seed") };
        assert_eq!((seed.people, seed.conversations, seed.messages, seed.seed), (100, 50, 10_000, 42));
    }

    #[test]
    fn no_password_is_taken_from_the_command_line() {
        assert!(parse("loquat user reset-password alice --password x").is_err());
        assert!(!Arguments::command().render_long_help().to_string().contains("--password"));
    }
}
