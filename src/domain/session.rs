//! Sessions: signing in, staying signed in, signing out, and who a token belongs to.
//!
//! A session is a row; an access token names it, so ending the session ends its tokens at once. Refresh tokens rotate,
//! and one that comes back ends its session (RFC 9700 §4.14.2).

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
};

use super::{
    Domain, HOUSEKEEPING_BATCH, by_key, database,
    database::transact,
    page::{Page, PageRequest},
    text::{self, Password},
    user,
};
use crate::{
    auth::{Caller, Claims, RefreshToken, Viewer},
    clock::Timestamp,
    entity::{
        session::{ActiveModel, Column, Entity, Model},
        user::{Column as UserColumn, Entity as UserEntity, Model as User},
    },
    error::{Error, Result},
    id::{SessionId, UserId},
};

/// What a device says about itself when it signs in.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// Where the connection comes from.
    pub address: Option<std::net::IpAddr>,
}

/// A person who has just signed in, and their tokens in the clear.
#[derive(Clone)]
pub struct SignedIn {
    /// The account.
    pub user: User,
    /// The access token.
    pub access_token: String,
    /// When it ends.
    pub access_expires_at: Timestamp,
    /// The refresh token, good for one use.
    pub refresh_token: String,
    /// When it ends.
    pub refresh_expires_at: Timestamp,
}

/// Signs in by username or e-mail address. An unknown name and a wrong password are the same error after the same
/// work.
pub async fn login(domain: &Domain, name: &str, password: &str, device: Device) -> Result<SignedIn> {
    const REFUSED: Error = Error::Unauthenticated("The name or the password is wrong.");
    let column = if name.contains('@') { UserColumn::EmailKey } else { UserColumn::UsernameKey };
    let key = if name.contains('@') { text::email_key(name) } else { text::username_key(name) };
    let account = UserEntity::find().filter(column.eq(key)).one(domain.database().read()).await?;
    let claimed = Password::claimed(password).ok_or(REFUSED)?;
    let stored = account.as_ref().and_then(|account| account.password_hash.clone());
    let matches = domain.parts.passwords.verify(claimed.reveal(), stored).await?;
    let account = account.filter(|_| matches).ok_or(REFUSED)?;
    if account.disabled_at.is_some() {
        return Err(Error::Forbidden("This account is disabled."));
    }
    transact!(domain, |tx| {
        // The account as it is now: the password may have been changed while this one was verified.
        let account = user::lock_verified(tx.connection(), &account).await?.ok_or(REFUSED)?;
        begin(domain, tx.connection(), account, &device).await
    })
}

/// Begins a session of `account`, in the transaction that found or made it.
pub(super) async fn begin(
    domain: &Domain,
    connection: &DatabaseTransaction,
    account: User,
    device: &Device,
) -> Result<SignedIn> {
    let now = domain.clock().now();
    let token = RefreshToken::begin(domain.clock());
    let session = Model {
        id: token.session(),
        user_id: account.id,
        family_hash: token.family_digest().to_vec(),
        token_hash: token.digest().to_vec(),
        created_at: now,
        last_used_at: now,
        expires_at: now.plus(domain.parts.refresh_lifetime),
        user_agent: device.user_agent.as_ref().map(|agent| agent.chars().take(256).collect()),
        ip_address: device.address.map(|address| address.to_canonical().to_string()),
    };
    let expires_at = session.expires_at;
    database::insert::<Entity>(connection, session).await?;
    signed_in(domain, account, &token, expires_at)
}

fn signed_in(
    domain: &Domain,
    user: User,
    token: &RefreshToken,
    refresh_expires_at: Timestamp,
) -> Result<SignedIn> {
    let now = domain.clock().now();
    let (access_token, access_expires_at) =
        domain.parts.access_tokens.issue(user.id, token.session(), now)?;
    let refresh_token = token.reveal();
    Ok(SignedIn { user, access_token, access_expires_at, refresh_token, refresh_expires_at })
}

/// Exchanges a refresh token for new tokens. One that was exchanged before ends its session.
pub async fn refresh(domain: &Domain, token: &str) -> Result<SignedIn> {
    const REFUSED: Error = Error::Unauthenticated("The refresh token is not valid.");
    let token = RefreshToken::parse(token).ok_or(REFUSED)?;
    let outcome = transact!(domain, |tx| { exchange(domain, tx.connection(), &token).await })?;
    if let Exchange::Reused(session) = outcome {
        tracing::warn!(%session, "a refresh token came back after it was exchanged; its session was ended");
    }
    match outcome {
        Exchange::Done(signed_in) => Ok(*signed_in),
        Exchange::Refused | Exchange::Reused(_) => Err(REFUSED),
    }
}

/// How an exchange ended. A refusal is not an error here: ending the session has to be committed.
enum Exchange {
    Done(Box<SignedIn>),
    Refused,
    Reused(SessionId),
}

