//! What clients may know about the server itself.

use async_graphql::{Context, Object, SimpleObject};

use super::{
    Asked as _,
    scalar::{DateTime, int},
};
use crate::domain::{message::IDEMPOTENCY_LIFETIME, reaction::EMOJI_MAX, text};

/// The server.
#[derive(SimpleObject)]
pub struct ServerInfo {
    /// The version of the software, as in semantic versioning.
    version: String,
    /// The time by the server's clock.
    now: DateTime,
    /// What the server allows at most.
    limits: ServerLimits,
}

/// What the server allows at most. Beyond it, a request is refused; nothing is cut off in silence.
#[derive(SimpleObject)]
pub struct ServerLimits {
    /// Items on a page that does not say how many.
    page_size_default: i32,
    /// Items on a page.
    page_size_max: i32,
    /// Characters in a message, not counting white space around it.
    message_length_max: i32,
    /// Participants of a group.
    participants_max: i32,
    /// Characters in a title.
    title_length_max: i32,
    /// Different emoji among the reactions to one message.
    reactions_per_message_max: i32,
    /// Characters in an idempotency key.
    idempotency_key_length_max: i32,
    /// How long an idempotency key is remembered, in seconds.
    idempotency_key_lifetime_seconds: i32,
    /// How long an access token is good for, in seconds.
    access_token_lifetime_seconds: i32,
    /// How long a refresh token is good for, in seconds.
    refresh_token_lifetime_seconds: i32,
    /// What one operation may cost: about one for each field and item it asks for.
    operation_cost_max: i32,
    /// How deeply the fields of one operation may nest.
    operation_depth_max: i32,
    /// Bytes in the body of a request.
    request_bytes_max: i32,
}

/// Queries about the server.
#[derive(Default)]
pub struct ServerQuery;

#[Object]
impl ServerQuery {
    /// The server: its version, its time and its limits. Needs no sign-in.
    async fn server(&self, ctx: &Context<'_>) -> ServerInfo {
        let limits = ctx.limits();
        let (access, refresh) = ctx.domain().token_lifetimes();
        ServerInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: ctx.domain().clock().now().into(),
            limits: ServerLimits {
                page_size_default: count(limits.page_size_default),
                page_size_max: count(limits.page_size_max),
                message_length_max: count(limits.message_length_max),
                participants_max: count(limits.participants_max),
                title_length_max: count(text::TITLE_LENGTH_MAX),
                reactions_per_message_max: count(EMOJI_MAX),
                idempotency_key_length_max: count(text::IDEMPOTENCY_KEY_LENGTH_MAX),
                idempotency_key_lifetime_seconds: count(IDEMPOTENCY_LIFETIME.as_secs()),
                access_token_lifetime_seconds: count(access.as_secs()),
                refresh_token_lifetime_seconds: count(refresh.as_secs()),
                operation_cost_max: count(limits.operation_cost_max),
                operation_depth_max: count(limits.operation_depth_max),
                request_bytes_max: count(limits.request_bytes_max),
            },
        }
    }
}

fn count(number: impl TryInto<i64>) -> i32 {
    int(number.try_into().unwrap_or(i64::MAX))
}
