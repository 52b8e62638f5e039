//! `loquat seed`: what it writes beside the log keeps every promise of the log.

use std::process::Stdio;

use loquat::entity::{conversation, event, mention, message, message_revision, participant, reaction, user};
use sea_orm::{DatabaseConnection, EntityTrait as _, QueryOrder as _};
use serde_json::json;

use crate::support::{
    Client, Process,
    actor::try_login,
    database::number,
    eventually,
    process::{Finished, seeded_login},
};

const PLAN: [&str; 9] =
    ["seed", "--people", "60", "--conversations", "40", "--messages", "4000", "--seed", "7"];

/// Each must find nothing.
const BREACHES: &[(&str, &str)] = &[
    (
        "positions have no gap",
        "SELECT count(*) FROM conversations c WHERE last_seq <>
            (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id) +
            (SELECT count(*) FROM events e WHERE e.conversation_id = c.id)",
    ),
    (
        "positions end at the last",
        "SELECT count(*) FROM (SELECT conversation_id, seq FROM messages
            UNION ALL SELECT conversation_id, seq FROM events) p
         LEFT JOIN conversations c ON c.id = p.conversation_id AND p.seq BETWEEN 1 AND c.last_seq WHERE c.id IS NULL",
    ),
    (
        "a position is used once",
        "SELECT count(*) FROM messages m
         JOIN events e ON e.conversation_id = m.conversation_id AND e.seq = m.seq",
    ),
    (
        "time goes with the positions",
        "SELECT count(*) FROM (SELECT created_at,
            lag(created_at) OVER (PARTITION BY conversation_id ORDER BY seq) AS before_it
         FROM (SELECT conversation_id, seq, created_at FROM messages
            UNION ALL SELECT conversation_id, seq, created_at FROM events) p) q WHERE created_at < before_it",
    ),
    (
        "ordinals count the messages",
        "SELECT count(*) FROM (SELECT ordinal,
            row_number() OVER (PARTITION BY conversation_id ORDER BY seq) AS place FROM messages) m
         WHERE ordinal <> place",
    ),
    (
        "counters of conversations",
        "SELECT count(*) FROM conversations c WHERE
            message_count <> (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id)
            OR last_message_seq <> (SELECT coalesce(max(seq), 0) FROM messages m WHERE m.conversation_id = c.id)
            OR active_at <> (SELECT coalesce(max(m.created_at), c.created_at) FROM messages m
                WHERE m.conversation_id = c.id)
            OR participant_count <> (SELECT count(*) FROM participants p
                WHERE p.conversation_id = c.id AND p.left_seq IS NULL)",
    ),
    (
        "direct conversations have two people, smaller id first, and groups have an owner",
        "SELECT count(*) FROM conversations c WHERE
            (kind = 1 AND (direct_low >= direct_high OR title IS NOT NULL OR 2 <> (SELECT count(*)
                FROM participants p WHERE p.conversation_id = c.id AND role = 3
                AND p.user_id IN (direct_low, direct_high))))
            OR (kind = 2 AND (direct_low IS NOT NULL OR 1 <> (SELECT count(*) FROM participants p
                WHERE p.conversation_id = c.id AND role = 1)))",
    ),
    (
        "who takes part has joined, first of all",
        "SELECT count(*) FROM participants p LEFT JOIN events e ON e.conversation_id = p.conversation_id
            AND e.seq = p.joined_seq AND e.kind = 6 AND e.subject_id = p.user_id
            AND e.created_at = p.joined_at
         JOIN conversations c ON c.id = p.conversation_id
         WHERE e.seq IS NULL OR p.joined_seq > c.participant_count",
    ),
    (
        "who writes or acts takes part",
        "SELECT count(*) FROM (SELECT conversation_id, sender_id AS user_id FROM messages
            UNION ALL SELECT conversation_id, actor_id FROM events
            UNION ALL SELECT conversation_id, user_id FROM reactions
            UNION ALL SELECT conversation_id, user_id FROM mentions) w
         LEFT JOIN participants p ON p.conversation_id = w.conversation_id AND p.user_id = w.user_id
         WHERE p.user_id IS NULL",
    ),
    (
        "what is read is a message, and unread is a subtraction",
        "SELECT count(*) FROM participants p JOIN conversations c ON c.id = p.conversation_id
         LEFT JOIN messages r ON r.conversation_id = p.conversation_id AND r.seq = p.read_seq
         WHERE coalesce(r.ordinal, 0) <> p.read_ordinal OR (p.read_seq > 0 AND r.seq IS NULL)
            OR c.message_count - p.read_ordinal <> (SELECT count(*) FROM messages m
                WHERE m.conversation_id = p.conversation_id AND m.seq > p.read_seq)",
    ),
    (
        "who writes has read",
        "SELECT count(*) FROM participants p JOIN messages m ON m.conversation_id = p.conversation_id
            AND m.sender_id = p.user_id AND m.seq > p.read_seq",
    ),
    (
        "mentions are counted",
        "SELECT count(*) FROM (SELECT ordinal,
            row_number() OVER (PARTITION BY conversation_id, user_id ORDER BY message_seq) AS place
            FROM mentions) m WHERE ordinal <> place",
    ),
    (
        "unread mentions are a subtraction",
        "SELECT count(*) FROM participants p WHERE
            mention_count <> (SELECT count(*) FROM mentions n
                WHERE n.conversation_id = p.conversation_id AND n.user_id = p.user_id)
            OR read_mention_count <> (SELECT count(*) FROM mentions n
                WHERE n.conversation_id = p.conversation_id AND n.user_id = p.user_id
                AND n.message_seq <= p.read_seq)",
    ),
    (
        "an edit keeps what was said",
        "SELECT count(*) FROM messages m WHERE
            revision_count <> (SELECT count(*) FROM message_revisions r
                WHERE r.conversation_id = m.conversation_id AND r.message_seq = m.seq)
            OR (deleted_at IS NULL AND revision_count <> (SELECT count(*) FROM events e
                WHERE e.conversation_id = m.conversation_id AND e.message_seq = m.seq AND e.kind = 1))
            OR (edited_at IS NOT NULL AND edited_at <> (SELECT max(e.created_at) FROM events e
                WHERE e.conversation_id = m.conversation_id AND e.message_seq = m.seq AND e.kind = 1))
            OR (deleted_at IS NULL AND (edited_at IS NULL) <> (revision_count = 0))",
    ),
    (
        "a tombstone is empty",
        "SELECT count(*) FROM messages m WHERE (deleted_at IS NULL) <> (content IS NOT NULL)
            OR (deleted_at IS NULL) <> (NOT EXISTS (SELECT 1 FROM events e
                WHERE e.conversation_id = m.conversation_id AND e.message_seq = m.seq AND e.kind = 2))
            OR (deleted_at IS NOT NULL AND (revision_count > 0
                OR EXISTS (SELECT 1 FROM reactions r
                    WHERE r.conversation_id = m.conversation_id AND r.message_seq = m.seq)
                OR EXISTS (SELECT 1 FROM mentions n
                    WHERE n.conversation_id = m.conversation_id AND n.message_seq = m.seq AND n.current)))",
    ),
    (
        "a reaction has its event",
        "SELECT count(*) FROM reactions r LEFT JOIN events e ON e.conversation_id = r.conversation_id
            AND e.seq = r.seq AND e.kind = 3 AND e.message_seq = r.message_seq AND e.actor_id = r.user_id
         WHERE e.seq IS NULL",
    ),
    (
        "what is answered came before",
        "SELECT count(*) FROM messages m
         LEFT JOIN messages a ON a.conversation_id = m.conversation_id AND a.seq = m.reply_to_seq
         WHERE m.reply_to_seq IS NOT NULL AND (a.seq IS NULL OR a.seq >= m.seq)",
    ),
];

