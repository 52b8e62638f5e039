//! The command line: what people and containers start.
//!
//! Everything that is done to a server from outside has its command here, so that one binary is all there is to
//! deploy. It parses and reports; the work is elsewhere.

mod arguments;
mod health;
mod parts;
mod serve;

use std::{
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use clap::Parser as _;

pub use arguments::{Arguments, Command, MigrateCommand, Seed, UserCommand};

use crate::{
    config::{self, Config},
    graphql,
};

/// The file with settings, in the working directory.
const DOTENV: &str = ".env";

/// Runs the program with its arguments and the `environment`; answers with its exit code. Errors go to standard
/// error.
pub fn run(environment: impl Fn(&str) -> Option<String>) -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(execute(command.unwrap_or(Command::Serve), &environment)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loquat: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn execute(command: Command, environment: &impl Fn(&str) -> Option<String>) -> anyhow::Result<()> {
    // The schema does not depend on settings, so printing it does not depend on them being right.
    if let Command::Schema = command {
        // Unlike `print!`, this is no panic when who reads has had enough.
        return Ok(io::stdout().write_all(graphql::sdl().as_bytes())?);
    }
    let config = Config::read(config::with_dotenv(Path::new(DOTENV), environment)?)?;
    match command {
        Command::Serve => serve::serve(config).await,
        Command::Healthcheck => health::check(&config).await,
        Command::Migrate { command } => parts::migrate(config, command).await,
        Command::User { command } => {
            let password = password(&command, environment)?;
            parts::user(config, command, password).await
        }
        Command::Seed(seed) => parts::seed(config, seed).await,
        Command::Schema => Ok(()),
    }
}

/// The new password, where `command` needs one: from the variable, else from whoever sits at the terminal.
fn password(
    command: &UserCommand,
    environment: &impl Fn(&str) -> Option<String>,
) -> anyhow::Result<Option<config::Secret<String>>> {
    if let UserCommand::Disable { .. } = command {
        return Ok(None);
    }
    let password = match environment(arguments::PASSWORD_VARIABLE).filter(|password| !password.is_empty()) {
        Some(password) => password,
        None => ask_for_password()?,
    };
    Ok(Some(config::Secret::new(password)))
}

fn ask_for_password() -> anyhow::Result<String> {
    use anyhow::Context as _;

    let ask = |prompt| {
        rpassword::prompt_password(prompt)
            .with_context(|| format!("cannot ask for the password; set {}", arguments::PASSWORD_VARIABLE))
    };
    let password = ask("Password: ")?;
    anyhow::ensure!(password == ask("The same again: ")?, "the passwords differ");
    Ok(password)
}
