//! Conversations: groups and direct ones, their titles, preferences and end.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{App, Chat, actor::text, together};

#[tokio::test]
async fn a_group_begins_with_its_creator_as_owner() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let answer = alice.try_group(Some("Tea"), &[&bob.id, &bob.id, &alice.id]).await;
    let conversation = &answer["createConversation"]["conversation"];
    assert_eq!((&conversation["kind"], &conversation["title"]), (&json!("GROUP"), &json!("Tea")));
    let chat = Chat { id: text(&conversation["id"]) };
    assert!(chat.id.starts_with("cnv_"));
    assert_eq!(alice.people_in(&chat).await, ["alice OWNER", "bob MEMBER"], "own and duplicates collapse");
    assert_eq!(bob.conversation(&chat).await["conversation"]["title"], "Tea");

    let untitled = bob.try_group(None, &[&alice.id]).await;
    assert_eq!(untitled["createConversation"]["conversation"]["title"], Value::Null);
}

#[tokio::test]
async fn one_unknown_participant_fails_the_whole_group() {
    let app = App::start().await;
    let (alice, bob, gone) = (app.person("alice").await, app.person("bob").await, app.person("gone").await);
    gone.delete_account().await.data();
    let answer = alice.try_group(Some("Tea"), &[&bob.id, &gone.id]).await;
    let error = answer.error();
    assert_eq!((error.code, error.field), ("INVALID_INPUT", "participantIds"));
    assert_eq!(error.message, "Invalid participant IDs.");
    assert_eq!(error.details, [gone.id.as_str()]);
    let chat = alice.group("Another", &[&bob]).await;
    for bad in ["nonsense", chat.id.as_str()] {
        let answer = alice.try_group(Some("Tea"), &[&bob.id, bad]).await;
        assert_eq!(answer.refusal(), ("INVALID_INPUT", "participantIds"), "{bad}");
        assert_eq!(answer.error().details, [bad]);
    }
    for nobody in [&[][..], &[alice.id.as_str()]] {
        let answer = alice.try_group(Some("Tea"), nobody).await;
        assert_eq!(answer.refusal(), ("INVALID_INPUT", "participantIds"), "at least one other");
    }
    assert_eq!(bob.conversations("").await.each("title"), ["Another"], "nothing else was created");
}

const UPDATE: &str = "mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) {
    conversation { title }
} }";

#[tokio::test]
async fn a_title_is_text_that_somebody_can_see() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let long = "x".repeat(10_000);
    for bad in ["", "   ", "\u{200b}\u{feff}", "nul\0", &long] {
        assert_eq!(alice.rename(&chat, bad).await.refusal(), ("INVALID_INPUT", "title"), "{bad:?}");
        assert_eq!(
            alice.try_group(Some(bad), &[&bob.id]).await.refusal(),
            ("INVALID_INPUT", "title"),
            "{bad:?}"
        );
    }
    for good in ["Tee & Kekse", "שיחה", "👩‍👩‍👧‍👦 family", "e\u{301}"] {
        assert_eq!(alice.rename(&chat, good).await["updateConversation"]["conversation"]["title"], good);
    }
    let cleared = alice.rename(&chat, Value::Null).await;
    assert_eq!(cleared["updateConversation"]["conversation"]["title"], Value::Null);
    alice.rename(&chat, "Tea").await.data();
    let untouched = alice.act(UPDATE, json!({ "conversationId": chat.id })).await;
    assert_eq!(untouched["updateConversation"]["conversation"]["title"], "Tea", "absent leaves alone");
}

#[tokio::test]
async fn two_people_have_one_direct_conversation() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let none = alice.query(DIRECT, json!({ "with": { "username": "bob" } })).await;
    assert_eq!(none["directConversation"], Value::Null, "none yet is no error");
    let unknown = alice.query(DIRECT, json!({ "with": { "username": "nobody" } })).await;
    assert_eq!(unknown.code(), "NOT_FOUND");

    let opened = alice.try_direct(json!({ "username": "bob" })).await;
    assert_eq!(opened["openDirectConversation"]["created"], true);
    let chat = Chat { id: text(&opened["openDirectConversation"]["conversation"]["id"]) };
    for with in [json!({ "id": alice.id }), json!({ "email": alice.email }), json!({ "username": "ALICE" })] {
        let again = bob.try_direct(with).await;
        assert_eq!(again["openDirectConversation"]["created"], false);
        assert_eq!(again["openDirectConversation"]["conversation"]["id"], json!(chat.id));
    }
    let found = bob.query(DIRECT, json!({ "with": { "username": "alice" } })).await;
    assert_eq!(found["directConversation"]["id"], json!(chat.id));
    assert_eq!(found["directConversation"]["kind"], "DIRECT");
    assert_eq!(alice.direct(&bob).await, chat);
    for with in [json!({ "id": alice.id }), json!({ "username": "alice" }), json!({ "email": alice.email })] {
        assert_eq!(
            alice.try_direct(with.clone()).await.code(),
            "INVALID_INPUT",
            "nobody writes to themselves: {with}"
        );
    }
    let nobody = alice.try_direct(json!({ "username": "nobody" })).await;
    assert_eq!(nobody.code(), "NOT_FOUND");
}

const DIRECT: &str = "query ($with: UserRef!) { directConversation(with: $with) { id kind } }";

