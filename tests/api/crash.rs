//! A crash: what was acknowledged before it is there after it.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::json;

use crate::support::{
    Chat, Person, Process, Sent,
    actor::text,
    database::{logs_are_whole, number},
    eventually, within,
};

const SEND: &str =
    "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id seq } } }";

/// A send that may find the server gone: the message, if it was acknowledged.
async fn try_to_send(person: &Person, chat: &Chat, content: &str) -> Option<Sent> {
    let input = json!({ "to": { "conversationId": chat.id }, "content": content, "idempotencyKey": content.replace(' ', "-") });
    let answer = person.try_query(SEND, json!({ "input": input })).await.ok()?;
    let acknowledged = answer.errors().is_empty();
    acknowledged.then(|| Sent::of(&answer["sendMessage"]["message"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill() {
    let mut process = Process::start().await;
    let (alice, bob) = (process.person("alice").await, process.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let count = Arc::new(AtomicUsize::new(0));
    let sends: Vec<_> = (0..1_000)
        .map(|number| {
            let (person, chat) = (if number % 2 == 0 { alice.clone() } else { bob.clone() }, chat.clone());
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                let content = format!("message {number}");
                let sent = try_to_send(&person, &chat, &content).await?;
                count.fetch_add(1, Ordering::SeqCst);
                Some((sent, content))
            })
        })
        .collect();
    eventually("half are acknowledged", async || (count.load(Ordering::SeqCst) >= 400).then_some(())).await;
    process.kill();
    let mut acknowledged = Vec::new();
    for send in sends {
        acknowledged.extend(within(Duration::from_mins(1), send).await.unwrap());
    }
    assert!(acknowledged.len() < 1_000, "the kill came too late to prove anything");

    process.launch().await;
    let stored = alice.all_messages(&chat).await;
    for pair in stored.windows(2) {
        assert_eq!(pair[1].0.seq, pair[0].0.seq + 1, "no gap");
    }
    let mut by_content = HashMap::new();
    for (sent, content) in &stored {
        assert_eq!(by_content.insert(text(content), sent.clone()), None, "nothing twice: {content}");
    }
    for (sent, content) in &acknowledged {
        assert_eq!(by_content.get(content), Some(sent), "{content} was acknowledged");
    }
    assert_eq!(bob.messages(&chat, "first: 1").await.0["totalCount"], stored.len());

    for number in 0..1_000 {
        let person = if number % 2 == 0 { &alice } else { &bob };
        if !by_content.contains_key(&format!("message {number}")) {
            assert!(
                try_to_send(person, &chat, &format!("message {number}")).await.is_some(),
                "a retry goes through"
            );
        }
    }
    let (sent, content) = &acknowledged[0];
    let person = if content.ends_with(['0', '2', '4', '6', '8']) { &alice } else { &bob };
    assert_eq!(
        try_to_send(person, &chat, content).await.as_ref(),
        Some(sent),
        "a retry is the first message"
    );
    assert_eq!(alice.all_messages(&chat).await.len(), 1_000);
    logs_are_whole(&process.database().connect().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_in_a_hundred_conversations_survives_a_kill() {
    let mut process = Process::start().await;
    let (alice, bob) = (process.person("alice").await, process.person("bob").await);
    let mut chats = Vec::new();
    for number in 0..100 {
        chats.push(alice.group(&format!("Group {number}"), &[&bob]).await);
    }
    let count = Arc::new(AtomicUsize::new(0));
    let sends: Vec<_> = (0..1_000)
        .map(|number: usize| {
            let (alice, chat, count) = (alice.clone(), chats[number % 100].clone(), Arc::clone(&count));
            tokio::spawn(async move {
                let content = format!("message {number}");
                let sent = try_to_send(&alice, &chat, &content).await?;
                count.fetch_add(1, Ordering::SeqCst);
                Some((sent, content))
            })
        })
        .collect();
    eventually("many are acknowledged", async || (count.load(Ordering::SeqCst) >= 400).then_some(())).await;
    process.kill();
    let mut acknowledged = Vec::new();
    for send in sends {
        acknowledged.extend(within(Duration::from_mins(1), send).await.unwrap());
    }
    assert!(acknowledged.len() < 1_000, "the kill came too late to prove anything");

    process.launch().await;
    let database = process.database().connect().await;
    logs_are_whole(&database).await;
    for (sent, content) in &acknowledged {
        assert_eq!(bob.message(sent).await["message"]["content"], content.as_str());
    }
    for number in 0..1_000 {
        let sent = try_to_send(&alice, &chats[number % 100], &format!("message {number}")).await;
        assert!(sent.is_some(), "a retry goes through");
    }
    let distinct = "SELECT count(DISTINCT content) FROM messages";
    assert_eq!(number(&database, distinct).await, 1_000);
    assert_eq!(number(&database, "SELECT count(*) FROM messages").await, 1_000, "and none is there twice");
    logs_are_whole(&database).await;
}
