//! Pages as clients ask for them and see them: arguments, cursors and connections (Relay's cursor specification).
//!
//! A cursor is the key of its item, with a checksum that covers the list it belongs to: a damaged one, or one of
//! another list, is refused by name instead of starting somewhere else. It knows no table.

use async_graphql::SimpleObject;
use aws_lc_rs::digest;
use uuid::Uuid;

use crate::{
    clock::Timestamp,
    config,
    domain::{
        conversation::ListKey,
        page::{End, Page, PageRequest},
    },
    error::{Error, Result},
    id::{self, ConversationId, SessionId},
};

/// The four arguments of a connection, as they came.
#[derive(Clone, Debug, Default)]
pub(super) struct PageArguments {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

impl PageArguments {
    /// The page they ask for in the list called `scope`. Where they do not say which end, it is `default_end`.
    pub(super) fn request<K: Key>(
        &self,
        limits: &config::Limits,
        scope: &Scope<'_>,
        default_end: End,
    ) -> Result<PageRequest<K>> {
        let (end, size) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                return Err(Error::invalid("last", "Ask for the first items or the last ones, not both."));
            }
            (Some(first), None) => (End::First, checked("first", first, limits.page_size_max)?),
            (None, Some(last)) => (End::Last, checked("last", last, limits.page_size_max)?),
            (None, None) => (default_end, limits.page_size_default),
        };
        let cursor =
            |field, text: &Option<String>| text.as_deref().map(|text| scope.read(field, text)).transpose();
        Ok(PageRequest {
            end,
            size,
            after: cursor("after", &self.after)?,
            before: cursor("before", &self.before)?,
        })
    }
}

fn checked(field: &'static str, size: i32, max: u32) -> Result<u32> {
    u32::try_from(size)
        .ok()
        .filter(|size| (1..=max).contains(size))
        .ok_or_else(|| Error::invalid(field, format!("A page has 1 to {max} items.")))
}

/// Which list a cursor belongs to: its name, and the id of what it hangs on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    name: &'static str,
    owner: &'a [u8],
}

impl<'a> Scope<'a> {
    /// The list `name` of the object with the key `owner`.
    pub(super) const fn new(name: &'static str, owner: &'a [u8]) -> Self {
        Self { name, owner }
    }

    /// The cursor of the item with `key`.
    pub(super) fn cursor<K: Key>(&self, key: &K) -> String {
        let mut bytes = key.to_bytes();
        bytes.extend(self.checksum(&bytes));
        id::encode(&bytes)
    }

    fn read<K: Key>(&self, field: &'static str, text: &str) -> Result<K> {
        let invalid = || Error::invalid(field, "This is not a cursor of this list.");
        let bytes = id::decode(text).map_err(|_| invalid())?;
        let (key, checksum) = bytes.split_last_chunk::<4>().ok_or_else(invalid)?;
        if self.checksum(key) != *checksum {
            return Err(invalid());
        }
        K::from_bytes(key).ok_or_else(invalid)
    }

    fn checksum(&self, key: &[u8]) -> [u8; 4] {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [self.name.as_bytes(), &[0], self.owner, &[0], key] {
            context.update(part);
        }
        let digest = context.finish();
        let mut checksum = [0; 4];
        checksum.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        checksum
    }
}

/// A key that a cursor can hold.
pub(super) trait Key: Sized {
    fn to_bytes(&self) -> Vec<u8>;
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl Key for i64 {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

impl Key for String {
    fn to_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::from_utf8(bytes.to_vec()).ok().filter(|text| !text.contains('\0'))
    }
}

impl Key for SessionId {
    fn to_bytes(&self) -> Vec<u8> {
        self.uuid().as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self::from_uuid)
    }
}