/// Each must find something.
const VARIETY: &[(&str, &str)] = &[
    ("direct conversations", "SELECT count(*) FROM conversations WHERE kind = 1"),
    ("replies", "SELECT count(*) FROM messages WHERE reply_to_seq IS NOT NULL"),
    ("edits", "SELECT count(*) FROM message_revisions"),
    ("second edits", "SELECT count(*) FROM message_revisions WHERE number = 2"),
    ("tombstones", "SELECT count(*) FROM messages WHERE deleted_at IS NOT NULL"),
    ("reactions", "SELECT count(*) FROM reactions"),
    ("mentions", "SELECT count(*) FROM mentions"),
    (
        "unread",
        "SELECT count(*) FROM participants p JOIN conversations c ON c.id = p.conversation_id
         WHERE p.read_ordinal > 0 AND p.read_ordinal < c.message_count",
    ),
    ("unread mentions", "SELECT count(*) FROM participants WHERE read_mention_count < mention_count"),
];

#[tokio::test]
async fn what_is_made_up_keeps_every_promise_of_the_log() {
    let process = Process::prepare().await;
    process.run(&PLAN).await.output();
    let database = process.database().connect().await;
    for (table, rows) in [("users", 60), ("conversations", 40), ("messages", 4_000)] {
        assert_eq!(number(&database, &format!("SELECT count(*) FROM {table}")).await, rows, "{table}");
    }
    for (promise, sql) in BREACHES {
        assert_eq!(number(&database, sql).await, 0, "{promise}");
    }
    for (what, sql) in VARIETY {
        assert!(number(&database, sql).await > 0, "there are no {what}");
    }
}

/// A client of whoever `loquat seed` says to log in as.
async fn log_in(process: &Process, seeded: &Finished) -> Client {
    let (name, password) = seeded_login(seeded.output());
    let answer = try_login(&process.client, &name, &password).await;
    process.client.with_token(answer["login"]["accessToken"].as_str().unwrap())
}

