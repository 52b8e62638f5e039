//! People, and what they do: `alice.send(&chat, "hi")`.
//!
//! A verb gives the whole [`Answer`], for the test to read or to find refused. Only what nearly every test begins
//! with (a group, a direct conversation, a message, a page) succeeds or fails the test, with a `try_` twin.

use std::ops::Deref;

use serde_json::{Value, json};

use super::client::{Answer, Client};

/// A registered person with an access token.
#[derive(Clone)]
pub struct Person {
    pub client: Client,
    pub id: String,
    pub name: String,
    pub email: String,
    pub password: String,
    pub refresh_token: String,
}

impl Deref for Person {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// A conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Chat {
    pub id: String,
}

/// A message that was acknowledged.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub id: String,
    pub seq: i64,
}

impl Sent {
    /// From a message with `id` and `seq`.
    pub fn of(message: &Value) -> Self {
        Self { id: text(&message["id"]), seq: message["seq"].as_i64().expect("a position") }
    }
}

/// One page of a connection.
#[derive(Clone, Debug)]
pub struct Page(pub Value);

impl Page {
    /// The nodes' `field`, in the order of the page.
    pub fn each(&self, field: &str) -> Vec<&str> {
        self.nodes().iter().map(|node| node[field].as_str().unwrap_or("null")).collect()
    }

    pub fn nodes(&self) -> &[Value] {
        self.0["nodes"].as_array().expect("nodes")
    }

    /// The cursor of the last edge.
    pub fn end(&self) -> &str {
        self.0["pageInfo"]["endCursor"].as_str().expect("an end cursor")
    }

    /// The cursor of the first edge.
    pub fn start(&self) -> &str {
        self.0["pageInfo"]["startCursor"].as_str().expect("a start cursor")
    }

    pub fn has_next(&self) -> bool {
        self.0["pageInfo"]["hasNextPage"].as_bool().expect("hasNextPage")
    }

    pub fn has_previous(&self) -> bool {
        self.0["pageInfo"]["hasPreviousPage"].as_bool().expect("hasPreviousPage")
    }
}

/// What every page of the tests asks of its connection beside the nodes.
pub const PAGE: &str = "edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

/// The arguments of a field: nothing, or `args` in parentheses.
pub fn arguments(args: &str) -> String {
    if args.is_empty() { String::new() } else { format!("({args})") }
}

/// An owned string out of JSON.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a string: {value}")).to_owned()
}

pub const REGISTER: &str = "mutation ($input: RegisterInput!) { register(input: $input) {
    message tokenType accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt
    user { id username displayName createdAt }
} }";

pub const LOGIN: &str = "mutation ($input: LoginInput!) { login(input: $input) {
    message tokenType accessToken refreshToken user { id username }
} }";

pub const REFRESH: &str = "mutation ($input: RefreshInput!) { refresh(input: $input) {
    accessToken refreshToken user { id }
} }";

/// Who they are to the server.
impl Person {
    /// Registers somebody with a name, an address made of it and a password of their own.
    pub async fn register(client: &Client, name: &str) -> Self {
        let email = format!("{name}@example.org");
        let password = format!("{name} keeps 7 purple newts");
        let input = json!({ "username": name, "email": email, "password": password });
        let answer = client.query(REGISTER, json!({ "input": input })).await;
        Self::of(client, &answer["register"], (&email, &password))
    }

    /// Another session of the same person.
    pub async fn log_in_again(&self) -> Self {
        let answer = try_login(&self.client, &self.name, &self.password).await;
        Self::of(&self.client, &answer["login"], (&self.email, &self.password))
    }

    fn of(client: &Client, payload: &Value, (email, password): (&str, &str)) -> Self {
        Self {
            client: client.with_token(payload["accessToken"].as_str().expect("an access token")),
            id: text(&payload["user"]["id"]),
            name: text(&payload["user"]["username"]),
            email: email.to_owned(),
            password: password.to_owned(),
            refresh_token: text(&payload["refreshToken"]),
        }
    }

