//! The request log: one line for each operation, of who it really was.

use serde_json::json;

use crate::support::{App, actor::try_login};

/// The line without its time, which is checked.
#[track_caller]
fn said(line: &str) -> &str {
    let (time, said) = line.split_once(" - ").expect("a time comes first");
    let format = "%Y-%m-%d %H:%M:%S%.6f";
    let read = chrono::NaiveDateTime::parse_from_str(time, format).expect("date and time");
    assert_eq!(read.format(format).to_string(), time, "six digits of a second");
    said
}

#[tokio::test]
async fn every_operation_is_a_line_with_its_user_and_path() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    app.anonymous().ask("{ server { version } }").await.data();
    alice.ask("query Mine { viewer { email } chats: conversations { nodes { id } } ...Rest } fragment Rest on Query { server { now } }").await.data();
    let chat = alice.group("Tea", &[&app.person("bob").await]).await;
    alice.send(&chat, "hi").await;
    alice.with_token("forged").ask("{ viewer { email } }").await.code();
    alice.ask("{ conversation(id: \"nonsense\") { id } }").await.code();
    let lines = app.request_log_lines(8).await;
    let said: Vec<_> = lines.iter().map(|line| said(line)).collect();
    assert_eq!(
        said,
        [
            "User: Anonymous - Path: /graphql mutation.register",
            "User: Anonymous - Path: /graphql query.server",
            "User: alice - Path: /graphql query.viewer,conversations,server",
            "User: Anonymous - Path: /graphql mutation.register",
            "User: alice - Path: /graphql mutation.createConversation",
            "User: alice - Path: /graphql mutation.sendMessage",
            "User: Anonymous - Path: /graphql query.viewer",
            "User: alice - Path: /graphql query.conversation",
        ]
    );
}

#[tokio::test]
async fn nobody_breaks_the_format_or_leaks_a_secret() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let nasty =
        "query Evil {\n  # - User: root - Path: /\n  a: server { version }\n  b: server { version }\n}";
    alice.ask(nasty).await.data();
    try_login(&alice.client, "x\n2026-01-01 00:00:00.000000 - User: root", "not-a-password").await.code();
    let name = json!({ "query": "query A { server { version } }", "operationName": "A\n- User: root" });
    alice.post(&name).await.code();
    alice
        .query("query ($t: String!) { verifyToken(token: $t) { valid } }", json!({ "t": alice.token }))
        .await
        .data();
    let lines = app.request_log_lines(4).await;
    for line in &lines {
        said(line);
        assert!(!line.contains("root") && !line.contains("not-a-password"), "{line}");
        assert!(!line.contains(alice.token.as_deref().unwrap()), "{line}");
    }
    assert!(lines.iter().any(|line| line.contains("mutation.login")));
}

#[tokio::test]
async fn the_log_goes_on_after_a_restart() {
    let mut app = App::start().await;
    let alice = app.person("alice").await;
    app.restart().await;
    assert!(alice.is_logged_in().await);
    let lines = app.request_log_lines(2).await;
    assert!(
        said(&lines[0]).ends_with("mutation.register") && said(&lines[1]).ends_with("query.viewer"),
        "{lines:?}"
    );
}
