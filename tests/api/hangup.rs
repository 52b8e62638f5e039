//! Clients that hang up in the middle of a mutation: afterwards the server is as good as before.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbBackend, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait as _,
};
use serde_json::{Value, json};

use crate::support::{
    App, Chat, Person, Sent, Wire,
    database::{logs_are_whole, number},
    eventually, together,
};

const MUTATIONS: usize = 2_000;
const AT_ONCE: usize = 50;

/// One mutation of many kinds, as the body of a request.
fn mutation(number: usize, chat: &Chat, sent: &Sent) -> Value {
    let (kind, field, selection, input) = match number % 5 {
        0 | 1 => {
            let input =
                json!({ "to": { "conversationId": chat.id }, "content": format!("message {number}") });
            ("SendMessageInput", "sendMessage", "message { id }", input)
        }
        2 => {
            let input = json!({ "messageId": sent.id, "content": format!("edit {number}") });
            ("EditMessageInput", "editMessage", "message { id }", input)
        }
        3 => (
            "AddReactionInput",
            "addReaction",
            "message { id }",
            json!({ "messageId": sent.id, "emoji": "👍" }),
        ),
        _ => {
            let input = json!({ "conversationId": chat.id, "title": format!("title {number}") });
            ("UpdateConversationInput", "updateConversation", "conversation { id }", input)
        }
    };
    let query = format!("mutation ($input: {kind}!) {{ {field}(input: $input) {{ {selection} }} }}");
    json!({ "query": query, "variables": { "input": input } })
}

/// Begins a request and drops the connection after `patience`, or before the last byte where that is nothing.
async fn hang_up(base: String, token: String, body: String, patience: Option<Duration>) {
    let mut wire = Wire::connect(&base).await;
    let request = format!("{}{body}", Wire::head(Some(&token), body.len()));
    match patience {
        None => {
            wire.write(&request[..request.len() - 1]).await;
        }
        Some(patience) => {
            wire.write(&request).await;
            tokio::time::sleep(patience).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_clients_that_hang_up_leave_nothing_behind() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chats = [alice.group("Tea", &[&bob]).await, alice.group("Coffee", &[&bob]).await];
    let sent = [alice.send(&chats[0], "first").await, alice.send(&chats[1], "first").await];
    let mut random = StdRng::seed_from_u64(2_000);
    let mut hangups = Vec::new();
    for number in 0..MUTATIONS {
        let which = random.random_range(0..2_usize);
        let body = mutation(number, &chats[which], &sent[which]).to_string();
        let patience = (number % 10 != 9).then(|| Duration::from_micros(random.random_range(0..15_000)));
        hangups.push(hang_up(app.url().to_owned(), alice.token.clone().unwrap(), body, patience));
    }
    let mut hangups = hangups.into_iter();
    loop {
        let batch: Vec<_> = hangups.by_ref().take(AT_ONCE).collect();
        if batch.is_empty() {
            break;
        }
        together(batch).await;
    }

    if app.backend() == DbBackend::Postgres {
        let database = app.database().await;
        eventually("no connection is left in a transaction", async || {
            let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                        AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'";
            (number(&database, open).await == 0).then_some(())
        })
        .await;
    }
    every_later_write_is_there(&app, &alice, &bob, &chats).await;
}

/// Writes that are acknowledged now are seen by another session of the database, and by another person. Mutations
/// may still run behind the closed connections: nothing here counts on their end.
async fn every_later_write_is_there(app: &App, alice: &Person, bob: &Person, chats: &[Chat]) {
    let database = app.database().await;
    let stored = |content: &str| format!("SELECT count(*) FROM messages WHERE content = '{content}'");
    for (round, chat) in (1..=100).zip(chats.iter().cycle()) {
        let content = format!("later {round}");
        let sent = alice.send(chat, &content).await;
        assert_eq!(number(&database, &stored(&content)).await, 1, "acknowledged and lost");
        assert_eq!(bob.message(&sent).await["message"]["content"], content);
    }
    let hung_up = "SELECT count(*) FROM messages WHERE content LIKE 'message %'";
    assert!(number(&database, hung_up).await > 0, "some of those who hung up had sent");
    for chat in chats {
        let all = bob.all_messages(chat).await;
        assert!(all.windows(2).all(|pair| pair[0].0.seq < pair[1].0.seq));
    }
    logs_are_whole(&database).await;
}

/// Somebody else who holds what every mutation needs, until they are rolled back.
async fn hold_conversations(app: &App) -> DatabaseTransaction {
    let lock = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let holder = app.database().await.begin_with_options(lock).await.unwrap();
    if app.backend() != DbBackend::Sqlite {
        let lock = Statement::from_string(app.backend(), "SELECT id FROM conversations FOR UPDATE");
        holder.query_all_raw(lock).await.unwrap();
    }
    holder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_that_takes_too_long_is_answered_in_time_and_still_completes() {
    let app = App::start_with(|config| config.http.request_time = Duration::from_secs(1)).await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let holder = hold_conversations(&app).await;
    let late = alice.try_send(&chat, "late").await;
    assert_eq!(late.code(), "TIMEOUT");
    holder.rollback().await.unwrap();
    eventually("the message is there", async || {
        let page = bob.messages(&chat, "last: 1").await;
        (page.each("content") == ["late"]).then_some(())
    })
    .await;
}

/// A client that hangs up while its mutation waits inside a transaction: the transaction ends as if it had stayed.
#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_outlives_its_client_in_the_middle_of_its_transaction() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let holder = hold_conversations(&app).await;
    app.statements();
    let input = json!({ "to": { "conversationId": chat.id }, "content": "from somebody who is gone" });
    let query = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }";
    let body = json!({ "query": query, "variables": { "input": input } }).to_string();
    let mut wire = Wire::connect(app.url()).await;
    wire.write(format!("{}{body}", Wire::head(alice.token.as_deref(), body.len()))).await;
    // It has asked who is asking, so it is on its way into the transaction that has to wait.
    eventually("the mutation begins", async || (!app.statements().is_empty()).then_some(())).await;
    drop(wire);
    holder.rollback().await.unwrap();
    eventually("the message is there", async || {
        let page = bob.messages(&chat, "last: 1").await;
        (page.each("content") == ["from somebody who is gone"]).then_some(())
    })
    .await;
    logs_are_whole(&app.database().await).await;
}
