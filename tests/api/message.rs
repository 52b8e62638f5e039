//! Messages: what may be said, and how it is changed, answered and taken back.

use serde_json::{Value, json};

use crate::support::{App, Chat, Sent, actor::text, together};

#[tokio::test]
async fn a_message_comes_back_byte_for_byte() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let longest = "x".repeat(4_000);
    let many_bytes = "👩".repeat(4_000);
    let contents = [
        "hi",
        "e\u{301} is not é",
        "Ａ fullwidth",
        "ﷺ",
        "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪",
        "שלום עולם",
        "\u{202e}right to left\u{202c}",
        "tab\tand\r\nlines\nand\u{2028}more",
        "  inner   and outer  ",
        "\"quoted\" \\back\\ 'n' `ticks`",
        "<b>&amp;</b>",
        "'; DROP TABLE messages; --",
        "z\u{351}\u{36b}\u{343}a\u{363}\u{307}",
        "\u{1F600}\u{10FFFD}",
        "%_?$1:x",
        "0",
        "null",
        &longest,
        &many_bytes,
    ];
    for content in contents {
        let sent = alice.send(&chat, content).await;
        let seen = bob.message(&sent).await;
        assert_eq!(seen["message"]["content"], content);
    }
    let all: Vec<_> = bob.all_messages(&chat).await.into_iter().map(|(_, content)| content).collect();
    assert_eq!(all, contents.map(Value::from));
    let literal = format!(
        r#"mutation {{ sendMessage(input: {{ to: {{ conversationId: "{}" }}, content: "\u00e9 \uD83D\uDE00 \u{{1F600}}" }}) {{
            message {{ content }}
        }} }}"#,
        chat.id
    );
    assert_eq!(alice.ask(&literal).await["sendMessage"]["message"]["content"], "é 😀 😀");
}

#[tokio::test]
async fn content_that_nobody_can_read_is_refused() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let chat = alice.group("Tea", &[&app.person("bob").await]).await;
    let sent = alice.send(&chat, "first").await;
    let too_long = "x".repeat(4_001);
    let too_wide = "👩".repeat(4_001);
    let bad = [
        "",
        " ",
        "\n\t\r ",
        "\u{200b}",
        "\u{200b}\u{200d}\u{2060}\u{feff}",
        "\u{ad}",
        "\u{3000}\u{a0}",
        "\u{2800}",
        "\u{3164}",
        "\0",
        "hello\0world",
        &too_long,
        &too_wide,
    ];
    for content in bad {
        assert_eq!(
            alice.try_send(&chat, content).await.refusal(),
            ("INVALID_INPUT", "content"),
            "{content:?}"
        );
        assert_eq!(alice.edit(&sent, content).await.refusal(), ("INVALID_INPUT", "content"), "{content:?}");
    }
    let lone = format!(
        r#"{{"query": "mutation ($c: String!) {{ sendMessage(input: {{ to: {{ conversationId: \"{}\" }}, content: $c }}) {{
            message {{ id }} }} }}", "variables": {{"c": "lone \ud83d surrogate"}}}}"#,
        chat.id
    )
    .replace('\n', " ");
    let request = alice
        .request(reqwest::Method::POST, "/graphql")
        .header("content-type", "application/json")
        .body(lone);
    let code = crate::support::Answer::of(request).await.code().to_owned();
    assert!(["INVALID_REQUEST", "INVALID_INPUT"].contains(&code.as_str()), "{code}");
    assert_eq!(alice.messages(&chat, "").await.each("content"), ["first"], "nothing has changed");
}

