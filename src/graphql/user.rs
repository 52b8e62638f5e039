//! People as others see them.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, OneofObject, SimpleObject};

use super::{
    Asked as _,
    page::{PageArguments, Scope, connection, edges_and_info},
    scalar::{DateTime, parse_id},
};
use crate::{
    domain::{
        page::End,
        text::{DisplayName, Username},
        user::{self, ProfileChange},
    },
    entity,
    error::{Error, Result},
};

/// A person, as everybody who is signed in may see them. E-mail addresses are private: your own is in `Viewer`.
#[derive(Clone, Debug)]
pub struct User(pub(super) entity::user::Model);

/// A person, as everybody who is signed in may see them. E-mail addresses are private: your own is in `Viewer`.
#[Object]
impl User {
    /// The person's id, `usr_…`.
    pub(super) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The person's unique name, as they spell it: 3 to 32 letters, digits, `_`, `.` and `-`. It can change; keep the
    /// id instead.
    async fn username(&self) -> &str {
        self.0.username.as_deref().unwrap_or_default()
    }

    /// The name the person wants to be shown by; not unique. Null where they chose none: show `username`.
    async fn display_name(&self) -> Option<&str> {
        self.0.display_name.as_deref()
    }

    /// When the account was registered.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// Refers to one person. Names and addresses are found in any case and Unicode form.
#[derive(Clone, Debug, OneofObject)]
pub enum UserRef {
    /// By id, `usr_…`.
    Id(ID),
    /// By username.
    Username(String),
    /// By e-mail address.
    Email(String),
}

impl UserRef {
    pub(super) fn parse(self) -> Result<user::UserRef> {
        Ok(match self {
            Self::Id(id) => user::UserRef::Id(parse_id("id", &id)?),
            Self::Username(name) => user::UserRef::Username(name),
            Self::Email(email) => user::UserRef::Email(email),
        })
    }
}

connection!(
    /// A page of people.
    UserConnection,
    UserEdge,
    User
);

/// A person in a page of people.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserEdge {
    /// Give it as `after` or `before` to continue from here.
    cursor: String,
    /// The person.
    node: User,
}

/// Queries about people.
#[derive(Default)]
pub struct UserQuery;

#[Object]
impl UserQuery {
    /// One person. `NOT_FOUND` where there is no such account.
    async fn user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to find: exactly one of id, username and e-mail address.")] by: UserRef,
    ) -> Option<Result<User>> {
        let find = async {
            ctx.viewer()?;
            user::find(ctx.domain(), &by.parse()?).await.map(User)
        };
        Some(find.await)
    }

    /// The people you may write to, in the order of their usernames: not yourself, and nobody whose account is
    /// disabled.
    #[expect(clippy::too_many_arguments, reason = "the four of Relay’s specification")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only people whose username starts with this, in any case.")] matching: Option<
            String,
        >,
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
    ) -> Result<UserConnection> {
        let viewer = ctx.viewer()?;
        let scope = Scope::new("users", &[]);
        let arguments = PageArguments { first, after, last, before };
        let request = arguments.request::<String>(ctx.limits(), &scope, End::First)?;
        let page = user::list(ctx.domain(), viewer, matching.as_deref(), &request).await?;
        let key = |row: &entity::user::Model| row.username_key.clone().unwrap_or_default();
        let (edges, page_info) = edges_and_info(page, &scope, key);
        let edges = edges.into_iter().map(|(cursor, row)| UserEdge { cursor, node: User(row) }).collect();
        Ok(UserConnection { edges, page_info })
    }
}

/// What to change in your profile; what is left out stays as it is.
#[derive(InputObject)]
pub struct UpdateProfileInput {
    /// A new username: 3 to 32 letters, digits, `_`, `.` and `-`, not taken by somebody else.
    username: MaybeUndefined<String>,
    /// A new name to show, 1 to 100 characters; null takes it away.
    display_name: MaybeUndefined<String>,
}

/// What `updateProfile` changed.
#[derive(SimpleObject)]
pub struct UpdateProfilePayload {
    /// You, as others see you now.
    user: User,
}

/// Changes to one's profile.
#[derive(Default)]
pub struct UserMutation;

#[Object]
impl UserMutation {
    /// Changes your profile. `CONFLICT` on `username` where somebody else has it.
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateProfileInput,
    ) -> Option<Result<UpdateProfilePayload>> {
        let update = async {
            let viewer = ctx.viewer()?;
            let username = match input.username {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => return Err(Error::invalid("username", "A username is needed.")),
                MaybeUndefined::Value(name) => Some(Username::parse("username", &name)?),
            };
            let display_name = match input.display_name {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(name) => Some(Some(DisplayName::parse("displayName", &name)?)),
            };
            let change = ProfileChange { username, display_name };
            let user = user::update_profile(ctx.domain(), viewer, &change).await?;
            Ok(UpdateProfilePayload { user: User(user) })
        };
        Some(update.await)
    }
}
