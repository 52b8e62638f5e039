//! Answers by the GraphQL specification, shown on our own schema: what fails, what stays, and in which order.

use serde_json::{Value, json};

use crate::support::{App, Chat, Person, client::Problem};

async fn setting() -> (App, Person, Chat) {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    (app, alice, chat)
}

#[tokio::test]
async fn a_failing_nullable_field_is_null_and_its_siblings_stay() {
    let (_app, alice, chat) = setting().await;
    let document = r#"query ($id: ID!) {
        first: conversation(id: "nonsense") { id }
        second: conversation(id: $id) { title }
        third: user(by: { username: "nobody" }) { id }
        fourth: message(id: $id) { id }
        fifth: server { limits { pageSizeMax } }
    }"#;
    let answer = alice.query(document, json!({ "id": chat.id })).await;
    let expected = json!({
        "first": null, "second": { "title": "Tea" }, "third": null, "fourth": null,
        "fifth": { "limits": { "pageSizeMax": 100 } },
    });
    assert_eq!(answer.body["data"].to_string(), expected.to_string(), "in the order of the selection");
    let problems: Vec<_> = answer.errors().iter().map(Problem::of).collect();
    let mut shown: Vec<_> = problems.iter().map(|one| (one.path.as_str(), one.code)).collect();
    shown.sort_unstable();
    assert_eq!(shown, [("first", "INVALID_INPUT"), ("fourth", "INVALID_INPUT"), ("third", "NOT_FOUND")]);
    for error in answer.errors() {
        assert!(error["locations"][0]["line"].is_u64(), "{error}");
    }
    assert!(problems.iter().all(|one| one.request_id == problems[0].request_id), "one request, one id");
}

#[tokio::test]
async fn a_failing_field_that_cannot_be_null_takes_its_nearest_nullable_parent() {
    let (app, alice, chat) = setting().await;
    let nested = "query ($id: ID!) {
        conversation(id: $id) { title messages(first: 0) { totalCount } }
        server { version }
    }";
    let answer = alice.query(nested, json!({ "id": chat.id })).await;
    assert_eq!(
        (answer.refusal(), answer.error().path),
        (("INVALID_INPUT", "first"), "conversation.messages".to_owned())
    );
    assert_eq!(answer.body["data"]["conversation"], Value::Null);
    assert!(answer.body["data"]["server"]["version"].is_string(), "the sibling stays");

    let in_list = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Conversation { messages(first: 0) { totalCount } } } }";
    let answer = alice.query(in_list, json!({ "ids": [alice.id, chat.id] })).await;
    assert_eq!(answer.error().path, "nodes.1.messages");
    assert_eq!(answer.body["data"], json!({ "nodes": [{ "id": alice.id }, null] }));

    let to_the_top = "{ server { version } conversations(first: 101) { nodes { id } } }";
    let answer = alice.ask(to_the_top).await;
    assert_eq!((answer.error().path.as_str(), &answer.body["data"]), ("conversations", &Value::Null));
    assert!(answer.body.as_object().unwrap().contains_key("data"), "null, not absent");

    let anonymous = app.anonymous().ask("{ server { version } viewer { email } }").await;
    assert_eq!((anonymous.code(), &anonymous.body["data"]), ("UNAUTHENTICATED", &Value::Null));
    let query = "query ($id: ID!) { conversation(id: $id) { id } server { version } }";
    let anonymous = app.anonymous().query(query, json!({ "id": chat.id })).await;
    assert_eq!(
        (anonymous.code(), &anonymous.body["data"]["conversation"]),
        ("UNAUTHENTICATED", &Value::Null)
    );
    assert!(anonymous.body["data"]["server"]["version"].is_string());
}

