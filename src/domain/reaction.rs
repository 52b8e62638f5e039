//! Reactions: one emoji of one person to one message.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{CaseStatement, ExprTrait as _, Func},
};
use serde_json::json;

use super::{
    Domain,
    access::Participation,
    database,
    database::transact,
    log::Event,
    message::{self, Message},
    text::Emoji,
};
use crate::{
    auth::Viewer,
    entity::{
        event::Kind,
        reaction::{Column, Entity, Model},
    },
    error::{Error, Result},
    id::{ConversationId, MessageId},
};

/// How many different emoji one message takes.
pub const EMOJI_MAX: usize = 20;

/// Adds the viewer's reaction. Adding it twice is adding it once.
pub async fn add(domain: &Domain, viewer: &Viewer, id: MessageId, emoji: &Emoji) -> Result<Message> {
    change(domain, viewer, id, (emoji, true)).await
}

/// Takes the viewer's reaction back. Taking back what is not there changes nothing.
pub async fn remove(domain: &Domain, viewer: &Viewer, id: MessageId, emoji: &Emoji) -> Result<Message> {
    change(domain, viewer, id, (emoji, false)).await
}

async fn change(
    domain: &Domain,
    viewer: &Viewer,
    id: MessageId,
    (emoji, added): (&Emoji, bool),
) -> Result<Message> {
    transact!(domain, |tx| {
        let (mut log, proof, row) = message::open_at(domain, tx, viewer, id).await?;
        proof.may_write()?;
        message::still_there(&row)?;
        let key = (row.conversation_id, row.seq, viewer.user(), emoji.as_str().to_owned());
        let before = Entity::find_by_id(key.clone()).one(log.connection()).await?;
        if before.is_some() != added {
            let event = Event::new(Kind::ReactionsChanged, viewer.user()).at(row.seq);
            let seq = log.event(event.with(json!({ "emoji": emoji.as_str(), "added": added }))).await?;
            if added {
                check_room(&log, id, emoji).await?;
                let (conversation_id, message_seq, user_id, emoji) = key;
                let reaction = Model { conversation_id, message_seq, user_id, emoji, seq };
                database::insert::<Entity>(log.connection(), reaction).await?;
            } else {
                Entity::delete_by_id(key).exec(log.connection()).await?;
            }
        }
        let participation = proof.renewed(&log, proof.participant().clone());
        log.close().await?;
        Ok(Message { participation, row })
    })
}

/// Fails when `emoji` would be one kind too many.
async fn check_room(log: &super::log::Log<'_>, id: MessageId, emoji: &Emoji) -> Result<()> {
    let kinds: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Emoji)
        .distinct()
        .filter(Column::ConversationId.eq(id.conversation))
        .filter(Column::MessageSeq.eq(id.seq))
        .into_tuple()
        .all(log.connection())
        .await?;
    if kinds.len() >= EMOJI_MAX && !kinds.iter().any(|kind| kind == emoji.as_str()) {
        return Err(Error::invalid("emoji", format!("A message takes at most {EMOJI_MAX} different emoji.")));
    }
    Ok(())
}

/// How many people reacted to a message with one emoji.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The emoji.
    pub emoji: String,
    /// How many people.
    pub count: i64,
    /// Whether the viewer is one of them.
    pub viewer_has_reacted: bool,
}

#[derive(FromQueryResult)]
struct Counted {
    conversation_id: ConversationId,
    message_seq: i64,
    emoji: String,
    people: i64,
    own: i64,
}

/// The reactions to some messages, each emoji once, the first one used first. One statement.
pub async fn groups(
    domain: &Domain,
    viewer: &Viewer,
    places: &[(Participation, i64)],
) -> Result<HashMap<MessageId, Vec<Group>>> {
    if places.is_empty() {
        return Ok(HashMap::new());
    }
    let own = CaseStatement::new().case(Column::UserId.eq(viewer.user()), 1);
    let rows = Entity::find()
        .select_only()
        .columns([Column::ConversationId, Column::MessageSeq, Column::Emoji])
        .column_as(Column::UserId.count(), "people")
        .expr_as(Func::count(own), "own")
        .filter(message::at_places((Column::ConversationId, Column::MessageSeq), places))
        .group_by(Column::ConversationId)
        .group_by(Column::MessageSeq)
        .group_by(Column::Emoji)
        .order_by_asc(Column::Seq.into_expr().min())
        .into_model::<Counted>()
        .all(domain.database().read())
        .await?;
    let mut groups: HashMap<MessageId, Vec<Group>> = HashMap::new();
    for row in rows {
        let id = MessageId { conversation: row.conversation_id, seq: row.message_seq };
        let group = Group { emoji: row.emoji, count: row.people, viewer_has_reacted: row.own > 0 };
        groups.entry(id).or_default().push(group);
    }
    Ok(groups)
}
