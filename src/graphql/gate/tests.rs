//! The gate against a schema of the same shape as the real one, but small enough to read.

mod coercing;
mod executing;
mod limiting;
mod pricing;
mod surviving;
mod validating;

use serde_json::{Value as Json, json};

use super::*;

const SDL: &str = "
scalar DateTime
enum Kind { DIRECT GROUP }
interface Node { id: ID! }
type Query {
  node(id: ID!): Node
  nodes(ids: [ID!]!): [Node]!
  viewer: Viewer!
  user(by: UserRef!): User
  users(matching: String, first: Int, after: String, last: Int, before: String): UserConnection!
  conversations(filter: Filter, first: Int, after: String, last: Int, before: String): ConversationConnection!
  conversation(id: ID!): Conversation
  events(after: String!, ids: [ID!], first: Int): EventPage!
  word(text: String, times: Int = 1, loud: Boolean! = false, kind: Kind, at: DateTime): String!
}
input UserRef @oneOf { id: ID username: String email: String }
input Filter { kind: Kind archived: Boolean tags: [String!] also: Filter by: UserRef size: Int! = 5 }
type Viewer { user: User! email: String! }
type User implements Node { id: ID! username: String! friends: [User!]! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
type UserConnection { edges: [UserEdge!]! nodes: [User!]! pageInfo: PageInfo! totalCount: Int! }
type UserEdge { cursor: String! node: User! }
type ConversationConnection { edges: [ConversationEdge!]! nodes: [Conversation!]! pageInfo: PageInfo! }
type ConversationEdge { cursor: String! node: Conversation! }
type Conversation implements Node {
  id: ID!
  title: String
  parent: Conversation
  participants(first: Int, after: String, last: Int, before: String): UserConnection!
  messages(first: Int, after: String, last: Int, before: String): MessageConnection!
}
type MessageConnection { nodes: [Message!]! pageInfo: PageInfo! }
type Message implements Node { id: ID! content: String sender: User conversation: Conversation! reactions: [Reaction!]! }
type Reaction { emoji: String! count: Int! }
type EventPage { events: [Event!]! cursor: String! }
type Event { cursor: String! message: Message }
type Mutation {
  sendMessage(input: SendMessageInput!): SendMessagePayload!
  rename(input: RenameInput!): RenamePayload!
}
input Destination @oneOf { conversationId: ID userId: ID }
input SendMessageInput { to: Destination! content: String! replyToId: ID }
type SendMessagePayload { message: Message! duplicate: Boolean! }
input RenameInput { conversationId: ID! title: String }
type RenamePayload { conversation: Conversation! }
type Subscription {
  messageAdded(conversationId: ID!, after: String): Message!
  events(ids: [ID!], after: String): Event!
}
";

fn gate() -> Gate {
    gate_with(Limits::default())
}

fn gate_with(limits: Limits) -> Gate {
    Gate::new(SDL, limits).expect("the test schema is valid")
}

fn request(query: impl Into<String>, variables: Json) -> Request {
    let Json::Object(variables) = variables else { panic!("variables are an object") };
    Request { query: query.into(), operation_name: None, variables }
}

fn prepare(query: impl Into<String>) -> Result<Prepared, Vec<RequestError>> {
    gate().prepare(request(query, json!({})))
}

#[track_caller]
fn accepted(gate: &Gate, query: &str, variables: Json) -> Prepared {
    gate.prepare(request(query, variables))
        .unwrap_or_else(|errors| panic!("{query} was refused: {errors:#?}"))
}

/// `text` of each number below `count`, one after the other.
fn each(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect::<Vec<_>>().concat()
}

/// The first error, which must have `code` and mention `words`.
#[track_caller]
fn refused(result: Result<Prepared, Vec<RequestError>>, code: Code, words: &str) -> RequestError {
    let errors = result.expect_err("this should have been refused");
    let error = errors[0].clone();
    assert_eq!(error.code, code, "{error:?}");
    assert!(error.message.contains(words), "{:?} does not mention {words:?}", error.message);
    assert!(!error.message.contains('\n'));
    error
}

#[test]
fn a_hit_returns_the_same_operation() {
    let gate = gate();
    let first = accepted(&gate, "{ viewer { email } }", json!({}));
    let second = accepted(&gate, "{ viewer { email } }", json!({}));
    assert!(Arc::ptr_eq(&first.operation, &second.operation));
    let other = accepted(&gate, "{ viewer { email } } ", json!({}));
    assert!(!Arc::ptr_eq(&first.operation, &other.operation));
}

#[test]
fn the_name_is_part_of_the_key() {
    let gate = gate();
    let document = "query A { viewer { email } } query B { word }";
    let named = |name: &str| {
        gate.prepare(Request { operation_name: Some(name.to_owned()), ..request(document, json!({})) })
            .unwrap()
    };
    assert_eq!(named("A").operation.root_fields(), ["viewer"]);
    assert_eq!(named("B").operation.root_fields(), ["word"]);
    assert_eq!(named("A").operation.name(), Some("A"));
}

#[test]
fn the_cache_stays_within_its_bytes() {
    let gate = gate_with(Limits { cache_bytes: 100_000, ..Limits::default() });
    for number in 0..500 {
        accepted(&gate, &format!("{{ word(text: \"{number}\") }}"), json!({}));
    }
    gate.operations.run_pending_tasks();
    assert!(gate.operations.weighted_size() <= 100_000);
    assert!(gate.operations.entry_count() > 10);
}

#[test]
fn an_operation_says_what_it_is() {
    let query =
        prepare("query Q { ...F me: viewer { email } __typename } fragment F on Query { word a: word }");
    let query = query.unwrap().operation;
    assert_eq!((query.kind(), query.name()), (OperationKind::Query, Some("Q")));
    assert_eq!(query.root_fields(), ["word", "word", "viewer", "__typename"]);

    let mutation = prepare(r#"mutation { rename(input: { conversationId: "c" }) { __typename } }"#).unwrap();
    assert_eq!((mutation.operation.kind(), mutation.operation.name()), (OperationKind::Mutation, None));

    let subscription =
        prepare("subscription S { ...F } fragment F on Subscription { events { cursor } }").unwrap();
    assert_eq!(subscription.operation.kind(), OperationKind::Subscription);
    assert_eq!(subscription.operation.root_fields(), ["events"]);
}

#[test]
fn a_schema_that_is_not_valid_makes_no_gate() {
    assert!(Gate::new("type Query { a: Missing }", Limits::default()).is_err());
    assert!(Gate::new("type Query {", Limits::default()).is_err());
}

#[test]
fn messages_are_one_line_of_bounded_length() {
    let error = RequestError::new(Code::InvalidRequest, format!("a\r\n\tb \0 {}", "é".repeat(1_000)));
    assert!(error.message.starts_with("a b é"));
    assert_eq!(error.message.chars().count(), RequestError::MESSAGE_CHARS + 1);
}