    /// A new access token for the refresh token, which is used up by it.
    pub async fn refresh(&self) -> Answer {
        try_refresh(&self.client, &self.refresh_token).await
    }

    pub async fn logout(&self, everywhere: bool) -> Answer {
        const LOGOUT: &str =
            "mutation ($input: LogoutInput!) { logout(input: $input) { message sessionsEnded } }";
        self.act(LOGOUT, json!({ "everywhere": everywhere })).await
    }

    pub async fn update_profile(&self, input: Value) -> Answer {
        const UPDATE: &str = "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) {
            user { id username displayName }
        } }";
        self.act(UPDATE, input).await
    }

    pub async fn change_password(&self, current: &str, new: &str) -> Answer {
        const CHANGE: &str = "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) {
            user { id } sessionsEnded
        } }";
        self.act(CHANGE, json!({ "currentPassword": current, "newPassword": new })).await
    }

    pub async fn change_email(&self, password: &str, email: &str) -> Answer {
        const CHANGE: &str = "mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) {
            viewer { email user { id } }
        } }";
        self.act(CHANGE, json!({ "password": password, "email": email })).await
    }

    pub async fn delete_account(&self) -> Answer {
        const DELETE: &str =
            "mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) { userId } }";
        self.act(DELETE, json!({ "password": self.password })).await
    }

    pub async fn revoke_session(&self, id: &str) -> Answer {
        const REVOKE: &str =
            "mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { sessionId } }";
        self.act(REVOKE, json!({ "sessionId": id })).await
    }

    /// Whether the access token is accepted.
    pub async fn is_logged_in(&self) -> bool {
        self.ask("{ viewer { email } }").await.errors().is_empty()
    }

    /// Executes a mutation with its one input.
    pub async fn act(&self, document: &str, input: Value) -> Answer {
        self.query(document, json!({ "input": input })).await
    }
}

/// Logs in without expecting success.
pub async fn try_login(client: &Client, identifier: &str, password: &str) -> Answer {
    client.query(LOGIN, json!({ "input": { "identifier": identifier, "password": password } })).await
}

/// Refreshes without expecting success.
pub async fn try_refresh(client: &Client, token: &str) -> Answer {
    client.query(REFRESH, json!({ "input": { "refreshToken": token } })).await
}

const CREATE: &str = "mutation ($input: CreateConversationInput!) { createConversation(input: $input) {
    conversation { id kind title }
} }";

const OPEN: &str = "mutation ($input: OpenDirectConversationInput!) { openDirectConversation(input: $input) {
    created conversation { id kind title }
} }";

/// What they do with conversations.
impl Person {
    pub async fn group(&self, title: &str, others: &[&Person]) -> Chat {
        let ids: Vec<_> = others.iter().map(|other| other.id.as_str()).collect();
        let answer = self.try_group(Some(title), &ids).await;
        Chat { id: text(&answer["createConversation"]["conversation"]["id"]) }
    }

    pub async fn try_group(&self, title: Option<&str>, ids: &[&str]) -> Answer {
        self.act(CREATE, json!({ "participantIds": ids, "title": title })).await
    }

    pub async fn direct(&self, other: &Person) -> Chat {
        let answer = self.try_direct(json!({ "id": other.id })).await;
        Chat { id: text(&answer["openDirectConversation"]["conversation"]["id"]) }
    }

    pub async fn try_direct(&self, with: Value) -> Answer {
        self.act(OPEN, json!({ "with": with })).await
    }

