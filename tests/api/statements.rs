//! SQL statements: how many an operation takes, whatever the number of rows, and how a page is found.

use std::ops::RangeInclusive;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;

use crate::support::{App, Chat, Person, actor::try_login, process};

/// The statements of what `work` does.
async fn counted<T>(app: &App, work: impl Future<Output = T>) -> (usize, T) {
    app.statements();
    let result = work.await;
    (app.statements().len(), result)
}

const PAGE_OF_50: &str = "query ($id: ID!) { conversation(id: $id) { messages(last: 50) {
    totalCount nodes { id seq content createdAt sender { id username displayName } } pageInfo { hasPreviousPage startCursor }
} } }";

const CONVERSATIONS: &str = "{ conversations(first: 20) { nodes {
    id title unreadCount lastMessage { content sender { username } }
    participants(first: 3) { nodes { username } }
} } }";

const EVERYTHING: &str = "query ($id: ID!) { conversation(id: $id) {
    participants(first: 50) { totalCount edges { role node { username } lastReadMessage { content sender { username } } } }
    messages(last: 50) { nodes {
        content sender { username } replyTo { content sender { username } } mentions { username }
        reactions { emoji count viewerHasReacted } viewerCan { edit }
    } }
} }";

/// A group of `people` in which each said something about what the one before said.
async fn busy_group(owner: &Person, title: &str, people: &[Person]) -> Chat {
    let chat = owner.group(title, &people.iter().collect::<Vec<_>>()).await;
    let mut last = owner.send(&chat, "hello").await;
    for person in people {
        let reply = person.reply(&chat, &last, &format!("@{} indeed", owner.name)).await;
        last = crate::support::Sent::of(&reply["sendMessage"]["message"]);
        owner.react(&last, "👍").await.data();
        person.mark_read(&last).await.data();
    }
    chat
}

async fn crowd(app: &App, numbers: RangeInclusive<usize>) -> Vec<Person> {
    let mut people = Vec::new();
    for number in numbers {
        people.push(app.person(&format!("person{number}")).await);
    }
    people
}

#[tokio::test]
async fn reading_costs_the_same_for_one_row_and_for_fifty() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let people = crowd(&app, 1..=49).await;
    let small = busy_group(&alice, "Small", &people[..1]).await;
    let small_costs = costs(&app, &alice, &small).await;
    let large = busy_group(&alice, "Large", &people).await;
    for person in &people {
        alice.direct(person).await;
    }
    let large_costs = costs(&app, &alice, &large).await;
    assert_eq!(small_costs, large_costs);
    for chat in [&small, &large] {
        // One for each kind of thing at each depth at most; those that are asked for at the same moment share one.
        let (cost, answer) = counted(&app, alice.query(EVERYTHING, json!({ "id": chat.id }))).await;
        answer.data();
        assert!(cost <= 12, "everything took {cost}");
    }

    let (page, answer) = counted(&app, alice.query(PAGE_OF_50, json!({ "id": large.id }))).await;
    assert_eq!(answer["conversation"]["messages"]["nodes"].as_array().unwrap().len(), 50);
    assert!(page <= 4, "who asks, whether they may, the page, the senders: {page}");
    let (list, answer) = counted(&app, alice.ask(CONVERSATIONS)).await;
    assert_eq!(answer["conversations"]["nodes"].as_array().unwrap().len(), 20);
    assert!(list <= 5, "20 conversations took {list}");
}

/// What the main reads cost, by name.
async fn costs(app: &App, alice: &Person, chat: &Chat) -> Vec<(&'static str, usize)> {
    let mut costs = Vec::new();
    let (cost, answer) = counted(app, alice.query(PAGE_OF_50, json!({ "id": chat.id }))).await;
    answer.data();
    costs.push(("page", cost));
    let users = "{ users(first: 50) { nodes { username } } }";
    let conversations = CONVERSATIONS.replace("20", "50");
    for (name, document) in [("conversations", conversations.as_str()), ("users", users)] {
        let (cost, answer) = counted(app, alice.ask(document)).await;
        answer.data();
        costs.push((name, cost));
    }
    let ids: Vec<_> =
        alice.conversations("first: 50").await.each("id").into_iter().map(str::to_owned).collect();
    let nodes =
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Conversation { lastMessage { content } } } }";
    let (cost, answer) = counted(app, alice.query(nodes, json!({ "ids": ids }))).await;
    answer.data();
    costs.push(("nodes", cost));
    costs
}

