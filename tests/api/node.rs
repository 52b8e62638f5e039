//! `node` and `nodes`: anything by its id, for who may see it.

use serde_json::{Value, json};

use crate::support::{App, Client};

const NODE: &str = "query ($id: ID!) { node(id: $id) {
    __typename id ... on User { username } ... on Conversation { title } ... on Message { content }
} }";

const NODES: &str = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";

async fn kind(client: &Client, id: &str) -> Value {
    client.query(NODE, json!({ "id": id })).await["node"]["__typename"].clone()
}

#[tokio::test]
async fn anything_is_found_by_its_id() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let sent = alice.send(&chat, "hi").await;
    let session = alice.ask("{ viewer { session { id } } }").await["viewer"]["session"]["id"].clone();
    let session = session.as_str().unwrap();
    let expected = [
        (bob.id.as_str(), "User"),
        (chat.id.as_str(), "Conversation"),
        (sent.id.as_str(), "Message"),
        (session, "Session"),
    ];
    for (id, name) in expected {
        assert_eq!(kind(&alice, id).await, name);
    }
    let ids = expected.map(|(id, _)| id);
    let answer = alice.query(NODES, json!({ "ids": ids })).await;
    let found: Vec<_> = answer["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
    assert_eq!(found, ids.map(Value::from), "in the order in which they were asked for");
}

#[tokio::test]
async fn what_one_may_not_see_does_not_exist() {
    let app = App::start().await;
    let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let sent = alice.send(&chat, "hi").await;
    for id in [&chat.id, &sent.id] {
        let answer = carol.query(NODE, json!({ "id": id })).await;
        assert_eq!((answer.refusal(), &answer.body["data"]["node"]), (("NOT_FOUND", "id"), &Value::Null));
        let anonymous = app.anonymous().query(NODE, json!({ "id": id })).await;
        assert_eq!(anonymous.code(), "UNAUTHENTICATED");
    }
    let answer = carol.query(NODES, json!({ "ids": [carol.id, chat.id, alice.id, sent.id] })).await;
    let found: Vec<_> =
        answer.body["data"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
    assert_eq!(found, [json!(carol.id), Value::Null, json!(alice.id), Value::Null]);
    let problems: Vec<_> = answer.errors().iter().map(crate::support::client::Problem::of).collect();
    assert!(problems.iter().all(|problem| problem.code == "NOT_FOUND"));
    let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["nodes.1", "nodes.3"]);
}

#[tokio::test]
async fn an_id_is_exact() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let sent = alice.send(&chat, "hi").await;
    for good in [&bob.id, &chat.id, &sent.id] {
        let (prefix, key) = good.split_once('_').unwrap();
        let bad = [
            String::new(),
            key.to_owned(),
            format!("{prefix}_"),
            format!("xyz_{key}"),
            format!("{prefix}_{}", key.to_uppercase()),
            format!("{good}a"),
            format!("{good}="),
            format!(" {good}"),
            good[..good.len() - 1].to_owned(),
            format!("{prefix}_{}1", &key[..key.len() - 1]),
            format!("{prefix}_{}", "a".repeat(10_000)),
            format!("{prefix}_é"),
        ];
        for id in bad {
            assert_eq!(
                alice.query(NODE, json!({ "id": id })).await.refusal(),
                ("INVALID_INPUT", "id"),
                "{id:?}"
            );
            let many = alice.query(NODES, json!({ "ids": [bob.id, id] })).await;
            assert_eq!(many.refusal(), ("INVALID_INPUT", "ids"), "{id:?}");
        }
    }
    let too_many = vec![bob.id.clone(); 101];
    let code = alice.query(NODES, json!({ "ids": too_many })).await.code().to_owned();
    assert!(["INVALID_INPUT", "OPERATION_TOO_COMPLEX"].contains(&code.as_str()), "{code}");
}