    pub async fn rename(&self, chat: &Chat, title: impl Into<Value>) -> Answer {
        const RENAME: &str =
            "mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) {
            conversation { id title }
        } }";
        self.act(RENAME, json!({ "conversationId": chat.id, "title": title.into() })).await
    }

    /// Sets what `preferences` holds: `muted`, `archived`, `pinned`.
    pub async fn prefer(&self, chat: &Chat, mut preferences: Value) -> Answer {
        const PREFER: &str = "mutation ($input: SetConversationPreferencesInput!) {
            setConversationPreferences(input: $input) { conversation { viewerParticipant { muted archived pinned } } }
        }";
        preferences["conversationId"] = json!(chat.id);
        self.act(PREFER, preferences).await
    }

    pub async fn delete_chat(&self, chat: &Chat) -> Answer {
        const DELETE: &str =
            "mutation ($input: DeleteConversationInput!) { deleteConversation(input: $input) {
            conversationId
        } }";
        self.act(DELETE, json!({ "conversationId": chat.id })).await
    }

    pub async fn leave(&self, chat: &Chat) -> Answer {
        const LEAVE: &str = "mutation ($input: LeaveConversationInput!) { leaveConversation(input: $input) {
            conversationId
        } }";
        self.act(LEAVE, json!({ "conversationId": chat.id })).await
    }

    pub async fn add(&self, chat: &Chat, ids: &[&str]) -> Answer {
        const ADD: &str = "mutation ($input: AddParticipantsInput!) { addParticipants(input: $input) {
            conversation { id participants { totalCount } } added { id username }
        } }";
        self.act(ADD, json!({ "conversationId": chat.id, "userIds": ids })).await
    }

    pub async fn remove(&self, chat: &Chat, user: &Person) -> Answer {
        const REMOVE: &str = "mutation ($input: RemoveParticipantInput!) { removeParticipant(input: $input) {
            conversation { id participants { totalCount } } removed { id username }
        } }";
        self.act(REMOVE, json!({ "conversationId": chat.id, "userId": user.id })).await
    }

    pub async fn set_role(&self, chat: &Chat, user: &Person, role: &str) -> Answer {
        const SET: &str = "mutation ($input: SetParticipantRoleInput!) { setParticipantRole(input: $input) {
            conversation { id } participant { role node { id } }
        } }";
        self.act(SET, json!({ "conversationId": chat.id, "userId": user.id, "role": role })).await
    }

    /// A conversation as this person sees it.
    pub async fn conversation(&self, chat: &Chat) -> Answer {
        const CONVERSATION: &str = "query ($id: ID!) { conversation(id: $id) {
            id kind title unreadCount unreadMentionCount lastMessage { id content }
            viewerParticipant { role muted archived pinned lastReadMessage { id } }
            participants(first: 100) { totalCount edges { role node { id username } } }
        } }";
        self.query(CONVERSATION, json!({ "id": chat.id })).await
    }

    /// Everybody in a conversation as `name ROLE`, in the order of the list.
    pub async fn people_in(&self, chat: &Chat) -> Vec<String> {
        let answer = self.conversation(chat).await;
        let edges = answer["conversation"]["participants"]["edges"].as_array().expect("edges");
        edges
            .iter()
            .map(|edge| format!("{} {}", text(&edge["node"]["username"]), text(&edge["role"])))
            .collect()
    }

    /// A page of the conversations; `args` as in GraphQL: `first: 3`.
    pub async fn conversations(&self, args: &str) -> Page {
        let document = format!(
            "{{ conversations{} {{ nodes {{ id kind title unreadCount lastMessage {{ content }} }} {PAGE} }} }}",
            arguments(args)
        );
        Page(self.ask(&document).await["conversations"].clone())
    }
}

const SEND: &str = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) {
    duplicate message { id seq content sender { id } } conversation { id kind }
} }";

/// What they do with messages.
impl Person {
    pub async fn send(&self, chat: &Chat, content: &str) -> Sent {
        Sent::of(&self.try_send(chat, content).await["sendMessage"]["message"])
    }

    pub async fn try_send(&self, chat: &Chat, content: &str) -> Answer {
        self.send_input(json!({ "to": { "conversationId": chat.id }, "content": content })).await
    }

    /// Sends to anybody or anything a `Destination` can name.
    pub async fn send_to(&self, destination: Value, content: &str) -> Answer {
        self.send_input(json!({ "to": destination, "content": content })).await
    }

