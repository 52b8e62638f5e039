//! Reading: how much is unread, and how that goes down.

use serde_json::{Value, json};

use crate::support::{App, Chat, Person};

async fn unread(person: &Person, chat: &Chat) -> Value {
    person.conversation(chat).await["conversation"]["unreadCount"].clone()
}

#[tokio::test]
async fn unread_is_what_others_said_since() {
    let app = App::start().await;
    let (alice, bob, carol) = (app.person("alice").await, app.person("bob").await, app.person("carol").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let mut sent = Vec::new();
    for number in 1..=5 {
        sent.push(alice.send(&chat, &format!("message {number}")).await);
        assert_eq!(unread(&bob, &chat).await, number);
        assert_eq!(unread(&alice, &chat).await, 0, "one's own are read");
    }
    let read = bob.mark_read(&sent[2]).await;
    assert_eq!(read["markRead"]["conversation"]["unreadCount"], 2);
    let position = json!({ "lastReadMessage": { "id": sent[2].id } });
    assert_eq!(read["markRead"]["conversation"]["viewerParticipant"], position);
    let back = bob.mark_read(&sent[0]).await;
    assert_eq!(back["markRead"]["conversation"]["unreadCount"], 2, "only forwards");

    alice.edit(&sent[4], "edited").await.data();
    alice.react(&sent[4], "👍").await.data();
    alice.rename(&chat, "Coffee").await.data();
    assert_eq!(unread(&bob, &chat).await, 2, "only messages count");
    bob.send(&chat, "mine").await;
    assert_eq!(unread(&bob, &chat).await, 0, "who writes has read");
    assert_eq!(unread(&alice, &chat).await, 1);

    alice.add(&chat, &[&carol.id]).await.data();
    assert_eq!(unread(&carol, &chat).await, 0, "the past is no news to who comes later");
    alice.send(&chat, "welcome").await;
    assert_eq!(unread(&carol, &chat).await, 1);
    carol.mark_read(&sent[0]).await.data();
    assert_eq!(unread(&carol, &chat).await, 1);
}

#[tokio::test]
async fn a_list_of_conversations_shows_what_is_unread_in_each() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    for number in 0..4 {
        let chat = alice.group(&format!("Group {number}"), &[&bob]).await;
        for _ in 0..number {
            alice.send(&chat, "hi").await;
        }
    }
    let page = bob.conversations("").await;
    let counts: Vec<_> = page.nodes().iter().map(|node| node["unreadCount"].as_i64().unwrap()).collect();
    assert_eq!(counts, [3, 2, 1, 0]);
    assert_eq!(bob.conversations("filter: { unread: true }").await.nodes().len(), 3);
}

#[tokio::test]
async fn a_message_is_read_where_it_is_seen() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&app.person("carol").await]).await;
    let sent = alice.send(&chat, "not for bob").await;
    assert_eq!(bob.mark_read(&sent).await.refusal(), ("NOT_FOUND", "messageId"));
    alice.delete(&sent).await.data();
    alice.mark_read(&sent).await.data();
}
