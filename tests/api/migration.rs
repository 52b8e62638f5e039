//! Migrations: several nodes at once, and a database that is not there.

use std::time::Duration;

use crate::support::{
    Process, process,
    process::{LOQUAT, bare_command},
    together, within,
};

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_at_once_migrate_once() {
    let process = Process::prepare().await;
    let nodes: Vec<_> = (0..4).map(|_| process.command(&["migrate", "up"])).collect();
    for finished in together(nodes.into_iter().map(process::run)).await {
        let output = finished.output();
        assert!(output.contains("m0001_users") && !output.contains("pending"), "{output}");
    }
    let status = process.run(&["migrate", "status"]).await;
    assert!(!status.output().contains("pending"), "{}", status.output());
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_at_once_and_not_quoted() {
    let directory = tempfile::tempdir().unwrap();
    for address in ["postgres://u:hun/ter2@127.0.0.1:1/x", "mysql://u:hunter2@127.0.0.1:port/x"] {
        let mut command = bare_command(LOQUAT, directory.path());
        command.args(["serve"]).env("DATABASE_URL", address).env("DATA_DIR", directory.path());
        let finished = within(Duration::from_secs(20), process::run(command)).await;
        let said = format!("{}{}", finished.complaint(), finished.stdout);
        assert!(said.contains("DATABASE_URL"), "{said}");
        assert!(!said.contains("ter2"), "{said}");
    }
}

#[tokio::test]
async fn a_database_that_does_not_answer_ends_the_start_with_a_reason() {
    let directory = tempfile::tempdir().unwrap();
    // A port that nobody listens on: it was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for scheme in ["postgres", "mysql"] {
        let mut command = bare_command(LOQUAT, directory.path());
        command.args(["serve"]);
        command.env("DATABASE_URL", format!("{scheme}://loquat:hunter2@127.0.0.1:{port}/loquat"));
        command.env("DATABASE_WAIT_SECONDS", "1").env("DATA_DIR", directory.path()).env("PORT", "0");
        let finished = within(Duration::from_secs(20), process::run(command)).await;
        let complaint = finished.complaint();
        assert!(complaint.contains("did not answer within 1s"), "{complaint}");
        assert!(!complaint.contains("hunter2"), "{complaint}");
    }
}
