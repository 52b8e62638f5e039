//! Batches: what a page's items need is read in one statement per kind, not one per item.
//!
//! One loader with typed keys, made afresh for each request and bound to its viewer: what one person may see never
//! reaches another through a cache. It knows which verb answers which key, and no rule.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
};

use async_graphql::{
    dataloader::{DataLoader, HashMapCache, Loader},
    runtime::{TokioSpawner, TokioTimer},
};

use crate::{
    auth::Viewer,
    domain::{
        Domain,
        access::{self, Participation},
        message,
        page::{Page, PageRequest},
        participant::{self, Participant},
        reaction, session, user,
    },
    entity,
    error::{Error, Result},
    id::{ConversationId, MessageId, SessionId, UserId},
};

/// How many keys one statement takes: below every database's limits of parameters and of compound selects.
const BATCH_MAX: usize = 250;

/// The batches of one request.
pub(super) type Loaders = DataLoader<Batches, HashMapCache>;

/// Loaders for one request. `cached` lets an object be read once; mutations read afresh, since one root field may
/// change what another has read.
pub(super) fn loaders(domain: Domain, viewer: Option<Viewer>, cached: bool) -> Loaders {
    let batches = Batches { domain, viewer };
    let cache = HashMapCache::default();
    let loaders = DataLoader::with_cache(batches, TokioSpawner::current(), TokioTimer::default(), cache);
    loaders.enable_all_cache(cached);
    loaders.max_batch_size(BATCH_MAX)
}

/// Answers batches of keys on behalf of one viewer.
pub(super) struct Batches {
    domain: Domain,
    viewer: Option<Viewer>,
}

impl Batches {
    fn viewer(&self) -> Result<&Viewer> {
        self.viewer.as_ref().ok_or(Error::Unauthenticated("Sign in to do this."))
    }
}

/// A message's place, with the proof that the viewer takes part in its conversation.
#[derive(Clone, Debug)]
pub(super) struct Place(pub(super) Participation, pub(super) i64);

impl Place {
    fn id(&self) -> MessageId {
        MessageId { conversation: self.0.id(), seq: self.1 }
    }

    fn of(places: &[impl AsRef<Self>]) -> Vec<(Participation, i64)> {
        places.iter().map(|place| (place.as_ref().0.clone(), place.as_ref().1)).collect()
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Place {}

impl Hash for Place {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

/// Keys that are a place, one type for each thing that can be asked about it.
macro_rules! place_keys {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub(super) struct $name(pub(super) Place);

        impl AsRef<Place> for $name {
            fn as_ref(&self) -> &Place {
                &self.0
            }
        }
    )*};
}

place_keys!(
    /// The message at a place.
    MessageAt,
    /// Who is mentioned in the message there.
    MentionsAt,
    /// The reactions to the message there.
    ReactionsAt
);

/// Which of a message's earlier wordings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RevisionsOf(pub(super) Place, pub(super) PageRequest<i64>);

/// Which page of something that belongs to a conversation.
macro_rules! page_keys {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub(super) struct $name(pub(super) Participation, pub(super) PageRequest<i64>);

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.id() == other.0.id() && self.1 == other.1
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                (self.0.id(), &self.1).hash(state);
            }
        }
    )*};
}

page_keys!(
    /// A page of messages.
    MessagesOf,
    /// A page of participants.
    ParticipantsOf
);

impl Loader<UserId> for Batches {
    type Value = entity::user::Model;
    type Error = Error;

    async fn load(&self, keys: &[UserId]) -> Result<HashMap<UserId, Self::Value>> {
        user::by_ids(&self.domain, keys).await
    }
}

impl Loader<SessionId> for Batches {
    type Value = entity::session::Model;
    type Error = Error;

    async fn load(&self, keys: &[SessionId]) -> Result<HashMap<SessionId, Self::Value>> {
        session::by_ids(&self.domain, self.viewer()?, keys).await
    }
}

impl Loader<ConversationId> for Batches {
    type Value = Participation;
    type Error = Error;

    async fn load(&self, keys: &[ConversationId]) -> Result<HashMap<ConversationId, Participation>> {
        access::participations(&self.domain, self.viewer()?, keys).await
    }
}

impl Loader<MessageAt> for Batches {
    type Value = entity::message::Model;
    type Error = Error;

    async fn load(&self, keys: &[MessageAt]) -> Result<HashMap<MessageAt, Self::Value>> {
        let found = message::at(&self.domain, &Place::of(keys)).await?;
        Ok(by_place(keys, found))
    }
}

impl Loader<MentionsAt> for Batches {
    type Value = Vec<UserId>;
    type Error = Error;

    async fn load(&self, keys: &[MentionsAt]) -> Result<HashMap<MentionsAt, Self::Value>> {
        let found = message::mentions(&self.domain, &Place::of(keys)).await?;
        Ok(by_place(keys, found))
    }
}

impl Loader<ReactionsAt> for Batches {
    type Value = Vec<reaction::Group>;
    type Error = Error;

    async fn load(&self, keys: &[ReactionsAt]) -> Result<HashMap<ReactionsAt, Self::Value>> {
        let found = reaction::groups(&self.domain, self.viewer()?, &Place::of(keys)).await?;
        Ok(by_place(keys, found))
    }
}

impl Loader<RevisionsOf> for Batches {
    type Value = Page<entity::message_revision::Model>;
    type Error = Error;

    async fn load(&self, keys: &[RevisionsOf]) -> Result<HashMap<RevisionsOf, Self::Value>> {
        let requests: Vec<_> = keys.iter().map(|key| ((key.0.0.clone(), key.0.1), key.1.clone())).collect();
        let pages = message::revision_pages(&self.domain, &requests).await?;
        Ok(keys.iter().cloned().zip(pages).collect())
    }
}

impl Loader<MessagesOf> for Batches {
    type Value = Page<entity::message::Model>;
    type Error = Error;

    async fn load(&self, keys: &[MessagesOf]) -> Result<HashMap<MessagesOf, Self::Value>> {
        let requests: Vec<_> = keys.iter().map(|key| (key.0.clone(), key.1.clone())).collect();
        let pages = message::pages(&self.domain, &requests).await?;
        Ok(keys.iter().cloned().zip(pages).collect())
    }
}

impl Loader<ParticipantsOf> for Batches {
    type Value = Page<Participant>;
    type Error = Error;

    async fn load(&self, keys: &[ParticipantsOf]) -> Result<HashMap<ParticipantsOf, Self::Value>> {
        let requests: Vec<_> = keys.iter().map(|key| (key.0.clone(), key.1.clone())).collect();
        let pages = participant::pages(&self.domain, &requests).await?;
        Ok(keys.iter().cloned().zip(pages).collect())
    }
}

/// What was found, by the keys that asked for it.
fn by_place<K: AsRef<Place> + Clone + Eq + Hash, V>(
    keys: &[K],
    mut found: HashMap<MessageId, V>,
) -> HashMap<K, V> {
    keys.iter().filter_map(|key| Some((key.clone(), found.remove(&key.as_ref().id())?))).collect()
}
