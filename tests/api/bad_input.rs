//! Input that nobody should send: each has a clear answer and changes nothing.

use std::{fmt::Write as _, time::Duration};

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Answer, App, Chat, Client, Person, Wire, app::SIGNING_SECRET, client::Problem};

const SERVER: &str = "{ server { version } }";

/// Every error of `answer` has the code `code`, and there are only a few.
#[track_caller]
fn refused(answer: &Answer, code: &str, what: &str) {
    let codes: Vec<_> = answer.errors().iter().map(|error| Problem::of(error).code).collect();
    assert!((1..=10).contains(&codes.len()) && codes.iter().all(|one| *one == code), "{what}: {codes:?}");
    assert!(answer.body.get("data").is_none_or(Value::is_null), "{what} was executed");
}

async fn group(app: &App) -> (Person, Chat) {
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    alice.send(&chat, "the only message").await;
    (alice, chat)
}

/// The server is well, and nothing but the one message is there.
async fn unharmed(alice: &Person, chat: &Chat) {
    assert_eq!(alice.messages(chat, "").await.each("content"), ["the only message"]);
}

/// Every place of the schema that takes an id: a field with `BAD` in that place, and the name of the place.
const IDS: &[(&str, &str, &str)] = &[
    ("query", "conversation(id: BAD) { id }", "id"),
    ("query", "message(id: BAD) { id }", "id"),
    ("query", "user(by: { id: BAD }) { id }", "id"),
    ("query", "directConversation(with: { id: BAD }) { id }", "id"),
    (
        "mutation",
        "createConversation(input: { participantIds: [BAD] }) { conversation { id } }",
        "participantIds",
    ),
    ("mutation", "openDirectConversation(input: { with: { id: BAD } }) { created }", "id"),
    (
        "mutation",
        "updateConversation(input: { conversationId: BAD, title: \"hi\" }) { conversation { id } }",
        "conversationId",
    ),
    (
        "mutation",
        "setConversationPreferences(input: { conversationId: BAD, muted: true }) { conversation { id } }",
        "conversationId",
    ),
    ("mutation", "deleteConversation(input: { conversationId: BAD }) { conversationId }", "conversationId"),
    ("mutation", "leaveConversation(input: { conversationId: BAD }) { conversationId }", "conversationId"),
    (
        "mutation",
        "addParticipants(input: { conversationId: BAD, userIds: [USER] }) { added { id } }",
        "conversationId",
    ),
    (
        "mutation",
        "addParticipants(input: { conversationId: CHAT, userIds: [BAD] }) { added { id } }",
        "userIds",
    ),
    (
        "mutation",
        "removeParticipant(input: { conversationId: CHAT, userId: BAD }) { removed { id } }",
        "userId",
    ),
    (
        "mutation",
        "setParticipantRole(input: { conversationId: CHAT, userId: BAD, role: ADMIN }) { conversation { id } }",
        "userId",
    ),
    (
        "mutation",
        "sendMessage(input: { to: { conversationId: BAD }, content: \"hi\" }) { duplicate }",
        "conversationId",
    ),
    ("mutation", "sendMessage(input: { to: { userId: BAD }, content: \"hi\" }) { duplicate }", "userId"),
    (
        "mutation",
        "sendMessage(input: { to: { conversationId: CHAT }, content: \"hi\", replyToId: BAD }) { duplicate }",
        "replyToId",
    ),
    ("mutation", "editMessage(input: { messageId: BAD, content: \"hi\" }) { message { id } }", "messageId"),
    ("mutation", "deleteMessage(input: { messageId: BAD }) { message { id } }", "messageId"),
    ("mutation", "addReaction(input: { messageId: BAD, emoji: \"👍\" }) { message { id } }", "messageId"),
    ("mutation", "removeReaction(input: { messageId: BAD, emoji: \"👍\" }) { message { id } }", "messageId"),
    ("mutation", "markRead(input: { messageId: BAD }) { conversation { id } }", "messageId"),
    ("mutation", "revokeSession(input: { sessionId: BAD }) { sessionId }", "sessionId"),
];

