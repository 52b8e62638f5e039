//! Who is asking.
//!
//! Tokens and passwords, and the [`Viewer`] that comes out of them: a verb that takes one cannot be called by
//! somebody who did not prove who they are. It knows no table; whether a session still lives is the domain's answer.

mod password;
mod refresh;
mod token;

pub use password::Passwords;
pub use refresh::{Digest, RefreshToken};
pub use token::{AccessTokens, Claims};

use crate::{
    clock::Timestamp,
    error::{Error, Result},
    id::{SessionId, UserId},
};

/// A person who proved who they are, in a session that lives.
#[derive(Clone, Debug)]
pub struct Viewer {
    user: UserId,
    session: SessionId,
    username: String,
    expires_at: Timestamp,
}

impl Viewer {
    /// From verified claims, once the account behind them turned out to be in order. `username` is its name now.
    pub(crate) fn new(claims: &Claims, username: String) -> Self {
        Self { user: claims.user(), session: claims.session(), username, expires_at: claims.expires_at() }
    }

    /// Whose account it is.
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// The session the token belongs to.
    pub const fn session(&self) -> SessionId {
        self.session
    }

    /// The name of the account.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// When the access token ends.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

/// What a request turned out to be sent by.
#[derive(Clone, Debug)]
pub enum Caller {
    /// No token came with it.
    Anonymous,
    /// A valid token did.
    Viewer(Viewer),
    /// A token came that does not hold. Verbs that are open to everybody still work, so that a client whose token
    /// has expired can refresh it without first taking the header away.
    Rejected(Error),
}

impl Caller {
    /// The person behind the request, or why there is none.
    pub fn viewer(&self) -> Result<&Viewer> {
        match self {
            Self::Viewer(viewer) => Ok(viewer),
            Self::Anonymous => Err(Error::Unauthenticated("Sign in to do this.")),
            Self::Rejected(error) => Err(error.clone()),
        }
    }

    /// The name for logs: the account's, or `Anonymous`. Nobody can register that name.
    pub fn name(&self) -> &str {
        match self {
            Self::Viewer(viewer) => viewer.username(),
            Self::Anonymous | Self::Rejected(_) => "Anonymous",
        }
    }
}