#[tokio::test]
async fn writing_costs_the_same_in_a_full_conversation() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let people = crowd(&app, 1..=49).await;
    let small = busy_group(&alice, "Small", &people[..1]).await;
    let large = busy_group(&alice, "Large", &people).await;
    let mut costs = Vec::new();
    for chat in [&small, &large] {
        let (sending, sent) = counted(&app, alice.send(chat, "hi")).await;
        let (edit, _) = counted(&app, alice.edit(&sent, "hello")).await;
        let (react, _) = counted(&app, alice.react(&sent, "👍")).await;
        let (read, _) = counted(&app, alice.mark_read(&sent)).await;
        let (delete, _) = counted(&app, alice.delete(&sent)).await;
        costs.push([sending, edit, react, read, delete]);
    }
    assert_eq!(costs[0], costs[1]);
    assert!(costs[0][0] <= 10, "sending took {}", costs[0][0]);
}

/// Somebody among demo data of that size, made by `loquat seed` on the database of `app`, which knows its tables then.
async fn seeded(app: &App, people: u32, conversations: u32, messages: u32) -> (Person, Chat) {
    let directory = tempfile::tempdir().unwrap();
    let mut command = process::bare_command(process::LOQUAT, directory.path());
    command.env("DATABASE_URL", app.database_url()).env("DATA_DIR", directory.path());
    let size = [people, conversations, messages].map(|number| number.to_string());
    command.args(["seed", "--people", &size[0], "--conversations", &size[1], "--messages", &size[2]]);
    let seeded = process::run(command).await;
    let (name, password) = process::seeded_login(seeded.output());
    let answer = try_login(&app.anonymous(), &name, &password).await;
    let mut person = app.person("observer").await;
    person.client = app.anonymous().with_token(answer["login"]["accessToken"].as_str().unwrap());
    let database = app.database().await;
    let tables =
        "users, sessions, conversations, participants, messages, message_revisions, reactions, mentions";
    match app.backend() {
        DbBackend::MySql => database.execute_unprepared(&format!("ANALYZE TABLE {tables}")).await,
        DbBackend::Postgres => database.execute_unprepared(&format!("ANALYZE {tables}")).await,
        _ => database.execute_unprepared("ANALYZE").await,
    }
    .unwrap();
    let page = person.conversations("first: 1").await;
    (person, Chat { id: page.each("id")[0].to_owned() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_a_range_of_an_index_at_any_depth() {
    let app = App::start().await;
    let (person, chat) = seeded(&app, 20, 1, 50_000).await;
    let database = app.database().await;
    let mut page = person.messages(&chat, "last: 50").await;
    assert_eq!(page.0["totalCount"], 50_000);
    for _ in 0..3 {
        page = person.messages(&chat, &format!("last: 50, before: {:?}", page.start())).await;
    }
    let oldest = person.messages(&chat, "first: 50").await;
    let middle = halfway(&person, &chat, 25_000).await;
    let arguments = [
        "last: 50".to_owned(),
        format!("last: 50, before: {:?}", page.start()),
        "first: 50".to_owned(),
        format!("first: 50, after: {:?}", oldest.end()),
        format!("first: 50, after: {middle:?}"),
        format!("last: 50, before: {middle:?}"),
    ];
    for args in arguments {
        let document = PAGE_OF_50.replace("last: 50", &args);
        app.statements();
        let answer = person.query(&document, json!({ "id": chat.id })).await;
        assert_eq!(answer["conversation"]["messages"]["nodes"].as_array().unwrap().len(), 50);
        let statements = app.statements();
        assert!(statements.len() <= 4, "{} statements for {args}", statements.len());
        let pages: Vec<_> = statements.iter().filter(|one| reads_messages(&one.sql)).collect();
        assert_eq!(pages.len(), 1, "one statement for the page: {statements:#?}");
        assert!(!pages[0].sql.to_lowercase().contains("offset"), "{}", pages[0].sql);
        is_index_range(&explain(&database, pages[0]).await, &pages[0].sql);
    }
}

/// The cursor of the message that `count` others come before, paged to from the start.
async fn halfway(person: &Person, chat: &Chat, count: usize) -> String {
    let mut cursor = person.messages(chat, "first: 100").await.end().to_owned();
    for _ in 1..count / 100 {
        let page = person.messages(chat, &format!("first: 100, after: {cursor:?}")).await;
        page.end().clone_into(&mut cursor);
    }
    cursor
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_is_found_through_an_index() {
    let app = App::start().await;
    let (alice, chat) = seeded(&app, 3_000, 300, 20_000).await;
    let database = app.database().await;
    if app.backend() == DbBackend::Postgres {
        // Few rows are better read whole and sorted; what matters is whether there is another way for many.
        for way in ["seqscan", "sort", "bitmapscan"] {
            database.execute_unprepared(&format!("SET enable_{way} = off")).await.unwrap();
        }
    }
    for (list, may_sort) in [
        ("users(first: 5) { nodes { id } }", false),
        ("users(last: 5, matching: \"a\") { nodes { id } }", false),
        // Activity changes with every message, so no index holds it: the viewer's own conversations are sorted.
        ("conversations(first: 5) { nodes { id } }", true),
        ("conversation(id: $id) { participants(first: 5) { nodes { id } } }", false),
        (
            "conversation(id: $id) { messages(last: 5) { nodes {
            reactions { emoji } mentions { id } replyTo { id } revisions(first: 5) { totalCount } } } }",
            true,
        ),
    ] {
        app.statements();
        let variables = if list.contains("$id") { "($id: ID!)" } else { "" };
        alice.query(&format!("query {variables} {{ {list} }}"), json!({ "id": chat.id })).await.data();
        for statement in app.statements() {
            let plan = explain(&database, &statement).await;
            let scans = ["SCAN ", "Seq Scan", "type=ALL"];
            // A page that was just read is a table of its own, of as many rows as the page has; and of two sessions
            // in all every database rather reads both.
            let is_small =
                |step: &str| ["page_", "<derived", "sessions"].iter().any(|name| step.contains(name));
            let steps: Vec<_> = plan.lines().filter(|step| !is_small(step)).collect();
            for step in &steps {
                assert!(!scans.iter().any(|scan| step.contains(scan)), "{plan}\nof {}", statement.sql);
                let sorts = ["TEMP B-TREE", "Sort", "filesort"];
                assert!(
                    may_sort || !sorts.iter().any(|sort| step.contains(sort)),
                    "{plan}\nof {}",
                    statement.sql
                );
            }
        }
    }
}

fn reads_messages(sql: &str) -> bool {
    let sql = sql.to_lowercase().replace(['"', '`'], "");
    sql.contains("from messages") && sql.contains("content")
}

/// The plan of a statement, one line for each step.
async fn explain(database: &sea_orm::DatabaseConnection, statement: &Statement) -> String {
    let backend = database.get_database_backend();
    let prefix = if backend == DbBackend::Sqlite { "EXPLAIN QUERY PLAN" } else { "EXPLAIN" };
    let explained = Statement { sql: format!("{prefix} {}", statement.sql), ..statement.clone() };
    let rows = database.query_all_raw(explained).await.unwrap();
    let columns: &[&str] = match backend {
        DbBackend::Sqlite => &["detail"],
        DbBackend::Postgres => &["QUERY PLAN"],
        _ => &["table", "type", "key", "Extra"],
    };
    let line = |row: &sea_orm::QueryResult| {
        let cell = |column: &&str| {
            let text: Option<String> = row.try_get("", column).unwrap();
            format!("{column}={}", text.unwrap_or_default())
        };
        columns.iter().map(cell).collect::<Vec<_>>().join(" ")
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The plan reads a range of the index of `messages`, sorts nothing and scans nothing.
#[track_caller]
fn is_index_range(plan: &str, sql: &str) {
    let bad = [
        "TEMP B-TREE",
        "SCAN ",
        "Seq Scan",
        "Sort",
        "Bitmap",
        "filesort",
        "temporary",
        "type=ALL",
        "type=index ",
    ];
    assert!(!bad.iter().any(|step| plan.contains(step)), "{plan}\nof {sql}");
    let good = ["SEARCH messages USING", "Index Scan", "type=range", "type=ref"];
    assert!(good.iter().any(|step| plan.contains(step)), "{plan}\nof {sql}");
}