#[tokio::test]
async fn what_is_made_up_looks_the_same_to_clients() {
    let process = Process::start().await;
    let demo = log_in(&process, &process.run(&PLAN).await).await;
    let document = "{ conversations(first: 100) { nodes { id unreadCount unreadMentionCount
        messages { totalCount } participants { totalCount }
        viewerParticipant { lastReadMessage { seq } } } } }";
    let page = demo.ask(document).await;
    let conversations = page["conversations"]["nodes"].as_array().unwrap();
    assert!(conversations.len() > 5, "the demo person is in many: {}", conversations.len());
    for conversation in conversations {
        let read = conversation["viewerParticipant"]["lastReadMessage"]["seq"].as_i64().unwrap_or(0);
        let walked = walk(&demo, conversation["id"].as_str().unwrap()).await;
        assert_eq!(conversation["messages"]["totalCount"].as_u64().unwrap(), walked.len() as u64);
        assert_eq!(
            conversation["unreadCount"].as_u64().unwrap(),
            walked.iter().filter(|seq| **seq > read).count() as u64
        );
        assert!(walked.is_sorted_by(|one, next| one < next));
    }
    let sending = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { seq } } }";
    let id = &conversations[0]["id"];
    let newest = walk(&demo, id.as_str().unwrap()).await.pop().unwrap();
    let input = json!({ "to": { "conversationId": id }, "content": "and on it goes" });
    let sent = demo.query(sending, json!({ "input": input })).await;
    assert!(sent["sendMessage"]["message"]["seq"].as_i64().unwrap() > newest);
}

/// The positions of all messages of a conversation, page by page.
async fn walk(person: &Client, id: &str) -> Vec<i64> {
    const PAGE: &str = "query ($id: ID!, $after: String) { conversation(id: $id) {
        messages(first: 100, after: $after) { nodes { seq content deletedAt sender { id } reactions { emoji count }
            mentions { id } replyTo { seq } } pageInfo { hasNextPage endCursor } } } }";
    let mut positions = Vec::new();
    let mut after = json!(null);
    loop {
        let answer = person.query(PAGE, json!({ "id": id, "after": after })).await;
        let page = &answer["conversation"]["messages"];
        positions.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["seq"].as_i64().unwrap()));
        if page["pageInfo"]["hasNextPage"] == false {
            return positions;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

#[tokio::test]
async fn the_same_plan_makes_the_same_rows() {
    let (one, other) = (Process::prepare().await, Process::prepare().await);
    for process in [&one, &other] {
        process.run(&PLAN).await.output();
    }
    let (one, other) = (one.database().connect().await, other.database().connect().await);
    macro_rules! same {
        ($($table:ident: $($key:ident),*;)*) => {
            $(
                let all = || $table::Entity::find()$(.order_by_asc($table::Column::$key))*;
                let (rows, again) = (all().all(&one).await.unwrap(), all().all(&other).await.unwrap());
                assert!(!rows.is_empty() && rows == again, "{}", stringify!($table));
            )*
        };
    }
    same! {
        conversation: Id;
        participant: ConversationId, UserId;
        message: ConversationId, Seq;
        message_revision: ConversationId, MessageSeq, Number;
        event: ConversationId, Seq;
        mention: ConversationId, MessageSeq, UserId;
        reaction: ConversationId, Seq;
    }
    let accounts = async |database: &DatabaseConnection| {
        let mut accounts = user::Entity::find().order_by_asc(user::Column::Id).all(database).await.unwrap();
        for account in &mut accounts {
            // Its salt is another one.
            account.password_hash = None;
        }
        accounts
    };
    assert_eq!(accounts(&one).await, accounts(&other).await);
}

#[tokio::test]
async fn a_seed_is_sown_once() {
    let process = Process::prepare().await;
    process.run(&PLAN).await.output();
    let again = process.run(&PLAN).await;
    assert!(again.complaint().contains("already there"), "{again:?}");
    let database = process.database().connect().await;
    assert_eq!(number(&database, "SELECT count(*) FROM messages").await, 4_000);
    for (option, value) in
        [("--people", "1"), ("--people", "100001"), ("--conversations", "0"), ("--conversations", "50001")]
    {
        let mut command = process.command(&["seed", option, value]);
        command.stdin(Stdio::null());
        let refused = crate::support::process::run(command).await;
        assert!(refused.complaint().contains(&option[2..]), "{refused:?}");
    }
}

#[tokio::test]
async fn an_interrupted_seed_is_not_there_and_can_be_made_again() {
    let plan = ["seed", "--people", "20", "--conversations", "3", "--messages", "60000"];
    let process = Process::prepare().await;
    process.run(&["migrate", "up"]).await.output();
    let database = process.database().connect().await;
    let mut seeding = process.command(&plan).stdout(Stdio::null()).spawn().unwrap();
    eventually("some messages are written", async || {
        (number(&database, "SELECT count(*) FROM messages").await > 0).then_some(())
    })
    .await;
    seeding.kill().unwrap();
    seeding.wait().unwrap();
    for table in ["users", "conversations", "participants"] {
        assert_eq!(number(&database, &format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
    process.run(&plan).await.output();
    assert_eq!(number(&database, "SELECT count(*) FROM messages").await, 60_000);
    assert_eq!(number(&database, BREACHES[0].1).await, 0);
}