#[tokio::test]
async fn a_message_finds_its_way_by_any_destination() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let mut places = Vec::new();
    for to in
        [json!({ "username": "bob" }), json!({ "userId": bob.id }), json!({ "email": "BOB@example.org" })]
    {
        let answer = alice.send_to(to, "hi").await;
        assert_eq!(answer["sendMessage"]["conversation"]["kind"], "DIRECT");
        places.push(answer["sendMessage"]["conversation"]["id"].clone());
    }
    places.push(bob.send_to(json!({ "conversationId": places[0] }), "hi yourself").await["sendMessage"]["conversation"]["id"].clone());
    assert!(places.iter().all(|place| *place == places[0]));

    for (to, code) in [
        (json!({ "username": "nobody" }), "NOT_FOUND"),
        (json!({ "email": "nobody@example.org" }), "NOT_FOUND"),
        (json!({ "userId": alice.id }), "INVALID_INPUT"),
        (json!({ "username": "alice" }), "INVALID_INPUT"),
        (json!({ "userId": "nonsense" }), "INVALID_INPUT"),
        (json!({ "conversationId": bob.id }), "INVALID_INPUT"),
    ] {
        assert_eq!(alice.send_to(to.clone(), "hi").await.code(), code, "{to}");
    }
    for to in [json!({}), json!({ "userId": bob.id, "username": "bob" })] {
        let code = alice.send_to(to, "hi").await.code().to_owned();
        assert!(["INVALID_INPUT", "INVALID_REQUEST"].contains(&code.as_str()), "exactly one destination");
    }
}

#[tokio::test]
async fn positions_have_no_gap_and_ids_are_opaque() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let (first, second) = (alice.send(&chat, "one").await, bob.send(&chat, "two").await);
    assert_eq!(second.seq, first.seq + 1);
    alice.edit(&first, "uno").await.data();
    bob.react(&first, "👍").await.data();
    alice.rename(&chat, "Coffee").await.data();
    let third = alice.send(&chat, "three").await;
    assert_eq!(third.seq, second.seq + 4, "an edit, a reaction and a title have places of their own");
    assert!(first.id.starts_with("msg_"));
    let page = alice.messages(&chat, "").await;
    assert_eq!(page.each("content"), ["uno", "two", "three"]);
    assert_eq!(page.0["totalCount"], 3);
}

#[tokio::test]
async fn only_the_sender_edits() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let sent = bob.send(&chat, "first").await;
    assert_eq!(bob.message(&sent).await["message"]["editedAt"], Value::Null);
    assert_eq!(alice.edit(&sent, "put in his mouth").await.code(), "FORBIDDEN", "not even the owner");

    let edited = bob.edit(&sent, "second").await;
    assert_eq!(edited["editMessage"]["message"]["content"], "second");
    assert!(edited["editMessage"]["message"]["editedAt"].is_string());
    bob.edit(&sent, "third").await.data();
    let seen = alice.message(&sent).await;
    assert_eq!(seen["message"]["seq"], json!(sent.seq), "an edit does not move a message");
    let revisions: Vec<_> = seen["message"]["revisions"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| text(&node["content"]))
        .collect();
    assert_eq!(revisions, ["first", "second"], "what it said before, oldest first");
    assert_eq!(seen["message"]["revisions"]["totalCount"], 2);
    assert_eq!(seen["message"]["viewerCan"], json!({ "edit": false, "delete": true, "react": true }));
    assert_eq!(bob.message(&sent).await["message"]["viewerCan"]["edit"], true);
}

#[tokio::test]
async fn a_deleted_message_leaves_its_place_and_nothing_else() {
    let app = App::start().await;
    let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
    let chat = alice.group("Tea", &[&bob, &carol]).await;
    let sent = bob.send(&chat, "secret").await;
    bob.edit(&sent, "still secret").await.data();
    carol.react(&sent, "👀").await.data();
    let after = carol.send(&chat, "what?").await;
    assert_eq!(carol.delete(&sent).await.code(), "FORBIDDEN");

    let deleted = bob.delete(&sent).await;
    let message = &deleted["deleteMessage"]["message"];
    assert_eq!((&message["id"], &message["seq"]), (&json!(sent.id), &json!(sent.seq)));
    assert_eq!(message["content"], Value::Null);
    assert!(message["deletedAt"].is_string());
    let seen = carol.message(&sent).await;
    assert_eq!(seen["message"]["reactions"], json!([]));
    assert_eq!(seen["message"]["revisions"], json!({ "totalCount": 0, "nodes": [] }));
    assert_eq!(seen["message"]["viewerCan"], json!({ "edit": false, "delete": false, "react": false }));
    let page = carol.messages(&chat, "").await;
    assert_eq!((page.each("content"), &page.0["totalCount"]), (vec!["null", "what?"], &json!(2)));

    assert_eq!(bob.edit(&sent, "again").await.code(), "CONFLICT");
    assert_eq!(carol.react(&sent, "👀").await.code(), "CONFLICT");
    assert_eq!(
        bob.delete(&sent)
            .await
            .errors()
            .iter()
            .filter(|error| error["extensions"]["code"] == "INTERNAL")
            .count(),
        0
    );

    alice.delete(&after).await.data();
    assert_eq!(bob.message(&after).await["message"]["content"], Value::Null, "the owner may");
    alice.set_role(&chat, &carol, "ADMIN").await.data();
    carol.delete(&bob.send(&chat, "noise").await).await.data();
}