#[tokio::test]
async fn keys_come_in_the_order_of_the_selection() {
    let (_app, alice, chat) = setting().await;
    alice.send(&chat, "hi").await;
    let document = "query ($id: ID!) {
        z: server { version }
        ...Later
        conversation(id: $id) {
            __typename unreadCount
            messages { pageInfo { hasNextPage } edges { node { sender { username } seq content } cursor } totalCount }
            ... on Conversation { title kind }
            id
        }
        a: __typename
        viewer { email }
    }
    fragment Later on Query { viewer { user { id } } server { now } }";
    let answer = alice.query(document, json!({ "id": chat.id })).await;
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let data = answer.data();
    assert_eq!(keys(data), ["z", "viewer", "server", "conversation", "a"]);
    assert_eq!(keys(&data["viewer"]), ["user", "email"], "two selections of one field are one");
    let conversation = &data["conversation"];
    assert_eq!(keys(conversation), ["__typename", "unreadCount", "messages", "title", "kind", "id"]);
    assert_eq!(keys(&conversation["messages"]), ["pageInfo", "edges", "totalCount"]);
    assert_eq!(keys(&conversation["messages"]["edges"][0]), ["node", "cursor"]);
    assert_eq!(keys(&conversation["messages"]["edges"][0]["node"]), ["sender", "seq", "content"]);
}

#[tokio::test]
async fn mutations_run_one_after_the_other_and_once() {
    let (_app, alice, chat) = setting().await;
    let document = r#"mutation ($chat: ID!) {
        one: sendMessage(input: { to: { conversationId: $chat }, content: "one" }) { message { seq } }
        ...Twice
        two: sendMessage(input: { to: { conversationId: $chat }, content: "two" }) { message { seq } }
        three: sendMessage(input: { to: { conversationId: $chat }, content: "three" }) { message { seq } }
    }
    fragment Twice on Mutation {
        one: sendMessage(input: { to: { conversationId: $chat }, content: "one" }) { message { content } }
    }"#;
    let answer = alice.query(document, json!({ "chat": chat.id })).await;
    let one = &answer["one"]["message"];
    assert_eq!((one["content"].as_str(), one["seq"].is_i64()), (Some("one"), true));
    assert_eq!(alice.messages(&chat, "").await.each("content"), ["one", "two", "three"]);

    let failing = r#"mutation ($chat: ID!) {
        four: sendMessage(input: { to: { conversationId: $chat }, content: "four" }) { message { seq } }
        bad: sendMessage(input: { to: { conversationId: $chat }, content: "" }) { message { seq } }
    }"#;
    let answer = alice.query(failing, json!({ "chat": chat.id })).await;
    assert_eq!(answer.error().path, "bad");
    assert_eq!(answer.body["data"]["bad"], Value::Null);
    assert!(
        answer.body["data"]["four"]["message"]["seq"].is_i64(),
        "a refused one takes nothing else with it"
    );
    assert_eq!(alice.messages(&chat, "last: 1").await.each("content"), ["four"], "what was done is done");
}

#[tokio::test]
async fn variables_follow_the_specification() {
    let (_app, alice, chat) = setting().await;
    let skip = "query ($yes: Boolean = true) { server { version @skip(if: $yes) now @include(if: $yes) } }";
    let answer = alice.query(skip, json!({})).await;
    assert_eq!(answer["server"].as_object().unwrap().keys().collect::<Vec<_>>(), ["now"], "defaults count");
    let omitted = "query ($id: ID!, $first: Int, $after: String) { conversation(id: $id) {
        messages(first: $first, after: $after) { totalCount }
    } }";
    alice.query(omitted, json!({ "id": chat.id })).await.data();

    let one = "query ($id: ID!) { conversation(id: $id) { id } }";
    for variables in [
        json!({}),
        json!({ "id": null }),
        json!({ "id": true }),
        json!({ "id": [chat.id, chat.id] }),
        json!({ "id": {} }),
    ] {
        let answer = alice.query(one, variables.clone()).await;
        assert_eq!(answer.code(), "INVALID_INPUT", "{variables}");
        assert!(answer.body.get("data").is_none(), "it was not executed");
    }
    let page =
        "query ($id: ID!, $first: Int) { conversation(id: $id) { messages(first: $first) { totalCount } } }";
    for first in [json!("3"), json!(3.5), json!(1e30), json!(2_147_483_648_i64), json!([3, 4]), json!({})] {
        let answer = alice.query(page, json!({ "id": chat.id, "first": first })).await;
        assert_eq!(answer.code(), "INVALID_INPUT", "{first}");
    }
    let sent =
        alice.send_input(json!({ "to": { "conversationId": chat.id }, "content": "hi", "more": 1 })).await;
    assert_eq!(sent.code(), "INVALID_INPUT", "an unknown input field");
}

