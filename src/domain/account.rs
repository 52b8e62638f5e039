//! Accounts: registering, changing what is private about one, deleting it; and what operators do from the command
//! line.
//!
//! Whoever changes a password, an address or the account itself proves that they know the password, not just that
//! they hold a token.

use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationTrait as _,
};

use super::{
    Domain, database,
    database::transact,
    participant,
    session::{self, Device, SignedIn},
    text::{DisplayName, Email, Password, Username},
    user::{self, UserRef},
};
use crate::{
    auth::Viewer,
    entity::{
        participant as participant_entity,
        user::{ActiveModel, Column, Entity, Model, Role},
    },
    error::{Error, Result},
    id::{ConversationId, UserId},
};

/// An account to be.
#[derive(Clone)]
pub struct NewAccount {
    /// Its name.
    pub username: Username,
    /// Its address.
    pub email: Email,
    /// Its password.
    pub password: Password,
    /// A name to show.
    pub display_name: Option<DisplayName>,
}

/// Makes an account and signs it in. `CONFLICT` on `username` or `email` where one is taken: of two at once, one
/// wins.
pub async fn register(domain: &Domain, new: NewAccount, device: Device) -> Result<SignedIn> {
    let account = prepare(domain, new, Role::User).await?;
    transact!(domain, |tx| {
        let inserted = database::insert::<Entity>(tx.connection(), account.clone()).await;
        inserted.map_err(user::name_taken)?;
        session::begin(domain, tx.connection(), account.clone(), &device).await
    })
}

/// Makes an account for an operator.
pub async fn create(domain: &Domain, new: NewAccount, role: Role) -> Result<Model> {
    let account = prepare(domain, new, role).await?;
    transact!(domain, |tx| {
        let inserted = database::insert::<Entity>(tx.connection(), account.clone()).await;
        inserted.map_err(user::name_taken)?;
        Ok(account.clone())
    })
}

/// The row of a new account, with its password checked and hashed.
async fn prepare(domain: &Domain, new: NewAccount, role: Role) -> Result<Model> {
    let names = vec![new.username.shown().to_owned(), new.email.shown().to_owned()];
    let password_hash = hash(domain, "password", new.password, names).await?;
    let now = domain.clock().now();
    Ok(Model {
        id: UserId::new(domain.clock()),
        username: Some(new.username.shown().to_owned()),
        username_key: Some(new.username.key().to_owned()),
        email: Some(new.email.shown().to_owned()),
        email_key: Some(new.email.key().to_owned()),
        display_name: new.display_name.map(DisplayName::into_string),
        role,
        password_hash: Some(password_hash),
        created_at: now,
        updated_at: now,
        disabled_at: None,
        deleted_at: None,
    })
}

/// The hash of a new password that is not trivial; `field` is what the client calls it.
pub(super) async fn hash(
    domain: &Domain,
    field: &'static str,
    password: Password,
    personal: Vec<String>,
) -> Result<String> {
    let check = move || {
        let personal: Vec<&str> = personal.iter().map(String::as_str).collect();
        password.check_strength(field, &personal)?;
        Ok(password.reveal())
    };
    domain.parts.passwords.hash(check).await
}

/// Fails unless `password` is the account's; `field` is what the client calls it.
async fn confirm(domain: &Domain, account: &Model, field: &'static str, password: &str) -> Result<()> {
    let wrong = || Error::invalid(field, "This is not your password.");
    let claimed = Password::claimed(password).ok_or_else(wrong)?;
    let stored = account.password_hash.clone();
    if domain.parts.passwords.verify(claimed.reveal(), stored).await? { Ok(()) } else { Err(wrong()) }
}

/// The viewer's own row, private parts included.
pub async fn own(domain: &Domain, viewer: &Viewer) -> Result<Model> {
    user::own_row(domain.database().read(), viewer.user()).await
}

/// Changes the viewer's password and ends their other sessions. Returns the account and how many ended.
pub async fn change_password(
    domain: &Domain,
    viewer: &Viewer,
    current: &str,
    new: Password,
) -> Result<(Model, u64)> {
    let account = own(domain, viewer).await?;
    confirm(domain, &account, "currentPassword", current).await?;
    let names = [account.username.clone(), account.email.clone()].into_iter().flatten().collect();
    let password_hash = hash(domain, "newPassword", new, names).await?;
    let (user, keep) = (viewer.user(), viewer.session());
    transact!(domain, |tx| {
        let row = ActiveModel {
            id: Unchanged(user),
            password_hash: Set(Some(password_hash.clone())),
            updated_at: Set(domain.clock().now()),
            ..Default::default()
        };
        lock_confirmed(tx.connection(), &account, "currentPassword").await?;
        Entity::update(row).exec_without_returning(tx.connection()).await?;
        let ended = session::end_others(tx.connection(), user, Some(keep)).await?;
        Ok((user::own_row(tx.connection(), user).await?, ended))
    })
}