impl Key for ListKey {
    fn to_bytes(&self) -> Vec<u8> {
        [&self.active_at.micros().to_be_bytes(), self.id.uuid().as_bytes().as_slice()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (active_at, id) = bytes.split_first_chunk::<8>()?;
        Some(Self {
            active_at: Timestamp::from_micros(i64::from_be_bytes(*active_at)),
            id: ConversationId::from_uuid(Uuid::from_slice(id).ok()?),
        })
    }
}

/// Where a page stands in its list (Relay's cursor specification).
#[derive(Clone, Debug, SimpleObject)]
pub struct PageInfo {
    /// Whether there are items after this page. When paging backwards: whether `before` was given.
    has_next_page: bool,
    /// Whether there are items before this page. When paging forwards: whether `after` was given.
    has_previous_page: bool,
    /// The cursor of the first item; null on an empty page.
    start_cursor: Option<String>,
    /// The cursor of the last item; null on an empty page. Give it as `after` for the next page.
    end_cursor: Option<String>,
}

/// The items of a page with their cursors, and where it stands.
pub(super) fn edges_and_info<T, K: Key>(
    page: Page<T>,
    scope: &Scope<'_>,
    key: impl Fn(&T) -> K,
) -> (Vec<(String, T)>, PageInfo) {
    let Page { items, has_next, has_previous } = page;
    let edges: Vec<_> = items.into_iter().map(|item| (scope.cursor(&key(&item)), item)).collect();
    let info = PageInfo {
        has_next_page: has_next,
        has_previous_page: has_previous,
        start_cursor: edges.first().map(|(cursor, _)| cursor.clone()),
        end_cursor: edges.last().map(|(cursor, _)| cursor.clone()),
    };
    (edges, info)
}

/// Makes a connection type over an edge type: its items, where the page stands, and `totalCount` where the list
/// knows it without counting.
macro_rules! connection {
    (
        $(#[$doc:meta])* $connection:ident, $edge:ty, $node:ty
        $(, $(#[$total_doc:meta])+ total)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $connection {
            edges: Vec<$edge>,
            page_info: $crate::graphql::page::PageInfo,
            $($(#[$total_doc])+ total_count: i64,)?
        }

        $(#[$doc])*
        #[async_graphql::Object]
        impl $connection {
            /// The items of this page, each with its cursor.
            async fn edges(&self) -> &[$edge] {
                &self.edges
            }

            /// The items of this page, for clients that need no cursors.
            async fn nodes(&self) -> Vec<&$node> {
                self.edges.iter().map(|edge| &edge.node).collect()
            }

            /// Where this page stands in the list.
            async fn page_info(&self) -> &$crate::graphql::page::PageInfo {
                &self.page_info
            }

            $(
                $(#[$total_doc])+
                async fn total_count(&self) -> i32 {
                    $crate::graphql::scalar::int(self.total_count)
                }
            )?
        }
    };
}
pub(super) use connection;

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: config::Limits = config::Limits {
        page_size_default: 20,
        page_size_max: 100,
        message_length_max: 4_000,
        participants_max: 1_000,
        operation_cost_max: 5_000,
        operation_depth_max: 20,
        request_bytes_max: 262_144,
    };
    const SCOPE: Scope<'static> = Scope::new("messages", b"one");

    fn ask(arguments: &PageArguments) -> Result<PageRequest<i64>> {
        arguments.request(&LIMITS, &SCOPE, End::Last)
    }

    #[test]
    fn a_page_has_a_size_and_an_end() {
        let request = ask(&PageArguments::default()).unwrap();
        assert_eq!((request.end, request.size), (End::Last, 20));
        let request = ask(&PageArguments { first: Some(100), ..Default::default() }).unwrap();
        assert_eq!((request.end, request.size), (End::First, 100));
        for (first, last, field) in [
            (Some(0), None, "first"),
            (Some(101), None, "first"),
            (None, Some(-1), "last"),
            (Some(1), Some(1), "last"),
        ] {
            let error = ask(&PageArguments { first, last, ..Default::default() }).unwrap_err();
            assert_eq!(error.field(), Some(field));
        }
    }

    #[test]
    fn a_cursor_is_good_for_its_own_list_only() {
        let cursor = SCOPE.cursor(&42_i64);
        let with = |after: &str| ask(&PageArguments { after: Some(after.to_owned()), ..Default::default() });
        assert_eq!(with(&cursor).unwrap().after, Some(42));
        let other = Scope::new("messages", b"two").cursor(&42_i64);
        let cut = &cursor[1..];
        let changed = cursor.replacen(&cursor[..1], if cursor.starts_with('a') { "b" } else { "a" }, 1);
        for bad in [other.as_str(), cut, &changed, "", "MQ==", "é", &cursor.repeat(2)] {
            assert_eq!(with(bad).unwrap_err().field(), Some("after"), "{bad}");
        }
    }

    #[test]
    fn every_key_survives_its_cursor() {
        let clock = crate::clock::Clock::system();
        let key = ListKey { active_at: clock.now(), id: ConversationId::new(&clock) };
        assert_eq!(ListKey::from_bytes(&key.to_bytes()), Some(key));
        let session = SessionId::new(&clock);
        assert_eq!(SessionId::from_bytes(&session.to_bytes()), Some(session));
        assert_eq!(String::from_bytes(&"zoë".to_owned().to_bytes()), Some("zoë".to_owned()));
    }
}