#[tokio::test]
async fn ids_that_are_none_are_refused_wherever_one_is_taken() {
    let app = App::start().await;
    let (alice, chat) = group(&app).await;
    let message = alice.messages(&chat, "").await.each("id")[0].to_owned();
    for (kind, used, field) in IDS {
        let is_about_messages = field.contains("message") || used.starts_with("message");
        let of_another_type = if is_about_messages || *field == "replyToId" { &chat.id } else { &message };
        for bad in ["nonsense", "", of_another_type] {
            let used = used.replace("BAD", &format!("{bad:?}"));
            let used =
                used.replace("CHAT", &format!("{:?}", chat.id)).replace("USER", &format!("{:?}", alice.id));
            let answer = alice.ask(&format!("{kind} {{ {used} }}")).await;
            assert_eq!(answer.refusal(), ("INVALID_INPUT", *field), "{used}");
        }
    }
    unharmed(&alice, &chat).await;
}

#[tokio::test]
async fn documents_made_to_exhaust_are_refused_quickly() {
    let app = App::start().await;
    let (alice, chat) = group(&app).await;
    let nested =
        |open: &str, close: &str, depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    let lists = nested("[", "]", 5_000);
    let objects = nested("{a:", "}", 5_000);
    let aliases =
        (0..1_000).fold(String::new(), |text, number| text + &format!("a{number}: server {{ version }} "));
    let mut doubling = String::from("{...a}");
    for (from, to) in ('a'..='v').zip('b'..='w') {
        write!(doubling, "fragment {from} on Query{{...{to} x:server{{now}}...{to}}}").unwrap();
    }
    doubling.push_str("fragment w on Query{server{now}}");
    assert!(doubling.len() < 1_000, "small enough to look harmless: {}", doubling.len());
    let deep = format!(
        "query ($id: ID!) {{ message(id: $id) {{ {} id {} }} }}",
        "replyTo { ".repeat(500),
        "}".repeat(500)
    );
    let documents = [
        ("nested lists", format!("{{ user(by: {{ id: {lists} }}) {{ id }} }}")),
        ("nested objects", format!("{{ user(by: {objects}) {{ id }} }}")),
        ("nested defaults", format!("query ($a: [ID!] = {lists}) {SERVER}")),
        ("nested directive arguments", format!("{{ server @skip(if: {lists}) {{ version }} }}")),
        ("nested types", format!("query ($a: {}) {SERVER}", nested("[", "]", 5_000).replace('1', "Int"))),
        ("unclosed lists", format!("{{ user(by: {{ id: {}", "[".repeat(5_000))),
        ("deep selections", deep),
        ("many aliases", format!("{{ {aliases} }}")),
        ("doubling fragments", doubling),
        ("many directives", format!("{{ server {} {{ version }} }}", "@skip(if: false) ".repeat(5_000))),
        ("many fragments", format!("{SERVER} {}", (0..2_000).fold(String::new(), |text, n| text + &format!("fragment f{n} on Query {{ server {{ now }} }} ")))),
        ("wide pages of wide pages", "{ conversations(first: 100) { nodes { participants(first: 100) { nodes { id } } \
             messages(first: 100) { nodes { reactions { emoji } mentions { id } revisions(first: 100) { nodes { content } } } } } } }".to_owned()),
    ];
    for (what, document) in documents {
        let asked = Instant::now();
        let answer = alice.query(&document, json!({ "id": "msg_" })).await;
        refused(&answer, "OPERATION_TOO_COMPLEX", what);
        assert!(asked.elapsed() < Duration::from_secs(1), "{what} took {:?}", asked.elapsed());
        assert!(answer.body.to_string().len() < 10_000, "{what} has a short answer");
    }
    unharmed(&alice, &chat).await;
}

#[tokio::test]
async fn a_flood_of_mistakes_has_a_short_answer() {
    let app = App::start().await;
    let unknown = (0..200).fold(String::new(), |text, number| text + &format!("unknown{number} "));
    let asked = Instant::now();
    let answer = app.anonymous().ask(&format!("{{ {unknown} }}")).await;
    assert!(answer.errors().len() <= 10 && !answer.errors().is_empty());
    let comment = format!("#{}\n{SERVER}", "x".repeat(200_000));
    assert!(app.anonymous().ask(&comment).await.errors().len() <= 1);
    assert!(asked.elapsed() < Duration::from_secs(2));
}

