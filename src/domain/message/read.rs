//! Reading messages: one by one, page by page, with what hangs on them.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult as _, QueryFilter, QueryResult, QuerySelect,
    QueryTrait as _, Select,
};

use super::Message;
use crate::{
    auth::Viewer,
    domain::{
        Domain,
        access::{self, Participation},
        by_key,
        page::{self, Page, PageRequest},
    },
    entity::{
        mention,
        message::{Column, Entity, Model},
        message_revision,
    },
    error::{Error, Result},
    id::{ConversationId, MessageId, UserId},
};

/// The messages at some positions of conversations the viewer takes part in, in one statement.
pub async fn at(domain: &Domain, places: &[(Participation, i64)]) -> Result<HashMap<MessageId, Model>> {
    if places.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = Entity::find()
        .filter(at_places((Column::ConversationId, Column::Seq), places))
        .all(domain.database().read())
        .await?;
    Ok(by_key(rows, |row| MessageId { conversation: row.conversation_id, seq: row.seq }))
}

/// Narrows a table that is keyed by conversation and message to `places`.
pub(in crate::domain) fn at_places<C: ColumnTrait>(
    (conversation, seq): (C, C),
    places: &[(Participation, i64)],
) -> Condition {
    let mut by_conversation: BTreeMap<ConversationId, Vec<i64>> = BTreeMap::new();
    for (proof, seq) in places {
        by_conversation.entry(proof.id()).or_default().push(*seq);
    }
    by_conversation.into_iter().fold(Condition::any(), |any, (id, positions)| {
        any.add(Condition::all().add(conversation.eq(id)).add(seq.is_in(positions)))
    })
}

/// A message by its id. `NOT_FOUND` on `id` where it is not there for the viewer.
pub async fn find(domain: &Domain, viewer: &Viewer, id: MessageId) -> Result<Message> {
    let no_message = Error::not_found("Message", "id");
    let proofs = access::participations(domain, viewer, &[id.conversation]).await?;
    let participation = proofs.get(&id.conversation).cloned().ok_or(no_message.clone())?;
    let row = at(domain, &[(participation.clone(), id.seq)]).await?.remove(&id).ok_or(no_message)?;
    Ok(Message { participation, row })
}

/// Pages of several conversations, oldest message first, in one statement.
pub async fn pages(
    domain: &Domain,
    requests: &[(Participation, PageRequest<i64>)],
) -> Result<Vec<Page<Model>>> {
    let select = |proof: &Participation, request: &PageRequest<i64>| {
        let mut select: Select<Entity> = Entity::find().filter(Column::ConversationId.eq(proof.id()));
        request.apply(QuerySelect::query(&mut select), Column::Seq);
        select
    };
    // One conversation is the hot path: a plain statement that the database plans once.
    if let [(proof, request)] = requests {
        let rows = select(proof, request).all(domain.database().read()).await?;
        return Ok(vec![Page::new(rows, request)]);
    }
    let asked = requests.iter().map(|(proof, request)| (select(proof, request).into_query(), request));
    let parse = |row: &QueryResult| Model::from_query_result(row, "");
    let key = |row: &Model| row.seq;
    Ok(page::side_by_side(domain.database().read(), asked.collect(), parse, key).await?)
}

/// Pages of what several messages said before they were edited, oldest wording first, in one statement.
pub async fn revision_pages(
    domain: &Domain,
    requests: &[((Participation, i64), PageRequest<i64>)],
) -> Result<Vec<Page<message_revision::Model>>> {
    use message_revision::Column as Revision;
    let asked = requests.iter().map(|((proof, seq), request)| {
        let mut select = message_revision::Entity::find()
            .filter(Revision::ConversationId.eq(proof.id()))
            .filter(Revision::MessageSeq.eq(*seq));
        request.apply(QuerySelect::query(&mut select), Revision::Number);
        (select.into_query(), request)
    });
    let parse = |row: &QueryResult| message_revision::Model::from_query_result(row, "");
    let key = |row: &message_revision::Model| row.number;
    Ok(page::side_by_side(domain.database().read(), asked.collect(), parse, key).await?)
}

/// Who is mentioned in some messages, in one statement.
pub async fn mentions(
    domain: &Domain,
    places: &[(Participation, i64)],
) -> Result<HashMap<MessageId, Vec<UserId>>> {
    if places.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = mention::Entity::find()
        .filter(at_places((mention::Column::ConversationId, mention::Column::MessageSeq), places))
        .filter(mention::Column::Current.eq(true))
        .all(domain.database().read())
        .await?;
    let mut found: HashMap<MessageId, Vec<UserId>> = HashMap::new();
    for row in rows {
        let id = MessageId { conversation: row.conversation_id, seq: row.message_seq };
        found.entry(id).or_default().push(row.user_id);
    }
    Ok(found)
}
