//! The command line, as an operator uses it.

use std::process::Command;

use reqwest::Method;
use serde_json::json;

use crate::support::{
    Process,
    actor::try_login,
    process::{Finished, LOQUAT, bare_command, run},
};

/// `loquat user create`, with the password in a variable.
async fn create_user(process: &Process, name: &str, password: &str, more: &[&str]) -> Finished {
    let email = format!("{name}@example.org");
    let mut command: Command = process.command(&["user", "create", name, "--email", &email]);
    command.args(more).env("LOQUAT_USER_PASSWORD", password);
    run(command).await
}

#[tokio::test]
async fn help_names_every_command() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = bare_command(LOQUAT, directory.path());
    command.arg("--help");
    let help = run(command).await;
    for name in ["serve", "migrate", "schema", "user", "seed", "healthcheck"] {
        assert!(help.output().contains(name), "{name} is missing: {}", help.stdout);
    }
    let mut unknown = bare_command(LOQUAT, directory.path());
    unknown.arg("fly");
    assert!(run(unknown).await.complaint().contains("fly"));
}

#[tokio::test]
async fn migrations_go_up_and_down() {
    let process = Process::prepare().await;
    let before = process.run(&["migrate", "status"]).await;
    assert!(before.output().to_lowercase().contains("pending"), "{before:?}");
    process.run(&["migrate", "up"]).await.output();
    let after = process.run(&["migrate", "status"]).await;
    assert!(!after.output().to_lowercase().contains("pending"), "{after:?}");
    process.run(&["migrate", "up"]).await.output();
    process.run(&["migrate", "down"]).await.output();
    let down = process.run(&["migrate", "status"]).await;
    assert!(down.output().to_lowercase().contains("pending"), "{down:?}");
    process.run(&["migrate", "up"]).await.output();
}

#[tokio::test]
async fn an_operator_looks_after_people() {
    let process = Process::start().await;
    let password = "seven purple newts swim";
    create_user(&process, "root.operator", password, &["--admin"]).await.output();
    let login = try_login(&process.client, "root.operator", password).await;
    let admin = process.client.with_token(login["login"]["accessToken"].as_str().unwrap());
    assert_eq!(admin.ask("{ viewer { role } }").await["viewer"]["role"], "ADMIN");

    create_user(&process, "alice", password, &[]).await.output();
    let alice = try_login(&process.client, "alice", password).await;
    let alice = process.client.with_token(alice["login"]["accessToken"].as_str().unwrap());
    assert_eq!(alice.ask("{ viewer { role } }").await["viewer"]["role"], "USER");
    assert!(!create_user(&process, "ALICE", password, &[]).await.complaint().is_empty());
    assert!(
        create_user(&process, "weak", "password", &[]).await.complaint().to_lowercase().contains("password")
    );

    let new = "eleven orange axolotls";
    let mut reset = process.command(&["user", "reset-password", "alice"]);
    reset.env("LOQUAT_USER_PASSWORD", new);
    run(reset).await.output();
    assert_eq!(try_login(&process.client, "alice", password).await.code(), "UNAUTHENTICATED");
    assert_eq!(
        alice.ask("{ viewer { role } }").await.code(),
        "UNAUTHENTICATED",
        "the old sessions have ended"
    );
    let again = try_login(&process.client, "alice", new).await;
    let again = process.client.with_token(again["login"]["accessToken"].as_str().unwrap());

    process.run(&["user", "disable", "alice"]).await.output();
    assert_eq!(try_login(&process.client, "alice", new).await.code(), "FORBIDDEN");
    assert_eq!(
        try_login(&process.client, "alice", password).await.code(),
        "UNAUTHENTICATED",
        "only who knows it may know"
    );
    assert_eq!(again.ask("{ viewer { role } }").await.code(), "UNAUTHENTICATED");
    assert!(process.run(&["user", "disable", "nobody"]).await.complaint().contains("nobody"));
}

#[tokio::test]
async fn demo_data_is_the_same_every_time() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let process = Process::start().await;
        let arguments =
            ["seed", "--people", "10", "--conversations", "5", "--messages", "200", "--seed", "7"];
        process.run(&arguments).await.output();
        let observer = process.person("observer").await;
        let users = observer.ask("{ users(first: 100) { nodes { username displayName } } }").await;
        assert_eq!(users["users"]["nodes"].as_array().unwrap().len(), 10);
        let database = process.database().connect().await;
        let count = crate::support::database::number(&database, "SELECT count(*) FROM messages").await;
        assert_eq!(count, 200);
        seen.push(users.data().clone());
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn health_is_asked_from_the_command_line() {
    let mut process = Process::start().await;
    process.run(&["healthcheck"]).await.output();
    process.kill();
    assert!(!process.run(&["healthcheck"]).await.complaint().is_empty());
    process.launch().await;
    let ready = process.client.request(Method::GET, "/health/ready").send().await.unwrap();
    assert!(ready.status().is_success());
}

#[tokio::test]
async fn all_that_is_wrong_with_the_settings_is_said_at_once() {
    let process = Process::prepare().await;
    let mut command = process.command(&["serve"]);
    command.env("PORT", "ninety").env("ACCESS_TOKEN_SECONDS", "soon").env("LOQUAT_ENV", "moon");
    let complaint = run(command).await.complaint().to_owned();
    for name in ["PORT", "ACCESS_TOKEN_SECONDS", "LOQUAT_ENV"] {
        assert!(complaint.contains(name), "{name}: {complaint}");
    }
    for keys in ["", "main:c2hvcnQ=", "main:Y2hhbmdlbWUgY2hhbmdlbWUgY2hhbmdlbWUgY2hhbmdlbWU="] {
        let mut command = process.command(&["serve"]);
        command.env("LOQUAT_ENV", "production").env("SIGNING_KEYS", keys);
        let finished = run(command).await;
        assert!(finished.complaint().contains("SIGNING_KEYS"), "production needs a strong key: {finished:?}");
        assert!(keys.is_empty() || !finished.stderr.contains(&keys[5..]), "and does not print a weak one");
    }
}

#[tokio::test]
async fn sessions_outlive_the_process_without_any_settings() {
    let mut process = Process::start().await;
    let alice = process.person("alice").await;
    process.kill();
    process.launch().await;
    assert!(alice.is_logged_in().await, "the signing key was kept");
    let server = process.client.query("{ server { version } }", json!({})).await;
    assert_eq!(server["server"]["version"], env!("CARGO_PKG_VERSION"));
}
