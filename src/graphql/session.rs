//! Signing in and staying signed in.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{
    Asked as _,
    page::{PageInfo, connection},
    scalar::{DateTime, ErrorCode, int, parse_id},
    user::User,
};
use crate::{
    domain::session::{self, SignedIn},
    entity,
    error::Result,
};

/// A signed-in device of yours.
#[derive(Clone, Debug)]
pub struct Session(pub(super) entity::session::Model);

/// A signed-in device of yours.
#[Object]
impl Session {
    /// The session's id, `ses_…`.
    pub(super) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// When it signed in.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last used its refresh token.
    async fn last_used_at(&self) -> DateTime {
        self.0.last_used_at.into()
    }

    /// When it ends unless it is refreshed before.
    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }

    /// The `User-Agent` it signed in with, at most 256 characters.
    async fn user_agent(&self) -> Option<&str> {
        self.0.user_agent.as_deref()
    }

    /// The address it signed in from.
    async fn ip_address(&self) -> Option<&str> {
        self.0.ip_address.as_deref()
    }

    /// Whether it is the one this request is sent in.
    async fn current(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(ctx.viewer()?.session() == self.0.id)
    }
}

connection!(
    /// A page of your sessions.
    SessionConnection,
    SessionEdge,
    Session
);

impl SessionConnection {
    pub(super) const fn new(edges: Vec<SessionEdge>, page_info: PageInfo) -> Self {
        Self { edges, page_info }
    }
}

/// A session in a page of sessions.
#[derive(Clone, Debug, SimpleObject)]
pub struct SessionEdge {
    /// Give it as `after` or `before` to continue from here.
    pub(super) cursor: String,
    /// The session.
    pub(super) node: Session,
}

/// A person who has just signed in, with their tokens. Send `accessToken` as `Authorization: Bearer …`; when it
/// expires, exchange `refreshToken` for new ones with `refresh`.
#[derive(SimpleObject)]
pub struct AuthPayload {
    /// What happened, as a sentence, for example `User registered successfully!`
    message: String,
    /// The account.
    user: User,
    /// A short-lived JSON Web Token.
    access_token: String,
    /// When it expires.
    access_token_expires_at: DateTime,
    /// An opaque token, good for one `refresh`. One that is used twice ends its session.
    refresh_token: String,
    /// When it expires.
    refresh_token_expires_at: DateTime,
    /// The scheme to send the access token with: `Bearer`.
    token_type: String,
}

impl AuthPayload {
    pub(super) fn new(message: &str, signed_in: SignedIn) -> Self {
        Self {
            message: message.to_owned(),
            user: User(signed_in.user),
            access_token: signed_in.access_token,
            access_token_expires_at: signed_in.access_expires_at.into(),
            refresh_token: signed_in.refresh_token,
            refresh_token_expires_at: signed_in.refresh_expires_at.into(),
            token_type: "Bearer".to_owned(),
        }
    }
}

/// What an access token turned out to be.
#[derive(SimpleObject)]
pub struct TokenStatus {
    /// Whether requests with this token are accepted now.
    valid: bool,
    /// Whose it is; null where it is not valid.
    user: Option<User>,
    /// When it expires; null where it is not valid.
    expires_at: Option<DateTime>,
    /// The code that requests with this token get; null where it is valid.
    problem: Option<ErrorCode>,
}

/// Queries about tokens.
#[derive(Default)]
pub struct SessionQuery;

#[Object]
impl SessionQuery {
    /// Whether an access token is accepted now. Needs no sign-in.
    async fn verify_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An access token.")] token: String,
    ) -> Result<TokenStatus> {
        match session::verify(ctx.domain(), &token).await {
            Ok((claims, user)) => Ok(TokenStatus {
                valid: true,
                user: Some(User(user)),
                expires_at: Some(claims.expires_at().into()),
                problem: None,
            }),
            Err(error @ crate::error::Error::Internal(_)) => Err(error),
            Err(error) => {
                let problem = Some(error.code().into());
                Ok(TokenStatus { valid: false, user: None, expires_at: None, problem })
            }
        }
    }
}

/// Who signs in.
#[derive(InputObject)]
pub struct LoginInput {
    /// The username or the e-mail address, in any case.
    identifier: String,
    /// The password.
    #[graphql(secret)]
    password: String,
}

/// Which refresh token to exchange.
#[derive(InputObject)]
pub struct RefreshInput {
    /// The refresh token of the last `login`, `register` or `refresh`.
    #[graphql(secret)]
    refresh_token: String,
}

/// What to sign out of.
#[derive(InputObject)]
pub struct LogoutInput {
    /// True ends all your sessions; otherwise only this one ends.
    everywhere: Option<bool>,
}

/// What `logout` ended.
#[derive(SimpleObject)]
pub struct LogoutPayload {
    /// What happened, as a sentence.
    message: String,
    /// How many sessions ended.
    sessions_ended: i32,
}

/// Which session to end.
#[derive(InputObject)]
pub struct RevokeSessionInput {
    /// The id of one of your sessions.
    session_id: ID,
}

/// What `revokeSession` ended.
#[derive(SimpleObject)]
pub struct RevokeSessionPayload {
    /// The id of the session that has ended.
    session_id: ID,
}

/// Changes to sessions.
#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs in. `UNAUTHENTICATED` where the name or the password is wrong, without saying which.
    async fn login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who signs in.")] input: LoginInput,
    ) -> Option<Result<AuthPayload>> {
        let LoginInput { identifier, password } = input;
        let signed_in = session::login(ctx.domain(), &identifier, &password, ctx.device()).await;
        Some(signed_in.map(|signed_in| AuthPayload::new("Signed in.", signed_in)))
    }

    /// Exchanges a refresh token for new tokens. A refresh token that was exchanged before was stolen, or its owner
    /// was robbed: the session ends for both.
    async fn refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which token to exchange.")] input: RefreshInput,
    ) -> Option<Result<AuthPayload>> {
        let signed_in = session::refresh(ctx.domain(), &input.refresh_token).await;
        Some(signed_in.map(|signed_in| AuthPayload::new("Refreshed.", signed_in)))
    }

    /// Signs out, here or everywhere. The tokens of an ended session stop working at once.
    async fn logout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to sign out of.")] input: LogoutInput,
    ) -> Option<Result<LogoutPayload>> {
        let logout = async {
            let viewer = ctx.viewer()?;
            let ended = session::logout(ctx.domain(), viewer, input.everywhere.unwrap_or(false)).await?;
            let sessions_ended = int(i64::try_from(ended).unwrap_or(i64::MAX));
            Ok(LogoutPayload { message: "Signed out.".to_owned(), sessions_ended })
        };
        Some(logout.await)
    }

    /// Ends one of your sessions: its tokens stop working at once.
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session to end.")] input: RevokeSessionInput,
    ) -> Option<Result<RevokeSessionPayload>> {
        let revoke = async {
            let viewer = ctx.viewer()?;
            session::revoke(ctx.domain(), viewer, parse_id("sessionId", &input.session_id)?).await?;
            Ok(RevokeSessionPayload { session_id: input.session_id })
        };
        Some(revoke.await)
    }
}