#[tokio::test]
async fn a_direct_conversation_stays_what_it_is() {
    let app = App::start().await;
    let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
    let chat = alice.direct(&bob).await;
    for answer in [
        alice.rename(&chat, "Us").await,
        alice.add(&chat, &[&carol.id]).await,
        alice.remove(&chat, &bob).await,
        alice.set_role(&chat, &bob, "ADMIN").await,
        alice.leave(&chat).await,
        alice.delete_chat(&chat).await,
    ] {
        assert_eq!(answer.code(), "FORBIDDEN");
    }
    let can = "query ($id: ID!) { conversation(id: $id) { viewerCan {
        sendMessage addParticipants removeParticipants setRoles rename leave delete
    } } }";
    let can = alice.query(can, json!({ "id": chat.id })).await;
    assert_eq!(
        can["conversation"]["viewerCan"],
        json!({
            "sendMessage": true, "addParticipants": false, "removeParticipants": false, "setRoles": false,
            "rename": false, "leave": false, "delete": false,
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_first_messages_at_once_make_one_conversation() {
    let app = App::start().await;
    for round in 0..5 {
        let left = app.person(&format!("left{round}")).await;
        let right = app.person(&format!("right{round}")).await;
        let pairs = [(left.clone(), right.clone()), (right.clone(), left.clone())];
        let answers = together(pairs.into_iter().cycle().take(6).map(|(from, to)| async move {
            from.send_to(json!({ "username": to.name }), &format!("hello from {}", from.name)).await
        }))
        .await;
        let mut places: Vec<_> =
            answers.iter().map(|answer| text(&answer["sendMessage"]["conversation"]["id"])).collect();
        places.sort();
        places.dedup();
        assert_eq!(places.len(), 1, "one conversation of two people");
        let chat = Chat { id: places.remove(0) };
        assert_eq!(left.all_messages(&chat).await.len(), 6);
        assert_eq!(right.conversations("").await.nodes().len(), 1);
    }
}

#[tokio::test]
async fn preferences_are_each_persons_own() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let (tea, work) = (alice.group("Tea", &[&bob]).await, alice.group("Work", &[&bob]).await);
    let set = alice.prefer(&tea, json!({ "archived": true, "muted": true })).await;
    let shown = &set["setConversationPreferences"]["conversation"]["viewerParticipant"];
    assert_eq!(*shown, json!({ "muted": true, "archived": true, "pinned": false }));
    alice.prefer(&work, json!({ "pinned": true })).await.data();
    let again = alice.prefer(&tea, json!({ "muted": false })).await;
    let shown = &again["setConversationPreferences"]["conversation"]["viewerParticipant"];
    assert_eq!(shown["archived"], true, "absent leaves alone");

    bob.send(&tea, "hi").await;
    for (filter, expected) in [
        ("archived: true", vec!["Tea"]),
        ("archived: false", vec!["Work"]),
        ("pinned: true", vec!["Work"]),
        ("unread: true", vec!["Tea"]),
        ("kind: GROUP", vec!["Tea", "Work"]),
        ("kind: DIRECT", vec![]),
        ("kind: GROUP, unread: true, archived: false", vec![]),
    ] {
        let page = alice.conversations(&format!("filter: {{ {filter} }}")).await;
        assert_eq!(page.each("title"), expected, "{filter}");
    }
    assert_eq!(bob.conversations("filter: { archived: true }").await.nodes().len(), 0);
}

#[tokio::test]
async fn the_latest_activity_comes_first() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let one = alice.group("One", &[&bob]).await;
    let two = alice.group("Two", &[&bob]).await;
    let three = alice.group("Three", &[&bob]).await;
    assert_eq!(alice.conversations("").await.each("title"), ["Three", "Two", "One"]);
    bob.send(&one, "wake up").await;
    assert_eq!(alice.conversations("").await.each("title"), ["One", "Three", "Two"]);
    let sent = alice.send(&two, "me too").await;
    alice.send(&three, "and me").await;
    bob.edit(&sent, "not mine").await.code();
    let page = bob.conversations("").await;
    assert_eq!(page.each("title"), ["Three", "Two", "One"]);
    assert_eq!(page.nodes()[2]["lastMessage"]["content"], "wake up");
}

#[tokio::test]
async fn a_deleted_group_is_gone_for_everybody() {
    let app = App::start().await;
    let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
    let chat = alice.group("Tea", &[&bob, &carol]).await;
    alice.set_role(&chat, &bob, "ADMIN").await.data();
    let sent = alice.send(&chat, "last words").await;
    for other in [&bob, &carol] {
        assert_eq!(other.delete_chat(&chat).await.code(), "FORBIDDEN");
    }
    assert_eq!(alice.delete_chat(&chat).await["deleteConversation"]["conversationId"], json!(chat.id));
    for person in [&alice, &bob, &carol] {
        assert_eq!(person.conversation(&chat).await.code(), "NOT_FOUND");
        assert_eq!(person.message(&sent).await.code(), "NOT_FOUND");
        assert_eq!(person.try_send(&chat, "hello?").await.code(), "NOT_FOUND");
        assert!(person.conversations("").await.nodes().is_empty());
    }
    assert_eq!(alice.delete_chat(&chat).await.refusal(), ("NOT_FOUND", "conversationId"));
}

#[tokio::test]
async fn a_clock_that_jumps_back_changes_no_order() {
    let app = App::start_at_manual_time().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let (first, second) = (alice.group("First", &[&bob]).await, alice.group("Second", &[&bob]).await);
    app.later(Duration::from_mins(1));
    alice.send(&first, "one").await;
    app.clock.advance(-3_600_000_000);
    alice.send(&first, "two").await;
    let last = alice.send(&first, "three").await;
    alice.edit(&last, "drei").await.data();
    assert_eq!(alice.messages(&first, "").await.each("content"), ["one", "two", "drei"]);
    // Its activity stays where it was before the jump, so it stays above what nobody has written in.
    let page = alice.conversations("first: 10").await;
    assert_eq!(page.each("id"), [first.id.as_str(), second.id.as_str()]);
    assert_eq!(bob.conversations("first: 1").await.each("id"), [first.id.as_str()]);
}
