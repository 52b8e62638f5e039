//! An account.

use std::fmt;

use sea_orm::entity::prelude::*;

use crate::{clock::Timestamp, id::UserId};

/// An account.
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// The name as its owner spells it; null once the account is deleted.
    pub username: Option<String>,
    /// What makes the name unique: see `domain::text`.
    pub username_key: Option<String>,
    /// The address as its owner spells it; private.
    pub email: Option<String>,
    /// What makes the address unique.
    pub email_key: Option<String>,
    /// A free name to show.
    pub display_name: Option<String>,
    /// What the account may do beyond its own conversations.
    pub role: Role,
    /// Argon2id in PHC form.
    pub password_hash: Option<String>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Since when an operator keeps it out.
    pub disabled_at: Option<Timestamp>,
    /// When its owner deleted it.
    pub deleted_at: Option<Timestamp>,
}

/// Without what is private: rows end up in logs.
impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("username", &self.username).finish_non_exhaustive()
    }
}

/// What an account may do beyond its own conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Role {
    /// Nothing more.
    #[sea_orm(num_value = 1)]
    User,
    /// Looks after reports.
    #[sea_orm(num_value = 2)]
    Moderator,
    /// Looks after everything.
    #[sea_orm(num_value = 3)]
    Admin,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