    pub async fn reply(&self, chat: &Chat, to: &Sent, content: &str) -> Answer {
        let to_chat = json!({ "conversationId": chat.id });
        self.send_input(json!({ "to": to_chat, "content": content, "replyToId": to.id })).await
    }

    /// Sends under an idempotency key.
    pub async fn send_once(&self, chat: &Chat, content: &str, key: &str) -> Answer {
        let to_chat = json!({ "conversationId": chat.id });
        self.send_input(json!({ "to": to_chat, "content": content, "idempotencyKey": key })).await
    }

    pub async fn send_input(&self, input: Value) -> Answer {
        self.act(SEND, input).await
    }

    pub async fn edit(&self, message: &Sent, content: &str) -> Answer {
        const EDIT: &str = "mutation ($input: EditMessageInput!) { editMessage(input: $input) {
            message { id seq content editedAt }
        } }";
        self.act(EDIT, json!({ "messageId": message.id, "content": content })).await
    }

    pub async fn delete(&self, message: &Sent) -> Answer {
        const DELETE: &str = "mutation ($input: DeleteMessageInput!) { deleteMessage(input: $input) {
            message { id seq content deletedAt }
        } }";
        self.act(DELETE, json!({ "messageId": message.id })).await
    }

    pub async fn react(&self, message: &Sent, emoji: &str) -> Answer {
        const REACT: &str = "mutation ($input: AddReactionInput!) { addReaction(input: $input) {
            message { id reactions { emoji count viewerHasReacted } }
        } }";
        self.act(REACT, json!({ "messageId": message.id, "emoji": emoji })).await
    }

    pub async fn unreact(&self, message: &Sent, emoji: &str) -> Answer {
        const UNREACT: &str = "mutation ($input: RemoveReactionInput!) { removeReaction(input: $input) {
            message { id reactions { emoji count viewerHasReacted } }
        } }";
        self.act(UNREACT, json!({ "messageId": message.id, "emoji": emoji })).await
    }

    pub async fn mark_read(&self, message: &Sent) -> Answer {
        const MARK: &str = "mutation ($input: MarkReadInput!) { markRead(input: $input) {
            conversation { id unreadCount viewerParticipant { lastReadMessage { id } } }
        } }";
        self.act(MARK, json!({ "messageId": message.id })).await
    }

    /// A message with everything about it.
    pub async fn message(&self, message: &Sent) -> Answer {
        const MESSAGE: &str = "query ($id: ID!) { message(id: $id) {
            id seq content createdAt editedAt deletedAt
            sender { id username } replyTo { id content } mentions { username }
            reactions { emoji count viewerHasReacted }
            revisions { totalCount nodes { content writtenAt } }
            viewerCan { edit delete react }
        } }";
        self.query(MESSAGE, json!({ "id": message.id })).await
    }

    /// A page of a conversation's messages; `args` as in GraphQL: `last: 3`.
    pub async fn messages(&self, chat: &Chat, args: &str) -> Page {
        Page(self.try_messages(chat, args).await["conversation"]["messages"].clone())
    }

    pub async fn try_messages(&self, chat: &Chat, args: &str) -> Answer {
        let document = format!(
            "query ($id: ID!) {{ conversation(id: $id) {{
                messages{} {{ totalCount nodes {{ id seq content }} {PAGE} }}
            }} }}",
            arguments(args)
        );
        self.query(&document, json!({ "id": chat.id })).await
    }

    /// Every message of a conversation, oldest first, read in pages of a hundred.
    pub async fn all_messages(&self, chat: &Chat) -> Vec<(Sent, Value)> {
        let mut page = self.messages(chat, "first: 100").await;
        let mut all = Vec::new();
        loop {
            all.extend(page.nodes().iter().map(|node| (Sent::of(node), node["content"].clone())));
            if !page.has_next() {
                return all;
            }
            page = self.messages(chat, &format!("first: 100, after: {:?}", page.end())).await;
        }
    }
}