#[tokio::test]
async fn in_a_direct_conversation_each_deletes_their_own() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.direct(&bob).await;
    let sent = bob.send(&chat, "mine").await;
    assert_eq!(alice.delete(&sent).await.code(), "FORBIDDEN");
    bob.delete(&sent).await.data();
}

#[tokio::test]
async fn a_reply_stays_in_its_conversation() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let other = alice.group("Coffee", &[&bob]).await;
    let (question, elsewhere) = (bob.send(&chat, "one lump?").await, bob.send(&other, "milk?").await);
    let reply = Sent::of(&alice.reply(&chat, &question, "two").await["sendMessage"]["message"]);
    assert_eq!(bob.message(&reply).await["message"]["replyTo"]["id"], json!(question.id));
    assert_eq!(alice.reply(&chat, &elsewhere, "no").await.refusal(), ("INVALID_INPUT", "replyToId"));
    let nonsense = Sent { id: chat.id.clone(), seq: 0 };
    assert_eq!(alice.reply(&chat, &nonsense, "no").await.refusal(), ("INVALID_INPUT", "replyToId"));

    bob.delete(&question).await.data();
    let seen = alice.message(&reply).await;
    assert_eq!(
        seen["message"]["replyTo"],
        json!({ "id": question.id, "content": null }),
        "the tombstone is answered"
    );
}

#[tokio::test]
async fn a_mention_is_somebody_in_the_conversation() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    app.person("carol").await;
    let chat = alice.group("Tea", &[&bob]).await;
    let sent = alice.send(&chat, "@bob @Bob, ask @carol or bob@example.org, @nobody").await;
    let seen = bob.message(&sent).await;
    assert_eq!(seen["message"]["mentions"], json!([{ "username": "bob" }]));
    assert_eq!(bob.conversation(&chat).await["conversation"]["unreadMentionCount"], 1);
    alice.send(&chat, "nothing for him").await;
    assert_eq!(bob.conversation(&chat).await["conversation"]["unreadMentionCount"], 1);
    bob.mark_read(&sent).await.data();
    let after = bob.conversation(&chat).await;
    assert_eq!(
        (&after["conversation"]["unreadMentionCount"], &after["conversation"]["unreadCount"]),
        (&json!(0), &json!(1))
    );
}

