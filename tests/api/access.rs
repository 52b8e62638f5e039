//! Who may do what: every root field of the schema has a row here, and every row is tried by everybody.
//!
//! A root field without a row fails the test, so that nothing is added without saying who may use it.

use std::{collections::BTreeSet, fs};

use apollo_compiler::Schema;

use crate::support::{App, Chat, Client, Person, Sent, repository};

const OK: &str = "";
const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
const NOT_FOUND: &str = "NOT_FOUND";
const FORBIDDEN: &str = "FORBIDDEN";

/// What nobody but the participants may ever read.
const SECRET: &str = "the cake is in the piano";

/// A root field, a use of it, and what it answers to: anonymous, stranger, former participant, participant,
/// administrator of the group.
struct Row(&'static str, &'static str, [&'static str; 5]);

const ANYBODY: [&str; 5] = [OK; 5];
const KNOWN: [&str; 5] = [UNAUTHENTICATED, OK, OK, OK, OK];
const PARTICIPANTS: [&str; 5] = [UNAUTHENTICATED, NOT_FOUND, NOT_FOUND, OK, OK];
const ADMINISTRATORS: [&str; 5] = [UNAUTHENTICATED, NOT_FOUND, NOT_FOUND, FORBIDDEN, OK];
const THE_PARTICIPANT: [&str; 5] = [UNAUTHENTICATED, NOT_FOUND, NOT_FOUND, OK, FORBIDDEN];
const ITS_OWNER: [&str; 5] = [UNAUTHENTICATED, NOT_FOUND, NOT_FOUND, OK, NOT_FOUND];

/// The words in capitals are filled in: see [`Scene::filled`].
const ROWS: &[Row] = &[
    Row("Query.node", r#"node(id: "CHAT") { id ... on Conversation { title } }"#, PARTICIPANTS),
    Row("Query.nodes", r#"nodes(ids: ["MESSAGE"]) { id ... on Message { content } }"#, PARTICIPANTS),
    Row("Query.viewer", "viewer { email sessions { nodes { id } } }", KNOWN),
    Row("Query.user", r#"user(by: { id: "OTHER" }) { username }"#, KNOWN),
    Row("Query.users", "users { nodes { username } }", KNOWN),
    Row("Query.conversations", "conversations { nodes { title lastMessage { content } } }", KNOWN),
    Row(
        "Query.conversation",
        r#"conversation(id: "CHAT") { title messages { nodes { content } } }"#,
        PARTICIPANTS,
    ),
    Row("Query.directConversation", r#"directConversation(with: { id: "OTHER" }) { id }"#, KNOWN),
    Row("Query.message", r#"message(id: "MESSAGE") { content }"#, PARTICIPANTS),
    Row("Query.verifyToken", r#"verifyToken(token: "TOKEN") { valid }"#, ANYBODY),
    Row("Query.server", "server { version }", ANYBODY),
    Row(
        "Mutation.register",
        r#"register(input: { username: "FRESH", email: "FRESH@example.org", password: "seven brave newts" }) { message }"#,
        ANYBODY,
    ),
    Row(
        "Mutation.login",
        r#"login(input: { identifier: "other", password: "PASSWORD" }) { message }"#,
        ANYBODY,
    ),
    Row("Mutation.refresh", r#"refresh(input: { refreshToken: "REFRESH" }) { message }"#, ANYBODY),
    Row("Mutation.logout", "logout(input: {}) { message }", KNOWN),
    Row("Mutation.updateProfile", r#"updateProfile(input: { displayName: "New" }) { user { id } }"#, KNOWN),
    Row(
        "Mutation.changePassword",
        r#"changePassword(input: { currentPassword: "MINE", newPassword: "eight brave newts" }) { sessionsEnded }"#,
        KNOWN,
    ),
    Row(
        "Mutation.changeEmail",
        r#"changeEmail(input: { password: "MINE", email: "FRESH@example.org" }) { viewer { email } }"#,
        KNOWN,
    ),
    Row(
        "Mutation.revokeSession",
        r#"revokeSession(input: { sessionId: "SESSION" }) { sessionId }"#,
        ITS_OWNER,
    ),
    Row("Mutation.deleteAccount", r#"deleteAccount(input: { password: "MINE" }) { userId }"#, KNOWN),
    Row(
        "Mutation.createConversation",
        r#"createConversation(input: { participantIds: ["OTHER"] }) { conversation { id } }"#,
        KNOWN,
    ),
    Row(
        "Mutation.openDirectConversation",
        r#"openDirectConversation(input: { with: { id: "OTHER" } }) { created }"#,
        KNOWN,
    ),
    Row(
        "Mutation.updateConversation",
        r#"updateConversation(input: { conversationId: "CHAT", title: "New" }) { conversation { title } }"#,
        ADMINISTRATORS,
    ),
    Row(
        "Mutation.setConversationPreferences",
        r#"setConversationPreferences(input: { conversationId: "CHAT", muted: true }) { conversation { id } }"#,
        PARTICIPANTS,
    ),
    Row(
        "Mutation.deleteConversation",
        r#"deleteConversation(input: { conversationId: "CHAT" }) { conversationId }"#,
        ADMINISTRATORS,
    ),
    Row(
        "Mutation.leaveConversation",
        r#"leaveConversation(input: { conversationId: "CHAT" }) { conversationId }"#,
        [UNAUTHENTICATED, NOT_FOUND, NOT_FOUND, OK, "CONFLICT"],
    ),
    Row(
        "Mutation.addParticipants",
        r#"addParticipants(input: { conversationId: "CHAT", userIds: ["STRANGER"] }) { added { id } }"#,
        ADMINISTRATORS,
    ),
    Row(
        "Mutation.removeParticipant",
        r#"removeParticipant(input: { conversationId: "CHAT", userId: "OTHER" }) { removed { id } }"#,
        ADMINISTRATORS,
    ),
    Row(
        "Mutation.setParticipantRole",
        r#"setParticipantRole(input: { conversationId: "CHAT", userId: "OTHER", role: ADMIN }) { participant { role } }"#,
        ADMINISTRATORS,
    ),
    Row(
        "Mutation.sendMessage",
        r#"sendMessage(input: { to: { conversationId: "CHAT" }, content: "hi" }) { message { id } }"#,
        PARTICIPANTS,
    ),
    Row(
        "Mutation.editMessage",
        r#"editMessage(input: { messageId: "MESSAGE", content: "hi" }) { message { id } }"#,
        THE_PARTICIPANT,
    ),
    Row(
        "Mutation.deleteMessage",
        r#"deleteMessage(input: { messageId: "BY_OTHER" }) { message { id } }"#,
        ADMINISTRATORS,
    ),
    Row(
        "Mutation.addReaction",
        r#"addReaction(input: { messageId: "MESSAGE", emoji: "👍" }) { message { id } }"#,
        PARTICIPANTS,
    ),
    Row(
        "Mutation.removeReaction",
        r#"removeReaction(input: { messageId: "MESSAGE", emoji: "👍" }) { message { id } }"#,
        PARTICIPANTS,
    ),
    Row(
        "Mutation.markRead",
        r#"markRead(input: { messageId: "MESSAGE" }) { conversation { id } }"#,
        PARTICIPANTS,
    ),
];

#[test]
fn every_root_field_says_who_may_use_it() {
    let text = fs::read_to_string(repository("schema.graphql")).expect("the schema is committed");
    let schema = Schema::parse_and_validate(text, "schema.graphql").expect("the schema is valid");
    let definition = &schema.schema_definition;
    let roots = [&definition.query, &definition.mutation, &definition.subscription];
    let mut fields = BTreeSet::new();
    for root in roots.into_iter().flatten() {
        let object = schema.get_object(root.as_str()).expect("a root is an object");
        fields.extend(object.fields.keys().map(|field| format!("{root}.{field}")));
    }
    let rows: BTreeSet<_> = ROWS.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(fields, rows);
}

/// A group with everybody who has something to do with it, and somebody who has not.
struct Scene {
    app: App,
    chat: Chat,
    message: Sent,
    by_other: Sent,
    session: String,
    stranger: Person,
    former: Person,
    participant: Person,
    administrator: Person,
    other: Person,
}

impl Scene {
    async fn new() -> Self {
        let app = App::start().await;
        let (stranger, former) = (app.person("stranger").await, app.person("former").await);
        let (participant, administrator) =
            (app.person("participant").await, app.person("administrator").await);
        let other = app.person("other").await;
        let session =
            participant.ask("{ viewer { session { id } } }").await["viewer"]["session"]["id"].clone();
        let (chat, message, by_other) = Self::group(&administrator, &participant, &former, &other).await;
        let session = session.as_str().unwrap().to_owned();
        Self { app, chat, message, by_other, session, stranger, former, participant, administrator, other }
    }

    async fn group(
        administrator: &Person,
        participant: &Person,
        former: &Person,
        other: &Person,
    ) -> (Chat, Sent, Sent) {
        let chat = administrator.group(SECRET, &[participant, former, other]).await;
        let message = participant.send(&chat, SECRET).await;
        let by_other = other.send(&chat, SECRET).await;
        administrator.remove(&chat, former).await.data();
        (chat, message, by_other)
    }

    /// Another group of the same people, because the last row may have spoilt it.
    async fn renew(&mut self) {
        let (administrator, participant) = (&self.administrator, &self.participant);
        (self.chat, self.message, self.by_other) =
            Self::group(administrator, participant, &self.former, &self.other).await;
    }

    /// Who tries a row, in the order of its answers; whoever may succeed comes last.
    fn actors(&self) -> [(&'static str, Client, &str); 5] {
        [
            ("anonymous", self.app.anonymous(), ""),
            ("stranger", self.stranger.client.clone(), &self.stranger.password),
            ("former", self.former.client.clone(), &self.former.password),
            ("participant", self.participant.client.clone(), &self.participant.password),
            ("administrator", self.administrator.client.clone(), &self.administrator.password),
        ]
    }

    async fn filled(&self, document: &str, fresh: &str, mine: &str) -> String {
        let refresh = if document.contains("REFRESH") {
            self.other.log_in_again().await.refresh_token
        } else {
            String::new()
        };
        let token = self.participant.token.clone().unwrap_or_default();
        [
            ("CHAT", self.chat.id.as_str()),
            ("MESSAGE", &self.message.id),
            ("BY_OTHER", &self.by_other.id),
            ("SESSION", &self.session),
            ("STRANGER", &self.stranger.id),
            ("OTHER", &self.other.id),
            ("PASSWORD", &self.other.password),
            ("MINE", mine),
            ("REFRESH", &refresh),
            ("FRESH", fresh),
            ("TOKEN", &token),
        ]
        .iter()
        .fold(document.to_owned(), |document, (word, value)| {
            document.replace(&format!("\"{word}"), &format!("\"{value}"))
        })
    }
}

/// The rows after which nobody is logged in, or who they were.
const ENDS_PEOPLE: [&str; 5] = [
    "Mutation.logout",
    "Mutation.deleteAccount",
    "Mutation.changePassword",
    "Mutation.changeEmail",
    "Mutation.revokeSession",
];

#[tokio::test]
async fn everybody_gets_the_answer_of_their_row() {
    let mut scene = Scene::new().await;
    for Row(field, document, expected) in ROWS {
        let (root, name) = field.split_once('.').unwrap();
        for (index, (who, client, password)) in scene.actors().into_iter().enumerate() {
            let body = scene.filled(document, &format!("{name}{index}"), password).await;
            let answer = client.ask(&format!("{} {{ {body} }}", root.to_lowercase())).await;
            let code = if answer.errors().is_empty() { OK } else { answer.code() };
            assert_eq!(code, expected[index], "{field} for {who}: {:#}", answer.body);
            let leaks = index < 3 && answer.body.to_string().contains(SECRET);
            assert!(!leaks, "{field} tells {who}: {:#}", answer.body);
        }
        if ENDS_PEOPLE.contains(field) {
            scene = Scene::new().await;
        } else if root == "Mutation" {
            scene.renew().await;
        }
    }
}
