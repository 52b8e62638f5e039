//! A person in a conversation.

use sea_orm::entity::prelude::*;

use crate::{
    clock::Timestamp,
    id::{ConversationId, UserId},
};

/// A person in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "participants")]
pub struct Model {
    /// Where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: ConversationId,
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// What they may do there.
    pub role: Role,
    /// When they last joined.
    pub joined_at: Timestamp,
    /// The position of the event that says so.
    pub joined_seq: i64,
    /// The position at which they left; null while they take part.
    pub left_seq: Option<i64>,
    /// The position of the last message they have read; 0 where there is none.
    pub read_seq: i64,
    /// Its number among the messages.
    pub read_ordinal: i64,
    /// How often they were mentioned.
    pub mention_count: i64,
    /// How many of these they have read.
    pub read_mention_count: i64,
    /// Whether they want no notifications.
    pub muted: bool,
    /// Whether they put it out of sight.
    pub archived: bool,
    /// Whether they keep it in sight.
    pub pinned: bool,
}

/// What a person may do in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Role {
    /// Everything, including ending the group.
    #[sea_orm(num_value = 1)]
    Owner,
    /// Looks after title, people and messages.
    #[sea_orm(num_value = 2)]
    Admin,
    /// Reads and writes.
    #[sea_orm(num_value = 3)]
    Member,
}

/// What a row refers to.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The conversation.
    #[sea_orm(
        belongs_to = "super::conversation::Entity",
        from = "Column::ConversationId",
        to = "super::conversation::Column::Id"
    )]
    Conversation,
    /// The person.
    #[sea_orm(belongs_to = "super::user::Entity", from = "Column::UserId", to = "super::user::Column::Id")]
    User,
}

impl Related<super::conversation::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Conversation.def()
    }
}

impl Related<super::user::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
