//! Where the command line meets what does the work.
//!
//! One function for each thing a command needs done. It knows no arguments but those it is given.

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

use super::{MigrateCommand, Seed, UserCommand};
use crate::{
    clock::Clock,
    config::{self, Config, Secret},
    domain::{
        Domain,
        account::{self, NewAccount},
        migrate::{self, Direction},
        seed,
        text::{Email, Password, Username},
        user::UserRef,
    },
    entity::user::Role,
    server,
};

/// `loquat migrate`.
pub(super) async fn migrate(config: Config, command: MigrateCommand) -> anyhow::Result<()> {
    let cannot_migrate = server::with_cause("cannot migrate");
    match command {
        MigrateCommand::Up => {
            migrate::run(&config.database, Direction::Up, None).await.map_err(&cannot_migrate)?;
        }
        MigrateCommand::Down { steps } => {
            migrate::run(&config.database, Direction::Down, Some(steps)).await.map_err(&cannot_migrate)?;
        }
        MigrateCommand::Status => {}
    }
    for (name, is_applied) in migrate::status(&config.database).await.map_err(&cannot_migrate)? {
        println!("{name}  {}", if is_applied { "applied" } else { "pending" });
    }
    Ok(())
}

/// The domain, for commands that change accounts or fill the database.
async fn domain(mut config: Config) -> anyhow::Result<Domain> {
    config.tokens.keys = config::signing_keys(&config)?;
    server::domain(&config, Clock::system(), None).await
}

/// `loquat user`. `password` is there for all commands but `disable`.
pub(super) async fn user(
    config: Config,
    command: UserCommand,
    password: Option<Secret<String>>,
) -> anyhow::Result<()> {
    let password = || {
        let password = password.as_ref().context("a password is needed")?;
        Ok::<_, anyhow::Error>(Password::parse("password", password.expose())?)
    };
    let domain = domain(config).await?;
    match command {
        UserCommand::Create { name, email, admin } => {
            let new = NewAccount {
                username: Username::parse("username", &name)?,
                email: Email::parse("email", &email)?,
                password: password()?,
                display_name: None,
            };
            let role = if admin { Role::Admin } else { Role::User };
            let account = account::create(&domain, new, role).await?;
            println!("Created {name} with the id {}.", account.id);
        }
        UserCommand::Disable { name } => {
            let account = UserRef::Username(name.clone());
            account::set_disabled(&domain, &account, true).await.with_context(|| name.clone())?;
            println!("Disabled {name} and ended all sessions.");
        }
        UserCommand::ResetPassword { name } => {
            let account = UserRef::Username(name.clone());
            account::reset_password(&domain, &account, password()?).await.with_context(|| name.clone())?;
            println!("Changed the password of {name} and ended all sessions.");
        }
    }
    domain.close().await;
    Ok(())
}

/// `loquat seed`. The bar is for whoever looks on: it is not drawn where there is no terminal.
pub(super) async fn seed(config: Config, plan: Seed) -> anyhow::Result<()> {
    const BAR: &str = "{wide_bar} {human_pos}/{human_len} messages, {per_sec}, {eta} left";
    let Seed { people, conversations, messages, seed } = plan;
    let domain = domain(config).await?;
    let bar = ProgressBar::new(u64::from(messages)).with_style(ProgressStyle::with_template(BAR)?);
    let plan = seed::Plan { people, conversations, messages, seed };
    let filled = seed::fill(&domain, plan, |messages| bar.set_position(messages)).await;
    bar.finish_and_clear();
    domain.close().await;
    let filled = filled?;
    println!(
        "Made {} people, {} conversations, {} messages and {} other changes.",
        filled.people, filled.conversations, filled.messages, filled.events
    );
    println!("Log in as {} with the password {}", filled.username, filled.password);
    Ok(())
}
