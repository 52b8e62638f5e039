//! One's own account, with what is private about it.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::{
    Asked as _,
    page::{PageArguments, Scope, edges_and_info},
    scalar::int,
    session::{AuthPayload, Session, SessionConnection, SessionEdge},
    user::User,
};
use crate::{
    domain::{
        account::{self, NewAccount},
        page::End,
        session,
        text::{DisplayName, Email, Password, Username},
    },
    entity,
    error::{Error, Result},
    id::SessionId,
};

/// What an account may do beyond its own conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::user::Role")]
pub enum UserRole {
    /// Nothing more.
    User,
    /// Looks after reports.
    Moderator,
    /// Looks after everything.
    Admin,
}

/// You: your account with what only you may see.
#[derive(Clone, Debug)]
pub struct Viewer(entity::user::Model);

/// You: your account with what only you may see.
#[Object]
impl Viewer {
    /// You as others see you.
    async fn user(&self) -> User {
        User(self.0.clone())
    }

    /// Your e-mail address. Nobody else sees it.
    async fn email(&self) -> &str {
        self.0.email.as_deref().unwrap_or_default()
    }

    /// What you may do beyond your own conversations.
    async fn role(&self) -> UserRole {
        self.0.role.into()
    }

    /// The session this request is sent in.
    async fn session(&self, ctx: &Context<'_>) -> Result<Session> {
        let id = ctx.viewer()?.session();
        let found = ctx.loaders().load_one(id).await?;
        found.map(Session).ok_or(Error::Unauthenticated("The session has ended; sign in again."))
    }

    /// Your sessions that have not ended, oldest first.
    #[expect(clippy::too_many_arguments, reason = "the four of Relay’s specification")]
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many, from the start or from after `after`; `server.limits` has the default and the most."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(
            desc = "How many, from the end or from before `before`; at most what `server.limits` says."
        )]
        last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<SessionConnection> {
        let viewer = ctx.viewer()?;
        let owner = viewer.user().uuid();
        let scope = Scope::new("sessions", owner.as_bytes());
        let arguments = PageArguments { first, after, last, before };
        let request = arguments.request::<SessionId>(ctx.limits(), &scope, End::First)?;
        let page = session::list(ctx.domain(), viewer, &request).await?;
        let (edges, page_info) = edges_and_info(page, &scope, |row: &entity::session::Model| row.id);
        let edge = |(cursor, row)| SessionEdge { cursor, node: Session(row) };
        Ok(SessionConnection::new(edges.into_iter().map(edge).collect(), page_info))
    }
}

/// Queries about one's own account.
#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// You: your account, with what only you may see.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer> {
        account::own(ctx.domain(), ctx.viewer()?).await.map(Viewer)
    }
}

/// An account to be.
#[derive(InputObject)]
pub struct RegisterInput {
    /// A unique name: 3 to 32 letters, digits, `_`, `.` and `-` of one script. Case does not make a difference.
    username: String,
    /// An e-mail address that no other account has. Only you will see it.
    email: String,
    /// A password of 8 to 128 characters that is not easy to guess.
    #[graphql(secret)]
    password: String,
    /// A name to show, 1 to 100 characters.
    display_name: Option<String>,
}

/// The password to have, and proof of the one there is.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The password you have.
    #[graphql(secret)]
    current_password: String,
    /// The password to have: 8 to 128 characters, not easy to guess.
    #[graphql(secret)]
    new_password: String,
}

/// What `changePassword` changed.
#[derive(SimpleObject)]
pub struct ChangePasswordPayload {
    /// You, as others see you.
    user: User,
    /// How many of your other sessions ended. The one this request is sent in goes on.
    sessions_ended: i32,
}

/// The e-mail address to have.
#[derive(InputObject)]
pub struct ChangeEmailInput {
    /// Your password.
    #[graphql(secret)]
    password: String,
    /// An e-mail address that no other account has.
    email: String,
}

/// What `changeEmail` changed.
#[derive(SimpleObject)]
pub struct ChangeEmailPayload {
    /// You, with the new address.
    viewer: Viewer,
}

/// Confirms that the account is to be deleted.
#[derive(InputObject)]
pub struct DeleteAccountInput {
    /// Your password.
    #[graphql(secret)]
    password: String,
}

/// What `deleteAccount` deleted.
#[derive(SimpleObject)]
pub struct DeleteAccountPayload {
    /// The id of the account that is gone.
    user_id: ID,
}

/// Changes to one's own account.
#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Makes an account and signs it in. `CONFLICT` on `username` or `email` where one is taken.
    async fn register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account to be.")] input: RegisterInput,
    ) -> Option<Result<AuthPayload>> {
        let register = async {
            let display_name = input.display_name.as_deref();
            let new = NewAccount {
                username: Username::parse("username", &input.username)?,
                email: Email::parse("email", &input.email)?,
                password: Password::parse("password", &input.password)?,
                display_name: display_name.map(|name| DisplayName::parse("displayName", name)).transpose()?,
            };
            let signed_in = account::register(ctx.domain(), new, ctx.device()).await?;
            Ok(AuthPayload::new("User registered successfully!", signed_in))
        };
        Some(register.await)
    }

    /// Changes your password and ends your other sessions.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password there is, and the one to have.")] input: ChangePasswordInput,
    ) -> Option<Result<ChangePasswordPayload>> {
        let change = async {
            let viewer = ctx.viewer()?;
            let new = Password::parse("newPassword", &input.new_password)?;
            let (row, ended) =
                account::change_password(ctx.domain(), viewer, &input.current_password, new).await?;
            let sessions_ended = int(i64::try_from(ended).unwrap_or(i64::MAX));
            Ok(ChangePasswordPayload { user: User(row), sessions_ended })
        };
        Some(change.await)
    }

    /// Changes your e-mail address. `CONFLICT` on `email` where another account has it.
    async fn change_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address to have.")] input: ChangeEmailInput,
    ) -> Option<Result<ChangeEmailPayload>> {
        let change = async {
            let viewer = ctx.viewer()?;
            let email = Email::parse("email", &input.email)?;
            let row = account::change_email(ctx.domain(), viewer, &input.password, &email).await?;
            Ok(ChangeEmailPayload { viewer: Viewer(row) })
        };
        Some(change.await)
    }

    /// Deletes your account. Your name and address are free again, your sessions end, and you leave all
    /// conversations; what you wrote stays there without a sender. A group you were the last owner of passes to its
    /// longest-standing admin, or else member. There is no way back.
    async fn delete_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Confirms it.")] input: DeleteAccountInput,
    ) -> Option<Result<DeleteAccountPayload>> {
        let delete = async {
            let id = account::delete(ctx.domain(), ctx.viewer()?, &input.password).await?;
            Ok(DeleteAccountPayload { user_id: ID(id.to_string()) })
        };
        Some(delete.await)
    }
}