async fn post(client: &Client, content_type: Option<&str>, body: impl Into<reqwest::Body>) -> Answer {
    let request = client.request(Method::POST, "/graphql").body(body);
    Answer::of(match content_type {
        Some(content_type) => request.header("content-type", content_type),
        None => request,
    })
    .await
}

/// Bodies that are JSON in part, or JSON of something else.
const BODIES: &[&str] = &[
    "",
    "{",
    "nonsense",
    "null",
    "42",
    "\"{ server { now } }\"",
    "{}",
    "[]",
    r#"["{ server { now } }"]"#,
    r#"[{"query": "{ server { now } }"}, {"query": "{ server { now } }"}]"#,
    r#"{"query": 1}"#,
    r#"{"query": null}"#,
    r#"{"query": ["{ server { now } }"]}"#,
    r#"{"query": "{ server { now } }", "variables": []}"#,
    r#"{"query": "{ server { now } }", "variables": "x"}"#,
    r#"{"query": "{ server { now } }", "operationName": 1}"#,
    r#"{"query": "{ server { now } }"} trailing"#,
    r#"{"query": "\ud83d"}"#,
    "\u{feff}",
];

#[tokio::test]
async fn bodies_that_are_no_request_are_refused() {
    let app = App::start().await;
    let (alice, chat) = group(&app).await;
    let nested = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let deep = format!(r#"{{"query":"{{ server {{ now }} }}","variables":{{"a":{nested}}}}}"#);
    for body in BODIES.iter().copied().chain([deep.as_str()]) {
        let answer = post(&alice, Some("application/json"), body.to_owned()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body:.60}");
        refused(&answer, "INVALID_REQUEST", body);
        let message = answer.error().message.to_lowercase();
        assert!(!message.contains("serde") && !message.contains("error("), "no insides: {message}");
    }
    let not_utf8 = post(&alice, Some("application/json"), vec![b'{', 0xff, b'}']).await;
    refused(&not_utf8, "INVALID_REQUEST", "bytes that are no text");
    unharmed(&alice, &chat).await;
}

#[tokio::test]
async fn a_body_that_a_form_could_send_is_refused() {
    let app = App::start().await;
    let good = json!({ "query": SERVER }).to_string();
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/graphql"),
        Some("application/jsonp"),
        Some("nonsense"),
        Some("application/json; charset=utf-16"),
    ] {
        let answer = post(&app.anonymous(), content_type, good.clone()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type:?}");
        refused(&answer, "INVALID_REQUEST", "the content type");
    }
    for content_type in
        ["application/json; charset=utf-8", "application/json;charset=UTF-8", "APPLICATION/JSON"]
    {
        post(&app.anonymous(), Some(content_type), good.clone()).await.data();
    }
}

#[tokio::test]
async fn ten_megabytes_are_not_read() {
    let app = App::start().await;
    let megabytes = 10_000_000;
    let mut wire = Wire::connect(app.url()).await;
    wire.write(Wire::head(None, megabytes)).await;
    let (status, body) = wire.answer().await.expect("an answer before the body");
    assert_eq!((status, Problem::of(&body["errors"][0]).code), (413, "INVALID_REQUEST"));

    let mut wire = Wire::connect(app.url()).await;
    let chunked = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    wire.write(chunked).await;
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    let mut written = 0;
    while written < megabytes && wire.write(&chunk).await {
        written += 0x10000;
    }
    if let Some((status, _)) = wire.answer().await {
        assert_eq!(status, 413);
    } else {
        assert!(written < megabytes, "cut off in the middle");
    }
    app.anonymous().ask(SERVER).await.data();
}