#[tokio::test]
async fn a_retry_with_its_key_is_the_first_message() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let (chat, other) = (alice.group("Tea", &[&bob]).await, alice.group("Coffee", &[&bob]).await);
    let first = alice.send_once(&chat, "hi", "key-1").await;
    assert_eq!(first["sendMessage"]["duplicate"], false);
    let again = alice.send_once(&chat, "hi", "key-1").await;
    assert_eq!(again["sendMessage"]["duplicate"], true);
    assert_eq!(again["sendMessage"]["message"]["id"], first["sendMessage"]["message"]["id"]);

    assert_eq!(alice.send_once(&chat, "bye", "key-1").await.refusal(), ("CONFLICT", "idempotencyKey"));
    assert_eq!(alice.send_once(&other, "hi", "key-1").await.refusal(), ("CONFLICT", "idempotencyKey"));
    bob.send_once(&chat, "mine", "key-1").await.data();
    alice.send_once(&chat, "hi", "key-2").await.data();
    assert_eq!(alice.messages(&chat, "").await.each("content"), ["hi", "mine", "hi"]);
    assert!(alice.messages(&other, "").await.nodes().is_empty());

    let to_bob = json!({ "to": { "username": "bob" }, "content": "psst", "idempotencyKey": "key-3" });
    let (one, two) = (alice.send_input(to_bob.clone()).await, alice.send_input(to_bob).await);
    assert_eq!(one["sendMessage"]["message"], two["sendMessage"]["message"]);
    let limits = app.anonymous().ask("{ server { limits { idempotencyKeyLengthMax } } }").await;
    let max = limits["server"]["limits"]["idempotencyKeyLengthMax"].as_u64().unwrap();
    let too_long = "k".repeat(usize::try_from(max).unwrap() + 1);
    for key in ["", &too_long] {
        assert_eq!(alice.send_once(&chat, "hi", key).await.refusal(), ("INVALID_INPUT", "idempotencyKey"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_many_times_at_once_is_one_message() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat: Chat = alice.group("Tea", &[&bob]).await;
    for round in 0..5 {
        let answers = together((0..8).map(|_| {
            let (alice, chat) = (alice.clone(), chat.clone());
            async move { alice.send_once(&chat, "once", &format!("round-{round}")).await }
        }))
        .await;
        let first = &answers[0]["sendMessage"]["message"]["id"];
        assert!(answers.iter().all(|answer| answer["sendMessage"]["message"]["id"] == *first));
        let originals = answers.iter().filter(|answer| answer["sendMessage"]["duplicate"] == false).count();
        assert_eq!(originals, 1, "one winner");
    }
    assert_eq!(alice.all_messages(&chat).await.len(), 5);
}

#[tokio::test]
async fn a_retry_finds_the_first_message_whatever_became_of_the_name() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let send = "mutation ($to: Destination!, $content: String!) {
        sendMessage(input: { to: $to, content: $content, idempotencyKey: \"one\" }) { duplicate message { id } } }";
    let to_bob = json!({ "to": { "username": "bob" }, "content": "hi" });
    let first = alice.query(send, to_bob.clone()).await;
    let id = first["sendMessage"]["message"]["id"].clone();
    // The same place in other words is the same call too.
    let by_id = alice.query(send, json!({ "to": { "userId": bob.id }, "content": "hi" })).await;
    assert_eq!(
        (&by_id["sendMessage"]["message"]["id"], &by_id["sendMessage"]["duplicate"]),
        (&id, &json!(true))
    );

    let rename = "mutation { updateProfile(input: { username: \"robert\" }) { user { id } } }";
    bob.ask(rename).await.data();
    let again = alice.query(send, to_bob.clone()).await;
    assert_eq!(
        (&again["sendMessage"]["message"]["id"], &again["sendMessage"]["duplicate"]),
        (&id, &json!(true))
    );
    let carol = app.person("carol").await;
    carol.ask("mutation { updateProfile(input: { username: \"bob\" }) { user { id } } }").await.data();
    let still = alice.query(send, to_bob).await;
    assert_eq!(still["sendMessage"]["message"]["id"], id, "and not a message to the new bob");
    let other = alice.query(send, json!({ "to": { "username": "robert" }, "content": "ho" })).await;
    assert_eq!(other.refusal(), ("CONFLICT", "idempotencyKey"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_at_once_in_two_conversations_is_one_message() {
    let app = App::start().await;
    let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
    let send = "mutation ($to: Destination!, $key: String!) {
        sendMessage(input: { to: $to, content: \"hi\", idempotencyKey: $key }) { duplicate message { id } } }";
    for round in 0..10 {
        let racing = [&bob.id, &carol.id].map(|person| {
            let (alice, person) = (alice.clone(), person.clone());
            let key = format!("round-{round}");
            async move { alice.query(send, json!({ "to": { "userId": person }, "key": key })).await }
        });
        let answers = together(racing).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.errors().is_empty());
        assert_eq!((won.len(), lost.len()), (1, 1));
        assert_eq!(lost[0].refusal(), ("CONFLICT", "idempotencyKey"));
    }
}

#[tokio::test]
async fn an_edit_that_drops_a_name_drops_its_mention() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let sent = alice.send(&chat, "@bob @alice hello").await;
    alice.edit(&sent, "hello all").await.data();
    let mentions = "query ($id: ID!) { message(id: $id) { mentions { username } } }";
    assert_eq!(alice.query(mentions, json!({ "id": sent.id })).await["message"]["mentions"], json!([]));
    alice.edit(&sent, "hello @bob").await.data();
    let named = alice.query(mentions, json!({ "id": sent.id })).await;
    assert_eq!(named["message"]["mentions"], json!([{ "username": "bob" }]));
}
