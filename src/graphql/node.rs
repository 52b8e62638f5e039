//! Any object by its id (Relay's global object identification).

use async_graphql::{Context, ID, Interface, Object};

use super::{
    Asked as _,
    conversation::Conversation,
    loader::{MessageAt, Place},
    message::Message,
    session::Session,
    user::User,
};
use crate::{
    domain,
    error::{Error, Result},
    id::NodeId,
};

/// An object with an id of its own, which `node` finds again.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The object's id: opaque, stable, unique among all types."))]
pub enum Node {
    /// A person.
    User(User),
    /// A conversation.
    Conversation(Conversation),
    /// A message.
    Message(Message),
    /// A signed-in device.
    Session(Session),
}

/// Queries for any object.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this id. `NOT_FOUND` where there is none that you may see.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of an object of any type.")] id: ID,
    ) -> Option<Result<Node>> {
        Some(find(ctx, "id", &id).await)
    }

    /// The objects with these ids, in their order: null, with a `NOT_FOUND` error, for each that you may not see.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ids of objects of any types; at most as many as a page has items.")] ids: Vec<
            ID,
        >,
    ) -> Result<Vec<Option<Result<Node>>>> {
        ctx.viewer()?;
        let max = ctx.limits().page_size_max;
        if ids.len() > usize::try_from(max).unwrap_or(usize::MAX) {
            return Err(Error::invalid("ids", format!("At most {max} ids at once.")));
        }
        // One malformed id is a mistake in the call, not an object that is missing.
        for id in &ids {
            parse("ids", id)?;
        }
        let nodes = ids.iter().map(|id| async move { Some(find(ctx, "ids", id).await) });
        Ok(futures_util::future::join_all(nodes).await)
    }
}

fn parse(field: &'static str, id: &ID) -> Result<NodeId> {
    super::scalar::parse_id(field, id)
}

async fn find(ctx: &Context<'_>, field: &'static str, id: &ID) -> Result<Node> {
    let missing = |what| move || Error::NotFound { what, field: Some(field) };
    let loaders = ctx.loaders();
    ctx.viewer()?;
    match parse(field, id)? {
        NodeId::User(id) => {
            let found = loaders.load_one(id).await?;
            found.map(|row| Node::User(User(row))).ok_or_else(missing("User"))
        }
        NodeId::Session(id) => {
            let found = loaders.load_one(id).await?;
            found.map(|row| Node::Session(Session(row))).ok_or_else(missing("Session"))
        }
        NodeId::Conversation(id) => {
            let found = loaders.load_one(id).await?;
            found.map(|proof| Node::Conversation(Conversation(proof))).ok_or_else(missing("Conversation"))
        }
        NodeId::Message(id) => {
            let proof = loaders.load_one(id.conversation).await?;
            let participation = proof.ok_or_else(missing("Message"))?;
            let place = Place(participation.clone(), id.seq);
            let row = loaders.load_one(MessageAt(place)).await?.ok_or_else(missing("Message"))?;
            Ok(Node::Message(Message(domain::message::Message { participation, row })))
        }
    }
}
