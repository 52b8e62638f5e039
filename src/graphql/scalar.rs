//! Scalars and enums that several nouns share.

use async_graphql::{Enum, InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::{clock::Timestamp, error::Code, id::Malformed};

/// A moment in UTC: RFC 3339 with six digits of a second, for example `2026-01-02T15:04:05.123456Z`. Times tell
/// people when something happened; the order of a conversation is the order of `seq`.
#[derive(Clone, Copy, Debug)]
pub struct DateTime(pub(super) Timestamp);

/// A moment in UTC: RFC 3339 with six digits of a second, for example `2026-01-02T15:04:05.123456Z`. Times tell
/// people when something happened; the order of a conversation is the order of `seq`.
#[Scalar(name = "DateTime", specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339")]
impl ScalarType for DateTime {
    fn parse(_: Value) -> InputValueResult<Self> {
        Err(InputValueError::custom("no argument takes a DateTime yet"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl From<Timestamp> for DateTime {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp)
    }
}

/// The stable, machine-readable name of an error: what `extensions.code` of every error holds. New codes may be
/// added; treat one you do not know like `INTERNAL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Code")]
pub enum ErrorCode {
    /// No valid access token came with the request. Sign in.
    Unauthenticated,
    /// The access token has expired. Use `refresh`, then try again.
    TokenExpired,
    /// You may see the object, but may not do this to it.
    Forbidden,
    /// It does not exist, or you may not know that it does.
    NotFound,
    /// An argument breaks a rule. `extensions.field` names it.
    InvalidInput,
    /// The change contradicts what is already there.
    Conflict,
    /// Too many requests. `extensions.retryAt` says when to come back.
    RateLimited,
    /// A word filter refused the content.
    ContentRejected,
    /// The server is closed at this hour. `extensions.retryAt` says when it opens.
    AccessWindowClosed,
    /// A request authenticated by cookie came without its CSRF token.
    CsrfFailed,
    /// The operation would cost more than one operation may. Ask for smaller pages, or for less at once.
    OperationTooComplex,
    /// A persisted query is not known here. Send its text.
    PersistedQueryNotFound,
    /// Not a well-formed request: bad JSON, a document that does not parse or validate, a wrong method.
    InvalidRequest,
    /// The operation took too long. A mutation may still complete: retry with the same idempotency key.
    Timeout,
    /// The server's fault. Report it with `extensions.requestId`.
    Internal,
}

/// A number as GraphQL's `Int` can carry it. Counters are bounded by it in practice; beyond it they stay at the end.
pub(super) fn int(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
}

/// The id in an argument or input field called `field`.
pub(super) fn parse_id<T>(field: &'static str, id: &async_graphql::ID) -> crate::error::Result<T>
where
    T: std::str::FromStr<Err = Malformed>,
{
    id.parse().map_err(|_| {
        crate::error::Error::invalid(field, "This is not an id of the kind that is expected here.")
    })
}