#[tokio::test]
async fn what_never_ends_is_ended() {
    let app = App::start_impatient().await;
    let asked = Instant::now();
    let mut silent = Wire::connect(app.url()).await;
    assert!(silent.answer().await.is_none_or(|(status, _)| status == 408), "no headers at all");

    let mut endless = Wire::connect(app.url()).await;
    endless.write("POST /graphql HTTP/1.1\r\nhost: localhost\r\n").await;
    assert!(endless.trickle(b"x-more: and more\r\n").await.is_none_or(|(status, _)| status >= 400));

    let mut slow = Wire::connect(app.url()).await;
    slow.write(Wire::head(None, 100_000)).await;
    let (status, body) = slow.trickle(b" ").await.expect("an answer to a body that never ends");
    assert_eq!((status, Problem::of(&body["errors"][0]).code), (408, "TIMEOUT"));

    let mut halted = Wire::connect(app.url()).await;
    halted.write(Wire::head(None, 1_000)).await;
    halted.write("{").await;
    let (status, body) = halted.answer().await.expect("an answer to a body that stopped in the middle");
    assert_eq!((status, Problem::of(&body["errors"][0]).code), (408, "TIMEOUT"));
    assert!(asked.elapsed() < Duration::from_secs(20));

    let mut wide = Wire::connect(app.url()).await;
    wide.write(format!("GET / HTTP/1.1\r\nhost: localhost\r\nx-long: {}\r\n\r\n", "x".repeat(1_000_000)))
        .await;
    assert!(wide.answer().await.is_none_or(|(status, _)| status == 431 || status == 400));
    app.anonymous().ask(SERVER).await.data();
}

/// What is in an access token.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap()
}

fn signed(header: &Header, claims: &Value, secret: &[u8]) -> String {
    jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(secret)).unwrap()
}

async fn code_of(client: &Client, token: &str) -> String {
    client.with_token(token).ask("{ viewer { email } }").await.code().to_owned()
}

#[tokio::test]
async fn tokens_that_nobody_gave_are_worth_nothing() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let token = alice.token.clone().unwrap();
    let header = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!((header.alg, header.kid.as_deref()), (Algorithm::HS256, Some("test")));
    let own = claims(&token);
    let with = |name: &str, value: Value| {
        let mut claims = own.clone();
        claims[name] = value;
        claims
    };
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let [head, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let theirs = encode(&claims(bob.token.as_deref().unwrap()));
    let resigned = signed(&header, &own, SIGNING_SECRET);
    alice.with_token(&resigned).ask("{ viewer { email } }").await.data();

    let other_kid = Header { kid: Some("another".to_owned()), ..header.clone() };
    let no_kid = Header { kid: None, ..header.clone() };
    let hs512 = Header { alg: Algorithm::HS512, ..header.clone() };
    let mut without_expiry = own.clone();
    without_expiry.as_object_mut().unwrap().remove("exp");
    for (what, forged) in [
        (
            "alg none",
            format!("{}.{payload}.", encode(&json!({ "alg": "none", "typ": "JWT", "kid": "test" }))),
        ),
        (
            "alg None, signed",
            format!("{}.{payload}.{signature}", encode(&json!({ "alg": "None", "kid": "test" }))),
        ),
        ("no signature", format!("{head}.{payload}.")),
        ("somebody else's claims", format!("{head}.{theirs}.{signature}")),
        ("another key", signed(&header, &own, b"another secret of thirty-two bytes")),
        ("an empty key", signed(&header, &own, b"")),
        ("another key's name", signed(&other_kid, &own, b"another secret of thirty-two bytes")),
        ("no key's name", signed(&no_kid, &own, b"another secret of thirty-two bytes")),
        ("another algorithm", signed(&hs512, &own, SIGNING_SECRET)),
        ("no expiry", signed(&header, &without_expiry, SIGNING_SECRET)),
        ("another issuer", signed(&header, &with("iss", json!("https://elsewhere")), SIGNING_SECRET)),
        ("another audience", signed(&header, &with("aud", json!("elsewhere")), SIGNING_SECRET)),
        ("two parts", format!("{head}.{payload}")),
        ("four parts", format!("{token}.{signature}")),
        ("a refresh token", alice.refresh_token.clone()),
        ("words", "not a token".to_owned()),
        ("a long word", "x".repeat(7_000)),
    ] {
        assert_eq!(code_of(&app.anonymous(), &forged).await, "UNAUTHENTICATED", "{what}");
    }
    let expired = signed(&header, &with("exp", json!(1_000_000_000)), SIGNING_SECRET);
    assert_eq!(code_of(&app.anonymous(), &expired).await, "TOKEN_EXPIRED");
    let expired_and_forged =
        signed(&header, &with("exp", json!(1_000_000_000)), b"another secret of thirty-two bytes");
    assert_eq!(code_of(&app.anonymous(), &expired_and_forged).await, "UNAUTHENTICATED");
    alice.delete_account().await.data();
    assert_eq!(code_of(&app.anonymous(), &token).await, "UNAUTHENTICATED");
}
