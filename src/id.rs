//! The identifiers of things, and their public spelling.
//!
//! A public id is a type prefix and the key in lower-case base32 (RFC 4648, no padding): it survives being copied
//! by hand, and an id of one type is never mistaken for another. A message's id *is* its key, conversation and
//! position, so that messages need no second index. It knows neither tables nor GraphQL.

use std::{fmt, str::FromStr, sync::LazyLock};

use data_encoding::{Encoding, Specification};
use rand::Rng as _;
use uuid::Uuid;

use crate::clock::{Clock, Timestamp};

/// Lower-case base32 without padding; one spelling per value, upper case is refused.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    specification.encoding().unwrap_or(data_encoding::BASE32_NOPAD)
});

/// The text is not an id of the type that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Bytes in the spelling of ids.
pub fn encode(bytes: &[u8]) -> String {
    BASE32.encode(bytes)
}

/// The bytes behind [`encode`]'s spelling; nothing else is accepted.
pub fn decode(text: &str) -> Result<Vec<u8>, Malformed> {
    BASE32.decode(text.as_bytes()).map_err(|_| Malformed)
}

/// Fills an array with random bytes from the operating system's seeded generator.
#[expect(clippy::disallowed_methods, reason = "the one place that asks for randomness")]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// A UUID of version 7 (RFC 9562): ordered by the time it was made, so that new rows are written side by side.
fn uuid_v7(moment: Timestamp, random: &[u8; 10]) -> Uuid {
    let millis = u64::try_from(moment.micros() / 1_000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid()
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What the public spelling starts with.
            pub const PREFIX: &'static str = $prefix;

            /// A new one, ordered by the time of `clock`.
            pub fn new(clock: &Clock) -> Self {
                Self::at(clock.now(), &random())
            }

            /// The one made at `moment` out of `random` bytes: for made-up data that is the same every time.
            pub fn at(moment: Timestamp, random: &[u8; 10]) -> Self {
                Self(uuid_v7(moment, random))
            }

            /// From the key of a table.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The key of a table.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Self::PREFIX)?;
                f.write_str(&encode(self.0.as_bytes()))
            }
        }

        impl FromStr for $name {
            type Err = Malformed;

            fn from_str(text: &str) -> Result<Self, Malformed> {
                let bytes = decode(text.strip_prefix(Self::PREFIX).ok_or(Malformed)?)?;
                Uuid::from_slice(&bytes).map(Self).map_err(|_| Malformed)
            }
        }
    };
}

uuid_id!(
    /// A person's account: `usr_…`.
    UserId,
    "usr_"
);
uuid_id!(
    /// A conversation: `cnv_…`.
    ConversationId,
    "cnv_"
);
uuid_id!(
    /// A signed-in device: `ses_…`.
    SessionId,
    "ses_"
);

/// A message: `msg_…`, its conversation and its position in that conversation's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    /// The conversation whose log holds it.
    pub conversation: ConversationId,
    /// Its position in that log, from 1.
    pub seq: i64,
}

impl MessageId {
    /// What the public spelling starts with.
    pub const PREFIX: &'static str = "msg_";
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; 24];
        let (conversation, seq) = bytes.split_at_mut(16);
        conversation.copy_from_slice(self.conversation.0.as_bytes());
        seq.copy_from_slice(&self.seq.to_be_bytes());
        f.write_str(Self::PREFIX)?;
        f.write_str(&encode(&bytes))
    }
}

impl FromStr for MessageId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let bytes = decode(text.strip_prefix(Self::PREFIX).ok_or(Malformed)?)?;
        let (conversation, seq) = bytes.split_at_checked(16).ok_or(Malformed)?;
        let conversation = Uuid::from_slice(conversation).map_err(|_| Malformed)?;
        let seq = i64::from_be_bytes(seq.try_into().map_err(|_| Malformed)?);
        if seq < 1 {
            return Err(Malformed);
        }
        Ok(Self { conversation: ConversationId(conversation), seq })
    }
}

/// Any object with a public id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeId {
    /// A person.
    User(UserId),
    /// A conversation.
    Conversation(ConversationId),
    /// A message.
    Message(MessageId),
    /// A signed-in device.
    Session(SessionId),
}

impl FromStr for NodeId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text.get(..4) {
            Some(UserId::PREFIX) => text.parse().map(Self::User),
            Some(ConversationId::PREFIX) => text.parse().map(Self::Conversation),
            Some(MessageId::PREFIX) => text.parse().map(Self::Message),
            Some(SessionId::PREFIX) => text.parse().map(Self::Session),
            _ => Err(Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_read_back_from_its_spelling() {
        let clock = Clock::system();
        let user = UserId::new(&clock);
        assert_eq!(user.to_string().parse(), Ok(user));
        let message = MessageId { conversation: ConversationId::new(&clock), seq: i64::MAX };
        assert_eq!(message.to_string().parse(), Ok(message));
        assert_eq!(message.to_string().parse(), Ok(NodeId::Message(message)));
    }

    #[test]
    fn an_id_of_another_type_is_malformed() {
        let user = UserId::new(&Clock::system()).to_string();
        assert_eq!(user.parse::<ConversationId>(), Err(Malformed));
        assert_eq!(user.to_uppercase().parse::<UserId>(), Err(Malformed));
        assert_eq!(user.replace("usr_", "cnv_").parse::<MessageId>(), Err(Malformed));
    }

    #[test]
    fn a_message_has_a_position_from_one() {
        let conversation = ConversationId::new(&Clock::system());
        for seq in [0, -1, i64::MIN] {
            assert_eq!(MessageId { conversation, seq }.to_string().parse::<MessageId>(), Err(Malformed));
        }
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let clock = Clock::manual(Timestamp::from_micros(1_000_000));
        let first = UserId::new(&clock);
        clock.advance(1_000);
        assert!(first < UserId::new(&clock));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in ".{0,64}") {
            if let Ok(id) = text.parse::<NodeId>() {
                let spelled = match id {
                    NodeId::User(id) => id.to_string(),
                    NodeId::Conversation(id) => id.to_string(),
                    NodeId::Message(id) => id.to_string(),
                    NodeId::Session(id) => id.to_string(),
                };
                prop_assert_eq!(spelled, text);
            }
        }

        #[test]
        fn every_key_has_one_spelling(bytes in any::<[u8; 16]>()) {
            let id = ConversationId::from_uuid(Uuid::from_bytes(bytes));
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
    }
}
