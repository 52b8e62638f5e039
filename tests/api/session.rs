//! Sessions: where somebody is logged in, and how that ends.

use reqwest::{Method, header::USER_AGENT};
use serde_json::{Value, json};

use crate::support::{Answer, App, Client, Person, actor::LOGIN};

const SESSIONS: &str = "{ viewer {
    session { id }
    sessions(first: 10) { nodes { id createdAt lastUsedAt expiresAt userAgent ipAddress current } }
} }";

async fn sessions(person: &Client) -> Vec<Value> {
    person.ask(SESSIONS).await["viewer"]["sessions"]["nodes"].as_array().unwrap().clone()
}

fn id(session: &Value) -> &str {
    session["id"].as_str().unwrap()
}

async fn other_session(person: &Person) -> String {
    let all = sessions(person).await;
    id(all.iter().find(|session| session["current"] == false).expect("another session")).to_owned()
}

#[tokio::test]
async fn each_login_is_a_session_that_says_where_it_is() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let input = json!({ "identifier": "alice", "password": alice.password });
    let body = json!({ "query": LOGIN, "variables": { "input": input } });
    let login = app.anonymous().request(Method::POST, "/graphql").header(USER_AGENT, "Newt/7").json(&body);
    Answer::of(login).await.data();

    let all = sessions(&alice).await;
    assert_eq!(all.len(), 2);
    let current: Vec<_> = all.iter().filter(|session| session["current"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(json!(id(current[0])), alice.ask(SESSIONS).await["viewer"]["session"]["id"]);
    let newt = all.iter().find(|session| session["userAgent"] == "Newt/7").expect("the named client");
    assert_eq!(newt["current"], false);
    assert_eq!(newt["ipAddress"], "127.0.0.1");
    assert!(id(newt).starts_with("ses_"));
    assert!(newt["expiresAt"].as_str() > newt["createdAt"].as_str());
}

#[tokio::test]
async fn a_revoked_session_stops_at_once() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let elsewhere = alice.log_in_again().await;
    let id = other_session(&alice).await;
    assert_eq!(alice.revoke_session(&id).await["revokeSession"]["sessionId"], json!(id));
    assert_eq!(elsewhere.ask("{ viewer { email } }").await.code(), "UNAUTHENTICATED");
    assert_eq!(elsewhere.refresh().await.code(), "UNAUTHENTICATED");
    assert!(alice.is_logged_in().await);
    assert_eq!(sessions(&alice).await.len(), 1);
    assert_eq!(alice.revoke_session(&id).await.refusal(), ("NOT_FOUND", "sessionId"), "it is gone");
}

#[tokio::test]
async fn a_session_is_nobody_elses_business() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let id = id(&sessions(&alice).await[0]).to_owned();
    assert_eq!(bob.revoke_session(&id).await.refusal(), ("NOT_FOUND", "sessionId"));
    let node = "query ($id: ID!) { node(id: $id) { ... on Session { id current } } }";
    assert_eq!(bob.query(node, json!({ "id": id })).await.code(), "NOT_FOUND");
    assert_eq!(alice.query(node, json!({ "id": id })).await["node"]["current"], true);
    assert!(alice.is_logged_in().await);
}

#[tokio::test]
async fn logging_out_ends_this_session_or_all() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let (second, third) = (alice.log_in_again().await, alice.log_in_again().await);
    assert_eq!(second.logout(false).await["logout"]["sessionsEnded"], 1);
    assert_eq!(second.ask("{ viewer { email } }").await.code(), "UNAUTHENTICATED");
    assert_eq!(second.refresh().await.code(), "UNAUTHENTICATED");
    assert!(alice.is_logged_in().await && third.is_logged_in().await);

    assert_eq!(alice.logout(true).await["logout"]["sessionsEnded"], 2);
    for gone in [&alice, &third] {
        assert_eq!(gone.ask("{ viewer { email } }").await.code(), "UNAUTHENTICATED");
    }
    assert!(alice.log_in_again().await.is_logged_in().await);
}

#[tokio::test]
async fn a_session_survives_a_restart() {
    let mut app = App::start().await;
    let alice = app.person("alice").await;
    let chat = alice.group("Tea", &[&app.person("bob").await]).await;
    alice.send(&chat, "before").await;
    app.restart().await;
    assert!(alice.is_logged_in().await);
    alice.send(&chat, "after").await;
    assert_eq!(alice.messages(&chat, "").await.each("content"), ["before", "after"]);
}
