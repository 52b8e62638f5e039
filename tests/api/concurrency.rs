//! Many at once: what was acknowledged is stored exactly once, in positions without a gap.

use std::collections::HashSet;

use rand::{Rng as _, RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::support::{App, Chat, Person, Sent, database::logs_are_whole, together};

async fn crowd(app: &App, size: usize) -> Vec<Person> {
    together((0..size).map(|number| {
        let client = app.anonymous();
        async move { Person::register(&client, &format!("person{number}")).await }
    }))
    .await
}

/// The messages of `chat` are exactly the acknowledged ones, in positions without a gap.
async fn exactly_these(reader: &Person, chat: &Chat, mut acknowledged: Vec<(Sent, String)>) {
    acknowledged.sort_by_key(|(sent, _)| sent.seq);
    let stored: Vec<_> = reader
        .all_messages(chat)
        .await
        .into_iter()
        .map(|(sent, content)| (sent, content.as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(stored, acknowledged, "every one once, and none that nobody sent");
    for pair in stored.windows(2) {
        assert_eq!(pair[1].0.seq, pair[0].0.seq + 1, "no gap");
    }
    let page = reader.messages(chat, "first: 1").await;
    assert_eq!(page.0["totalCount"], stored.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_at_once_to_one_conversation() {
    let app = App::start().await;
    let people = crowd(&app, 10).await;
    let chat = people[0].group("Everybody", &people[1..].iter().collect::<Vec<_>>()).await;
    let acknowledged = together((0..1_000).map(|number| {
        let (person, chat) = (people[number % people.len()].clone(), chat.clone());
        async move {
            let content = format!("message {number}");
            (person.send(&chat, &content).await, content)
        }
    }))
    .await;
    let places: HashSet<_> = acknowledged.iter().map(|(sent, _)| sent.seq).collect();
    assert_eq!(places.len(), 1_000, "no position twice");
    exactly_these(&people[3], &chat, acknowledged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_at_once_to_a_hundred_conversations() {
    let app = App::start().await;
    let people = crowd(&app, 10).await;
    let mut chats = Vec::new();
    for number in 0..100 {
        let other = &people[1 + number % 9];
        chats.push((people[0].group(&number.to_string(), &[other]).await, other.clone()));
    }
    let acknowledged = together((0..1_000).map(|number| {
        let (chat, other) = chats[number % chats.len()].clone();
        let person = if number % 3 == 0 { people[0].clone() } else { other };
        async move {
            let content = format!("message {number}");
            (number % 100, (person.send(&chat, &content).await, content))
        }
    }))
    .await;
    for (index, (chat, other)) in chats.iter().enumerate() {
        let own = acknowledged.iter().filter(|(place, _)| *place == index).map(|(_, sent)| sent.clone());
        exactly_these(other, chat, own.collect()).await;
    }
    logs_are_whole(&app.database().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verbs_of_all_kinds_at_once_keep_one_log() {
    let app = App::start().await;
    let people = crowd(&app, 6).await;
    let chat = people[0].group("Everybody", &people[1..].iter().collect::<Vec<_>>()).await;
    let mut first = Vec::new();
    for person in &people {
        first.push(person.send(&chat, &format!("first of {}", person.name)).await);
    }
    let mut random = StdRng::seed_from_u64(7);
    let tasks: Vec<_> = (0..400)
        .map(|number| {
            let (index, verb) = (random.random_range(0..people.len()), random.next_u32() % 6);
            let (person, chat, own) = (people[index].clone(), chat.clone(), first[index].clone());
            let other = first[random.random_range(0..first.len())].clone();
            async move {
                let answer = match verb {
                    0 | 1 => person.try_send(&chat, &format!("message {number}")).await,
                    2 => person.edit(&own, &format!("edit {number}")).await,
                    3 => person.react(&other, if number % 2 == 0 { "👍" } else { "🎉" }).await,
                    4 => person.unreact(&other, "👍").await,
                    _ => person.mark_read(&other).await,
                };
                answer.data();
                verb < 2
            }
        })
        .collect();
    let sent = together(tasks).await.into_iter().filter(|sent| *sent).count();

    let all = people[1].all_messages(&chat).await;
    assert_eq!(all.len(), sent + people.len());
    let mut seqs: Vec<_> = all.iter().map(|(message, _)| message.seq).collect();
    assert!(seqs.is_sorted(), "pages come in the order of the log");
    seqs.dedup();
    assert_eq!(seqs.len(), all.len());
    let last = people[1].send(&chat, "last").await;
    assert_eq!(people[1].messages(&chat, "first: 1").await.0["totalCount"], all.len() + 1);
    assert!(last.seq > seqs[seqs.len() - 1]);
    let state = "query ($id: ID!) { conversation(id: $id) { unreadCount viewerParticipant { lastReadMessage { seq } } } }";
    for person in &people {
        let answer = person.query(state, serde_json::json!({ "id": chat.id })).await;
        let read = answer["conversation"]["viewerParticipant"]["lastReadMessage"]["seq"].as_i64().unwrap();
        let unread = seqs.iter().chain([&last.seq]).filter(|seq| **seq > read).count();
        assert_eq!(answer["conversation"]["unreadCount"], unread, "{}", person.name);
    }
    logs_are_whole(&app.database().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_senders_at_once_all_succeed() {
    let app = App::start().await;
    let people = crowd(&app, 20).await;
    let answers = together((0..200).map(|number: usize| {
        let (from, to) = (people[number % 20].clone(), people[(number * 7 + 1) % 20].clone());
        let to = if to.id == from.id { people[(number + 1) % 20].clone() } else { to };
        async move { from.send_to(serde_json::json!({ "userId": to.id }), "hi").await }
    }))
    .await;
    for answer in &answers {
        answer.data();
    }
}