#[tokio::test]
async fn documents_that_are_not_valid_are_not_executed() {
    let (_app, alice, chat) = setting().await;
    let documents = [
        "",
        "{",
        "{ }",
        "query",
        "{ nothing }",
        "{ viewer }",
        "{ server { version { more } } }",
        "{ conversation { id } }",
        "{ conversation(id: 1.5) { id } }",
        "{ conversation(id: null) { id } }",
        "{ server { version } } { server { now } }",
        "query A { server { now } } query B { server { version } }",
        "query ($a: Nope) { server { now } }",
        "query ($a: Int!) { server { now } }",
        "{ ...Nowhere }",
        "fragment F on Query { ...F } query { ...F }",
        "{ server { now @nope } }",
        "{ a: __typename a: server { now } }",
        "{ __typename @skip }",
        "query ($s: String) { conversation(id: $s) { id } }",
        "{ users(first: \"3\") { nodes { id } } }",
        "mutation { register(input: {}) { message } }",
        "{ server { __typename(x: 1) } }",
        "type A { b: Int }",
    ];
    for document in documents {
        let answer = alice.ask(document).await;
        assert!(
            !answer.errors().is_empty() && answer.errors().len() <= 10,
            "a few errors: {:#}",
            answer.body
        );
        for error in answer.errors() {
            assert_eq!(Problem::of(error).code, "INVALID_REQUEST", "{document}");
        }
        assert!(answer.body.get("data").is_none(), "{document}");
    }
    assert!(alice.messages(&chat, "").await.nodes().is_empty());
    let named =
        json!({ "query": "query A { server { now } } query B { server { version } }", "operationName": "B" });
    assert!(alice.post(&named).await["server"]["version"].is_string());
    let unknown = json!({ "query": "query A { server { now } }", "operationName": "C" });
    assert_eq!(alice.post(&unknown).await.code(), "INVALID_REQUEST");
}

#[tokio::test]
async fn introspection_by_common_tools_passes() {
    let (app, ..) = setting().await;
    let document = "query IntrospectionQuery { __schema {
        description queryType { name } mutationType { name } subscriptionType { name }
        types { ...FullType }
        directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } }
    } }
    fragment FullType on __Type {
        kind name description specifiedByURL isOneOf
        fields(includeDeprecated: true) {
            name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason
        }
        inputFields(includeDeprecated: true) { ...InputValue }
        interfaces { ...TypeRef }
        enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
        possibleTypes { ...TypeRef }
    }
    fragment InputValue on __InputValue {
        name description type { ...TypeRef } defaultValue isDeprecated deprecationReason
    }
    fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType {
        kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }
    } } } } }";
    let answer = app.anonymous().ask(document).await;
    let types = answer["__schema"]["types"].as_array().unwrap();
    let one_of: Vec<_> =
        types.iter().filter(|one| one["isOneOf"] == true).map(|one| one["name"].as_str().unwrap()).collect();
    assert!(one_of.contains(&"UserRef") && one_of.contains(&"Destination"), "{one_of:?}");
}

