//! People as others see them: finding, listing, and changing one's own profile.
//!
//! Addresses, passwords and roles are in `account` and `session`: what is here may be shown to anybody who is signed
//! in. A deleted account is not there; a disabled one is, as the sender of what it wrote, but is not offered.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder as _, QuerySelect as _, QueryTrait,
};

use super::{
    Domain, by_key,
    database::is_taken,
    database::transact,
    page::{Page, PageRequest},
    text::{self, DisplayName, Username},
};
use crate::{
    auth::Viewer,
    entity::user::{ActiveModel, Column, Entity, Model},
    error::{Error, Result},
    id::UserId,
};

/// How somebody refers to a person.
#[derive(Clone, Debug)]
pub enum UserRef {
    /// By id.
    Id(UserId),
    /// By username, in any case and Unicode form.
    Username(String),
    /// By e-mail address, likewise.
    Email(String),
}

impl UserRef {
    /// The argument that holds it.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Id(_) => "id",
            Self::Username(_) => "username",
            Self::Email(_) => "email",
        }
    }
}

/// The person `by` refers to. `NOT_FOUND` where there is none, or not any more.
pub async fn find(domain: &Domain, by: &UserRef) -> Result<Model> {
    let select = match by {
        UserRef::Id(id) => Entity::find_by_id(*id),
        UserRef::Username(name) => Entity::find().filter(Column::UsernameKey.eq(text::username_key(name))),
        UserRef::Email(email) => Entity::find().filter(Column::EmailKey.eq(text::email_key(email))),
    };
    select
        .filter(Column::DeletedAt.is_null())
        .one(domain.database().read())
        .await?
        .ok_or(Error::not_found("User", by.field()))
}

/// The person `by` refers to, if they can be written to: a disabled account cannot.
pub(super) async fn find_reachable(domain: &Domain, by: &UserRef) -> Result<Model> {
    let user = find(domain, by).await?;
    if user.disabled_at.is_some() {
        return Err(Error::not_found("User", by.field()));
    }
    Ok(user)
}

/// Those of `ids` that are there, in one statement.
pub async fn by_ids(domain: &Domain, ids: &[UserId]) -> Result<HashMap<UserId, Model>> {
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .filter(Column::DeletedAt.is_null())
        .all(domain.database().read())
        .await?;
    Ok(by_key(rows, |row| row.id))
}

/// The people `viewer` may write to, in the order of their names; `matching` narrows it to names that start so.
pub async fn list(
    domain: &Domain,
    viewer: &Viewer,
    matching: Option<&str>,
    request: &PageRequest<String>,
) -> Result<Page<Model>> {
    let mut select = Entity::find()
        .filter(Column::Id.ne(viewer.user()))
        .filter(Column::UsernameKey.is_not_null())
        .filter(Column::DisabledAt.is_null());
    let prefix = matching.map(text::username_key).filter(|prefix| !prefix.is_empty());
    if let Some(prefix) = prefix {
        // A range instead of LIKE: it uses the index whatever the collation, and nothing has to be escaped.
        select = select.filter(Column::UsernameKey.gte(prefix.clone()));
        select = select.filter(Column::UsernameKey.lt(format!("{prefix}\u{10FFFF}")));
    }
    request.apply(QueryTrait::query(&mut select), Column::UsernameKey);
    Ok(Page::new(select.all(domain.database().read()).await?, request))
}

/// What [`update_profile`] changes; `None` leaves a value alone.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// The new username.
    pub username: Option<Username>,
    /// The new display name; `Some(None)` takes it away.
    pub display_name: Option<Option<DisplayName>>,
}

/// Changes the viewer's own profile. `CONFLICT` on `username` where it is taken.
pub async fn update_profile(domain: &Domain, viewer: &Viewer, change: &ProfileChange) -> Result<Model> {
    let user = viewer.user();
    transact!(domain, |tx| {
        let mut row = ActiveModel { id: Unchanged(user), ..Default::default() };
        row.updated_at = Set(domain.clock().now());
        if let Some(username) = &change.username {
            row.username = Set(Some(username.shown().to_owned()));
            row.username_key = Set(Some(username.key().to_owned()));
        }
        if let Some(display_name) = change.display_name.clone() {
            row.display_name = Set(display_name.map(DisplayName::into_string));
        }
        let updated = Entity::update(row).exec_without_returning(tx.connection()).await;
        updated.map_err(name_taken)?;
        own_row(tx.connection(), user).await
    })
}

/// The row of somebody who is signed in.
pub(super) async fn own_row(connection: &impl ConnectionTrait, user: UserId) -> Result<Model> {
    Entity::find_by_id(user)
        .filter(Column::DeletedAt.is_null())
        .one(connection)
        .await?
        .ok_or(Error::Unauthenticated("This account does not exist any more."))
}

/// The rows of `users` that are there and not disabled, locked until the transaction ends: whoever deletes or disables
/// one of these accounts waits, and then sees what was done here. Locked in the order of their ids, so that two who
/// lock the same people do not wait for each other.
pub(super) async fn lock_reachable(
    connection: &impl ConnectionTrait,
    users: &[UserId],
) -> Result<HashMap<UserId, Model>> {
    let mut users = users.to_vec();
    users.sort_unstable();
    let mut found = Vec::new();
    for users in users.chunks(500) {
        let rows = Entity::find()
            .filter(Column::Id.is_in(users.iter().copied()))
            .filter(Column::DeletedAt.is_null())
            .filter(Column::DisabledAt.is_null())
            .order_by_asc(Column::Id)
            .lock_exclusive()
            .all(connection);
        found.extend(rows.await?);
    }
    Ok(by_key(found, |row| row.id))
}

/// The row of an account whose password was just `verified`, locked until the transaction ends; none where another
/// password was set, or the account disabled or deleted, in the meantime.
pub(super) async fn lock_verified(
    connection: &impl ConnectionTrait,
    verified: &Model,
) -> Result<Option<Model>> {
    let now = lock_reachable(connection, &[verified.id]).await?.remove(&verified.id);
    Ok(now.filter(|now| now.password_hash == verified.password_hash))
}

/// What a failed write of a name or address means: all three databases name the index or its column.
pub(super) fn name_taken(error: sea_orm::DbErr) -> Error {
    if !is_taken(&error) {
        return error.into();
    }
    // The message may also quote the value, but before it names the index.
    let text = error.to_string();
    if text.rfind("email_key") > text.rfind("username_key") {
        Error::Conflict { field: Some("email"), message: "This e-mail address belongs to another account." }
    } else {
        Error::Conflict { field: Some("username"), message: "This username is taken." }
    }
}