/// Changes the viewer's e-mail address.
pub async fn change_email(domain: &Domain, viewer: &Viewer, password: &str, email: &Email) -> Result<Model> {
    let account = own(domain, viewer).await?;
    confirm(domain, &account, "password", password).await?;
    transact!(domain, |tx| {
        let row = ActiveModel {
            id: Unchanged(account.id),
            email: Set(Some(email.shown().to_owned())),
            email_key: Set(Some(email.key().to_owned())),
            updated_at: Set(domain.clock().now()),
            ..Default::default()
        };
        lock_confirmed(tx.connection(), &account, "password").await?;
        let updated = Entity::update(row).exec_without_returning(tx.connection()).await;
        updated.map_err(user::name_taken)?;
        user::own_row(tx.connection(), account.id).await
    })
}

/// Deletes the viewer's account: name, address and password go and are free again, sessions end, and the person
/// leaves all conversations; what they wrote stays, without a sender. A group left without owner gets a new one.
pub async fn delete(domain: &Domain, viewer: &Viewer, password: &str) -> Result<UserId> {
    let account = own(domain, viewer).await?;
    confirm(domain, &account, "password", password).await?;
    let (user, now) = (viewer.user(), domain.clock().now());
    transact!(domain, |tx| {
        let row = ActiveModel {
            id: Unchanged(user),
            username: Set(None),
            username_key: Set(None),
            email: Set(None),
            email_key: Set(None),
            display_name: Set(None),
            password_hash: Set(None),
            role: Set(Role::User),
            updated_at: Set(now),
            deleted_at: Set(Some(now)),
            ..Default::default()
        };
        lock_confirmed(tx.connection(), &account, "password").await?;
        Entity::update(row).exec_without_returning(tx.connection()).await?;
        session::end_others(tx.connection(), user, None).await?;
        Ok(())
    })?;
    // The account is gone from here on, whatever happens; what a failure leaves is finished by housekeeping.
    depart_everywhere(domain, user).await;
    Ok(user)
}

/// Locks the account whose password was confirmed as `field`. Whoever changed the password in the meantime has ended
/// this session; their change stays.
async fn lock_confirmed(
    connection: &impl ConnectionTrait,
    account: &Model,
    field: &'static str,
) -> Result<Model> {
    user::lock_verified(connection, account)
        .await?
        .ok_or(Error::Conflict { field: Some(field), message: "The account was changed at the same time." })
}

/// Takes a deleted account out of its conversations, one transaction each, so that no lock is held for long. One that
/// fails does not keep the others.
async fn depart_everywhere(domain: &Domain, user: UserId) {
    let conversations: Result<Vec<ConversationId>, DbErr> = participant_entity::Entity::find()
        .select_only()
        .column(participant_entity::Column::ConversationId)
        .filter(participant_entity::Column::UserId.eq(user))
        .filter(participant_entity::Column::LeftSeq.is_null())
        .into_tuple()
        .all(domain.database().read())
        .await;
    let outcome = async {
        for conversation in conversations? {
            if let Err(error) = participant::depart(domain, user, conversation).await {
                tracing::warn!(%user, %conversation, cause = ?error, "a deleted account is still in it");
            }
        }
        Ok::<_, Error>(())
    };
    if let Err(error) = outcome.await {
        tracing::warn!(%user, cause = ?error, "a deleted account is still in its conversations");
    }
}

/// Finishes what a crash interrupted: takes deleted accounts out of conversations they are still in.
pub async fn finish_deletions(domain: &Domain) -> Result<()> {
    let users: Vec<UserId> = Entity::find()
        .select_only()
        .column(Column::Id)
        .distinct()
        .join_rev(JoinType::InnerJoin, participant_entity::Relation::User.def())
        .filter(Column::DeletedAt.is_not_null())
        .filter(participant_entity::Column::LeftSeq.is_null())
        .into_tuple()
        .all(domain.database().read())
        .await?;
    for user in users {
        depart_everywhere(domain, user).await;
    }
    Ok(())
}

/// Keeps an account out, or lets it in again, and ends its sessions. For operators.
pub async fn set_disabled(domain: &Domain, by: &UserRef, disabled: bool) -> Result<Model> {
    let account = user::find(domain, by).await?;
    transact!(domain, |tx| {
        let now = domain.clock().now();
        let row = ActiveModel {
            id: Unchanged(account.id),
            disabled_at: Set(disabled.then_some(now)),
            updated_at: Set(now),
            ..Default::default()
        };
        Entity::update(row).exec_without_returning(tx.connection()).await?;
        session::end_others(tx.connection(), account.id, None).await?;
        user::own_row(tx.connection(), account.id).await
    })
}

/// Gives an account another password and ends its sessions. For operators.
pub async fn reset_password(domain: &Domain, by: &UserRef, password: Password) -> Result<Model> {
    let account = user::find(domain, by).await?;
    let names = [account.username.clone(), account.email.clone()].into_iter().flatten().collect();
    let password_hash = hash(domain, "password", password, names).await?;
    transact!(domain, |tx| {
        let row = ActiveModel {
            id: Unchanged(account.id),
            password_hash: Set(Some(password_hash.clone())),
            updated_at: Set(domain.clock().now()),
            ..Default::default()
        };
        Entity::update(row).exec_without_returning(tx.connection()).await?;
        session::end_others(tx.connection(), account.id, None).await?;
        user::own_row(tx.connection(), account.id).await
    })
}