#[tokio::test]
async fn what_is_selected_twice_is_one_answer() {
    let (_app, alice, chat) = setting().await;
    alice.send(&chat, "hello").await;
    let id = json!({ "id": chat.id, "yes": true, "no": false });
    for document in [
        "query ($id: ID!) { conversation(id: $id) { title messages(first: 1) { totalCount } } ...F }
        fragment F on Query { conversation(id: $id) { messages(first: 1) { nodes { content } } } }",
        "query ($id: ID!, $yes: Boolean!) { ...F @include(if: $yes) conversation(id: $id) { title
            messages(first: 1) { totalCount } } }
        fragment F on Query { conversation(id: $id) { messages(first: 1) { nodes { content } } } }",
        "query ($id: ID!, $yes: Boolean!) { conversation(id: $id) { title
            ... @include(if: $yes) { messages(first: 1) { totalCount } }
            messages(first: 1) @include(if: $yes) { nodes { content } } ... @skip(if: $yes) { id } } }",
    ] {
        let answer = alice.query(document, id.clone()).await;
        let expected = json!({
            "title": answer["conversation"]["title"],
            "messages": { "totalCount": answer["conversation"]["messages"]["totalCount"],
                "nodes": answer["conversation"]["messages"]["nodes"] } });
        assert_eq!(answer["conversation"], expected, "{document}");
        assert!(answer["conversation"]["messages"]["totalCount"].is_i64());
        assert!(answer["conversation"]["messages"]["nodes"][0]["content"].is_string());
    }
    let absent = "query ($id: ID!, $no: Boolean!) { conversation(id: $id) { title
        ...F @include(if: $no) } } fragment F on Conversation { title kind }";
    let answer = alice.query(absent, id.clone()).await;
    assert_eq!(answer["conversation"].as_object().unwrap().keys().collect::<Vec<_>>(), ["title"]);

    // One of the two fails: the whole field does, in whichever order.
    let failing = "x: messages(first: 0) { totalCount }";
    for (one, other) in [("title", failing), (failing, "title")] {
        let document = format!(
            "query ($id: ID!) {{ conversation(id: $id) {{ {one} }} conversation(id: $id) {{ {other} }} }}"
        );
        let answer = alice.query(&document, id.clone()).await;
        assert_eq!(answer.body["data"], json!({ "conversation": null }));
        assert_eq!(answer.error().path, "conversation.x");
    }
    let node = "query ($id: ID!) { node(id: $id) { id ...C ... on Conversation { id kind ...C } } }
        fragment C on Conversation { messages(first: 1) { nodes { content } } title }";
    let answer = alice.query(node, id).await;
    assert_eq!(
        answer["node"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["id", "messages", "title", "kind"]
    );
}

#[tokio::test]
async fn an_error_says_where_it_happened_at_any_depth() {
    let (_app, alice, chat) = setting().await;
    for content in ["one", "two"] {
        alice.send(&chat, content).await;
    }
    let id = json!({ "id": chat.id });
    for (selection, path) in [
        (
            "messages(first: 2) { nodes { r: revisions(first: 0) { totalCount } } }",
            "conversation.messages.nodes.0.r",
        ),
        (
            "messages(first: 2) { edges { node { revisions(last: 0) { totalCount } } } }",
            "conversation.messages.edges.0.node.revisions",
        ),
        (
            "messages(first: 2) { nodes { conversation { p: participants(first: 0) { totalCount } } } }",
            "conversation.messages.nodes.0.conversation.p",
        ),
    ] {
        let document = format!("query ($id: ID!) {{ conversation(id: $id) {{ {selection} }} }}");
        let answer = alice.query(&document, id.clone()).await;
        assert_eq!(answer.body["data"]["conversation"], Value::Null);
        assert_eq!(answer.error().path, path);
        assert!(answer.errors()[0]["extensions"]["path"].is_null());
    }
}

#[tokio::test]
async fn every_failing_field_has_its_error() {
    let (_app, alice, chat) = setting().await;
    let ids: Vec<_> = (0..30).map(|_| format!("usr_{}", "a".repeat(26))).chain([chat.id.clone()]).collect();
    let answer = alice.query("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;
    assert_eq!(answer.errors().len(), 30);
    let nodes = answer.body["data"]["nodes"].as_array().unwrap();
    assert_eq!(
        (nodes.len(), nodes[0].is_null(), nodes[30]["id"].as_str()),
        (31, true, Some(chat.id.as_str()))
    );
}
