//! Pages: every connection, in both directions, while the list grows, and with arguments that make no sense.

use serde_json::json;

use crate::support::{Answer, App, Chat, Page, Person, Sent, actor::PAGE};

/// A connection with seven entries, and how to ask for it.
struct List {
    name: &'static str,
    reader: Person,
    /// The document around the connection's field, with `FIELD` in its place.
    around: String,
    field: &'static str,
    nodes: &'static str,
    pointer: &'static str,
}

impl List {
    async fn ask(&self, args: &str) -> Answer {
        let (field, nodes) = (self.field, self.nodes);
        let args = crate::support::actor::arguments(args);
        let field = format!("{field}{args} {{ nodes {{ {nodes} }} {PAGE} }}");
        self.reader.ask(&self.around.replace("FIELD", &field)).await
    }

    async fn page(&self, args: &str) -> Page {
        let answer = self.ask(args).await;
        Page(answer.data().pointer(self.pointer).expect("the connection").clone())
    }

    /// The pages of `size` from one end to the other, forwards or backwards, each checked.
    async fn walk(&self, size: usize, forwards: bool) -> Vec<Page> {
        let mut pages: Vec<Page> = Vec::new();
        loop {
            let args = match (forwards, pages.last()) {
                (true, None) => format!("first: {size}"),
                (true, Some(page)) => format!("first: {size}, after: {:?}", page.end()),
                (false, None) => format!("last: {size}"),
                (false, Some(page)) => format!("last: {size}, before: {:?}", page.start()),
            };
            let page = self.page(&args).await;
            let edges = page.0["edges"].as_array().unwrap();
            assert_eq!(edges.len(), page.nodes().len(), "{}", self.name);
            assert_eq!(
                (&edges[0]["cursor"], &edges[edges.len() - 1]["cursor"]),
                (&json!(page.start()), &json!(page.end()))
            );
            let (onwards, back) = if forwards {
                (page.has_next(), page.has_previous())
            } else {
                (page.has_previous(), page.has_next())
            };
            assert!(!(pages.is_empty() && back), "{}: nothing lies before the beginning", self.name);
            pages.push(page);
            assert!(pages.len() < 10, "{}: no end", self.name);
            if !onwards {
                return pages;
            }
        }
    }

    async fn all(&self) -> Vec<String> {
        flat(&[self.page("first: 100").await], self.nodes)
    }
}

fn flat(pages: &[Page], field: &str) -> Vec<String> {
    pages.iter().flat_map(|page| page.each(field)).map(str::to_owned).collect()
}

fn in_conversation(chat: &Chat) -> String {
    format!("{{ conversation(id: {:?}) {{ FIELD }} }}", chat.id)
}

/// Every connection of the schema with seven entries in it.
async fn lists(app: &App) -> Vec<List> {
    let alice = app.person("alice").await;
    let mut others = Vec::new();
    for number in 1..=7 {
        others.push(app.person(&format!("person{number}")).await);
    }
    let [.., last] = others.as_slice() else { unreachable!() };
    let chat = alice.group("Group 7", &others.iter().take(6).collect::<Vec<_>>()).await;
    let mut sent = Vec::new();
    for number in 1..=7 {
        sent.push(alice.send(&chat, &format!("message {number}")).await);
        alice.edit(&sent[0], &format!("edit {number}")).await.data();
    }
    for number in 1..=6 {
        alice.group(&format!("Group {number}"), &[last]).await;
        alice.log_in_again().await;
    }
    let a_list = |name, around, field, nodes, pointer| List {
        name,
        reader: alice.clone(),
        around,
        field,
        nodes,
        pointer,
    };
    let message = format!("{{ message(id: {:?}) {{ FIELD }} }}", sent[0].id);
    let root = || "{ FIELD }".to_owned();
    vec![
        a_list("messages", in_conversation(&chat), "messages", "content", "/conversation/messages"),
        a_list(
            "participants",
            in_conversation(&chat),
            "participants",
            "username",
            "/conversation/participants",
        ),
        a_list("revisions", message, "revisions", "content", "/message/revisions"),
        a_list("conversations", root(), "conversations", "title", "/conversations"),
        a_list("users", root(), "users", "username", "/users"),
        a_list("sessions", "{ viewer { FIELD } }".to_owned(), "sessions", "id", "/viewer/sessions"),
    ]
}

#[tokio::test]
async fn every_list_reads_the_same_in_both_directions() {
    let app = App::start().await;
    for list in lists(&app).await {
        let all = list.all().await;
        assert_eq!(all.len(), 7, "{}", list.name);
        for size in [1, 3, 6, 7, 8] {
            let mut pages = list.walk(size, true).await;
            assert_eq!(flat(&pages, list.nodes), all, "{} forwards by {size}", list.name);
            assert_eq!(pages.len(), 7_usize.div_ceil(size));
            pages = list.walk(size, false).await;
            pages.reverse();
            assert_eq!(flat(&pages, list.nodes), all, "{} backwards by {size}", list.name);
        }
        let whole = list.page("first: 100").await;
        let beyond = list.page(&format!("first: 3, after: {:?}", whole.end())).await;
        assert_eq!((beyond.nodes().len(), beyond.has_next()), (0, false), "{}", list.name);
        assert_eq!(beyond.0["pageInfo"]["endCursor"], json!(null));
        let between = format!("first: 10, after: {:?}, before: {:?}", whole.start(), whole.end());
        assert_eq!(flat(&[list.page(&between).await], list.nodes), all[1..6], "{}: a window", list.name);
        list.page("first: null, after: null, last: null, before: null").await;
    }
}

