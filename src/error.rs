//! What can go wrong, in the words of the contract.
//!
//! One enum for every layer, so that an error keeps its meaning on its way from the rule that found it to the
//! client. It knows neither HTTP nor GraphQL: [`Error::code`] is what those turn into a status or an extension.

use std::{fmt, sync::Arc};

use crate::clock::Timestamp;

/// The result of everything that can fail for a reason a client should hear about.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The stable, machine-readable name of an error: `extensions.code` of a GraphQL error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// No valid access token came with the request.
    Unauthenticated,
    /// The access token was valid once; refresh it.
    TokenExpired,
    /// The caller is known and may see the object, but may not do this to it.
    Forbidden,
    /// It does not exist, or the caller may not know that it does.
    NotFound,
    /// An argument breaks a rule; `field` names it.
    InvalidInput,
    /// The change contradicts what is already there.
    Conflict,
    /// Too many requests; `retryAt` says when to come back.
    RateLimited,
    /// A word filter refused the content.
    ContentRejected,
    /// The server is closed at this hour.
    AccessWindowClosed,
    /// A cookie-authenticated request came without its CSRF token.
    CsrfFailed,
    /// The operation would cost more than one operation may.
    OperationTooComplex,
    /// A persisted query is not known here; send its text.
    PersistedQueryNotFound,
    /// Not a well-formed request: bad JSON, a document that does not parse or validate, a wrong method.
    InvalidRequest,
    /// The operation took too long.
    Timeout,
    /// Our fault. The cause is in the server's log, under the request id.
    Internal,
}

impl Code {
    /// Every code, in the order of the documentation.
    pub const ALL: [Self; 15] = [
        Self::Unauthenticated,
        Self::TokenExpired,
        Self::Forbidden,
        Self::NotFound,
        Self::InvalidInput,
        Self::Conflict,
        Self::RateLimited,
        Self::ContentRejected,
        Self::AccessWindowClosed,
        Self::CsrfFailed,
        Self::OperationTooComplex,
        Self::PersistedQueryNotFound,
        Self::InvalidRequest,
        Self::Timeout,
        Self::Internal,
    ];

    /// The name as clients see it, for example `NOT_FOUND`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::InvalidInput => "INVALID_INPUT",
            Self::Conflict => "CONFLICT",
            Self::RateLimited => "RATE_LIMITED",
            Self::ContentRejected => "CONTENT_REJECTED",
            Self::AccessWindowClosed => "ACCESS_WINDOW_CLOSED",
            Self::CsrfFailed => "CSRF_FAILED",
            Self::OperationTooComplex => "OPERATION_TOO_COMPLEX",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::Timeout => "TIMEOUT",
            Self::Internal => "INTERNAL",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error with what a client needs to act on it. `Display` is the message a client sees.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The caller did not say who they are, or said it in a way that does not hold.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The access token has expired.
    #[error("The access token has expired.")]
    TokenExpired,
    /// The caller may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// There is no such thing for this caller; `field` names the argument that referred to it.
    #[error("{what} not found.")]
    NotFound {
        /// What was looked for, capitalised: `Conversation`.
        what: &'static str,
        /// The argument that named it, where there is one.
        field: Option<&'static str>,
    },
    /// An argument breaks a rule.
    #[error("{message}")]
    InvalidInput {
        /// The argument, as the client spells it: `content`.
        field: &'static str,
        /// What is wrong with it, as a sentence.
        message: String,
        /// The offending values, where only some of a list are wrong.
        details: Vec<String>,
    },
    /// The change contradicts what is there.
    #[error("{message}")]
    Conflict {
        /// The argument that collides, where there is one.
        field: Option<&'static str>,
        /// What it collides with, as a sentence.
        message: &'static str,
    },
    /// Too much at once.
    #[error("{message}")]
    RateLimited {
        /// Which limit was met, as a sentence.
        message: &'static str,
        /// When another try may succeed.
        retry_at: Timestamp,
    },
    /// It took too long.
    #[error("The operation took too long.")]
    Timeout,
    /// Our fault; the cause is for the log only.
    #[error("Internal error.")]
    Internal(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// The stable name of this error.
    pub const fn code(&self) -> Code {
        match self {
            Self::Unauthenticated(_) => Code::Unauthenticated,
            Self::TokenExpired => Code::TokenExpired,
            Self::Forbidden(_) => Code::Forbidden,
            Self::NotFound { .. } => Code::NotFound,
            Self::InvalidInput { .. } => Code::InvalidInput,
            Self::Conflict { .. } => Code::Conflict,
            Self::RateLimited { .. } => Code::RateLimited,
            Self::Timeout => Code::Timeout,
            Self::Internal(_) => Code::Internal,
        }
    }

    /// The argument at fault, as the client spells it.
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::InvalidInput { field, .. } => Some(field),
            Self::NotFound { field, .. } | Self::Conflict { field, .. } => *field,
            _ => None,
        }
    }

    /// The offending values, where an argument is a list.
    pub fn details(&self) -> &[String] {
        match self {
            Self::InvalidInput { details, .. } => details,
            _ => &[],
        }
    }

    /// The earliest moment at which another try may succeed.
    pub const fn retry_at(&self) -> Option<Timestamp> {
        match self {
            Self::RateLimited { retry_at, .. } => Some(*retry_at),
            _ => None,
        }
    }

    /// An argument that breaks a rule.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::InvalidInput { field, message: message.into(), details: Vec::new() }
    }

    /// Something that is not there for this caller, named by the argument `field`.
    pub const fn not_found(what: &'static str, field: &'static str) -> Self {
        Self::NotFound { what, field: Some(field) }
    }

    /// A fault of ours; `cause` goes to the log.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(Arc::from(cause.into()))
    }
}