async fn exchange(
    domain: &Domain,
    connection: &DatabaseTransaction,
    token: &RefreshToken,
) -> Result<Exchange> {
    let now = domain.clock().now();
    let row = Entity::find_by_id(token.session()).lock_exclusive().one(connection).await?;
    let Some(session) = row.filter(|session| session.expires_at > now) else {
        return Ok(Exchange::Refused);
    };
    if !RefreshToken::same(&session.family_hash, &token.family_digest()) {
        return Ok(Exchange::Refused);
    }
    if !RefreshToken::same(&session.token_hash, &token.digest()) {
        Entity::delete_by_id(session.id).exec(connection).await?;
        return Ok(Exchange::Reused(session.id));
    }
    let account = user::own_row(connection, session.user_id).await?;
    if account.disabled_at.is_some() {
        return Err(Error::Forbidden("This account is disabled."));
    }
    let next = token.rotate();
    let expires_at = now.plus(domain.parts.refresh_lifetime);
    let row = ActiveModel {
        id: Unchanged(session.id),
        token_hash: Set(next.digest().to_vec()),
        last_used_at: Set(now),
        expires_at: Set(expires_at),
        ..Default::default()
    };
    Entity::update(row).exec_without_returning(connection).await?;
    Ok(Exchange::Done(Box::new(signed_in(domain, account, &next, expires_at)?)))
}

/// Who sent a request with this token. One statement; the answer is never older than the request.
pub async fn authenticate(domain: &Domain, token: Option<&str>) -> Caller {
    let Some(token) = token else { return Caller::Anonymous };
    match verify(domain, token).await {
        Ok((claims, account)) => Caller::Viewer(Viewer::new(&claims, account.username.unwrap_or_default())),
        Err(error) => Caller::Rejected(error),
    }
}

/// What an access token says and whose it is, if it holds now.
pub async fn verify(domain: &Domain, token: &str) -> Result<(Claims, User)> {
    let now = domain.clock().now();
    let claims = domain.parts.access_tokens.verify(token, now)?;
    let found = Entity::find_by_id(claims.session())
        .filter(Column::ExpiresAt.gt(now))
        .find_also_related(UserEntity)
        .one(domain.database().read())
        .await?;
    let account = found.and_then(|(_, account)| account).filter(|account| {
        account.id == claims.user() && account.deleted_at.is_none() && account.disabled_at.is_none()
    });
    Ok((claims, account.ok_or(Error::Unauthenticated("The session has ended; sign in again."))?))
}

/// The viewer's sessions that have not expired, oldest first.
pub async fn list(domain: &Domain, viewer: &Viewer, request: &PageRequest<SessionId>) -> Result<Page<Model>> {
    let mut select = Entity::find()
        .filter(Column::UserId.eq(viewer.user()))
        .filter(Column::ExpiresAt.gt(domain.clock().now()));
    request.apply(QueryTrait::query(&mut select), Column::Id);
    Ok(Page::new(select.all(domain.database().read()).await?, request))
}

/// Those of `ids` that are the viewer's sessions, in one statement.
pub async fn by_ids(
    domain: &Domain,
    viewer: &Viewer,
    ids: &[SessionId],
) -> Result<HashMap<SessionId, Model>> {
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .filter(Column::UserId.eq(viewer.user()))
        .filter(Column::ExpiresAt.gt(domain.clock().now()))
        .all(domain.database().read())
        .await?;
    Ok(by_key(rows, |row| row.id))
}

/// Ends the viewer's session, or all of them, and says how many that were.
pub async fn logout(domain: &Domain, viewer: &Viewer, everywhere: bool) -> Result<u64> {
    let (user, session) = (viewer.user(), viewer.session());
    transact!(domain, |tx| {
        let mut delete = Entity::delete_many().filter(Column::UserId.eq(user));
        if !everywhere {
            delete = delete.filter(Column::Id.eq(session));
        }
        Ok(delete.exec(tx.connection()).await?.rows_affected)
    })
}

/// Ends one of the viewer's sessions.
pub async fn revoke(domain: &Domain, viewer: &Viewer, id: SessionId) -> Result<()> {
    let user = viewer.user();
    transact!(domain, |tx| {
        let delete = Entity::delete_by_id(id).filter(Column::UserId.eq(user));
        match delete.exec(tx.connection()).await?.rows_affected {
            0 => Err(Error::not_found("Session", "sessionId")),
            _ => Ok(()),
        }
    })
}

/// Forgets sessions whose time is over, some at a time so that nobody waits long, and says how many.
pub async fn forget_expired(domain: &Domain) -> Result<u64> {
    let expired = Column::ExpiresAt.lte(domain.clock().now());
    let mut forgotten = 0;
    loop {
        let ids: Vec<SessionId> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(expired.clone())
            .limit(HOUSEKEEPING_BATCH)
            .into_tuple()
            .all(domain.database().read())
            .await?;
        if ids.is_empty() {
            return Ok(forgotten);
        }
        forgotten += transact!(domain, |tx| {
            // One may have been refreshed since it was looked at.
            let these = Entity::delete_many().filter(Column::Id.is_in(ids.iter().copied()));
            Ok(these.filter(expired.clone()).exec(tx.connection()).await?.rows_affected)
        })?;
    }
}

/// Ends all sessions of `user` but `keep`, and says how many that were.
pub(super) async fn end_others(
    connection: &DatabaseTransaction,
    user: UserId,
    keep: Option<SessionId>,
) -> Result<u64> {
    let mut delete = Entity::delete_many().filter(Column::UserId.eq(user));
    if let Some(keep) = keep {
        delete = delete.filter(Column::Id.ne(keep));
    }
    Ok(delete.exec(connection).await?.rows_affected)
}