#[tokio::test]
async fn arguments_that_make_no_sense_are_refused() {
    let app = App::start().await;
    let lists = lists(&app).await;
    for (index, list) in lists.iter().enumerate() {
        for (args, field) in [
            ("first: 0", "first"),
            ("first: -1", "first"),
            ("first: 101", "first"),
            ("first: 2147483647", "first"),
            ("last: 0", "last"),
            ("last: -5", "last"),
            ("last: 101", "last"),
            ("first: 3, last: 3", "last"),
            (r#"after: """#, "after"),
            (r#"after: "nonsense""#, "after"),
            (r#"before: "bm9uc2Vuc2U=""#, "before"),
            (r#"first: 2, after: "💥""#, "after"),
        ] {
            assert_eq!(list.ask(args).await.refusal(), ("INVALID_INPUT", field), "{}({args})", list.name);
        }
        let cursor = list.page("first: 2").await.end().to_owned();
        let foreign = lists[(index + 1) % lists.len()].ask(&format!("after: {cursor:?}")).await;
        assert_eq!(foreign.refusal(), ("INVALID_INPUT", "after"), "a cursor of {} elsewhere", list.name);
        let (half, rest) = cursor.split_at(cursor.len() / 2);
        for damaged in [half.to_owned(), rest.to_owned(), format!("{cursor}AA"), format!("{cursor}{cursor}")]
        {
            let answer = list.ask(&format!("first: 2, after: {damaged:?}")).await;
            assert_eq!(answer.refusal(), ("INVALID_INPUT", "after"), "{} after {damaged}", list.name);
        }
        for position in 0..cursor.len() {
            let mut bytes = cursor.clone().into_bytes();
            bytes[position] = if bytes[position] == b'x' { b'y' } else { b'x' };
            let answer = list.ask(&format!("first: 2, after: {:?}", String::from_utf8(bytes).unwrap())).await;
            let refused = answer.refusal() == ("INVALID_INPUT", "after");
            assert!(refused, "{}: {:#}", list.name, answer.body);
        }
    }
}

#[tokio::test]
async fn without_arguments_there_are_twenty_and_of_messages_the_latest() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    for number in 1..=25 {
        alice.send(&chat, &number.to_string()).await;
    }
    let expected: Vec<_> = (6..=25).map(|number| number.to_string()).collect();
    let page = bob.messages(&chat, "").await;
    assert_eq!(page.each("content"), expected, "the latest, oldest first");
    assert!(page.has_previous() && !page.has_next());
    assert_eq!(page.0["totalCount"], 25);
    assert_eq!(bob.messages(&chat, "first: 2").await.each("content"), ["1", "2"]);
    assert_eq!(bob.messages(&chat, "last: 2").await.each("content"), ["24", "25"]);
    let limits = alice.ask("{ server { limits { pageSizeDefault pageSizeMax } } }").await;
    assert_eq!(limits["server"]["limits"], json!({ "pageSizeDefault": 20, "pageSizeMax": 100 }));
}

#[tokio::test]
async fn pages_of_messages_hold_still_while_others_write() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let mut sent: Vec<Sent> = Vec::new();
    for number in 1..=9 {
        sent.push(alice.send(&chat, &number.to_string()).await);
    }
    let latest = bob.messages(&chat, "last: 3").await;
    let oldest = bob.messages(&chat, "first: 3").await;
    for content in ["10", "11"] {
        alice.send(&chat, content).await;
    }
    alice.delete(&sent[4]).await.data();
    let before = bob.messages(&chat, &format!("last: 3, before: {:?}", latest.start())).await;
    assert_eq!(before.each("content"), ["4", "null", "6"], "a tombstone keeps its place");
    let after = bob.messages(&chat, &format!("first: 3, after: {:?}", oldest.end())).await;
    assert_eq!(after.each("content"), ["4", "null", "6"]);
    let new = bob.messages(&chat, &format!("first: 100, after: {:?}", latest.end())).await;
    assert_eq!(new.each("content"), ["10", "11"], "and what came is found from where one was");
}

#[tokio::test]
async fn pages_of_conversations_hold_still_while_they_move() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let mut chats = Vec::new();
    for number in 1..=6 {
        chats.push(alice.group(&number.to_string(), &[&bob]).await);
    }
    let first = bob.conversations("first: 2").await;
    assert_eq!(first.each("title"), ["6", "5"]);
    alice.send(&chats[4], "5 goes up").await;
    alice.group("7", &[&bob]).await;
    let second = bob.conversations(&format!("first: 2, after: {:?}", first.end())).await;
    assert_eq!(second.each("title"), ["4", "3"], "none twice, none lost");
    bob.leave(&chats[3]).await.data();
    let third = bob.conversations(&format!("first: 5, after: {:?}", second.start())).await;
    assert_eq!(third.each("title"), ["3", "2", "1"], "a cursor outlives what it pointed at");
}
