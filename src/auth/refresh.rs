//! Refresh tokens: opaque, stored as digests, rotated on each use (RFC 9700 §4.14.2).
//!
//! A token is the session's id, a secret that stays the same through all rotations (the family) and a secret of this
//! rotation. A token whose family is right but whose rotation is not was issued by us and used before: somebody has
//! a copy, and the session ends. A made-up one has no family and ends nothing. It knows no table.

use aws_lc_rs::{constant_time, digest};

use crate::{
    clock::Clock,
    id::{self, SessionId},
};

/// What the text starts with, so that scanners recognise a leaked one.
const PREFIX: &str = "lqr_";

/// A SHA-256 digest. The secrets are random, so a fast digest without salt is enough.
pub type Digest = [u8; 32];

/// A refresh token in the clear, on its way to or from a client.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    session: SessionId,
    family: [u8; 16],
    rotation: [u8; 16],
}

impl RefreshToken {
    /// The first token of a new session.
    pub fn begin(clock: &Clock) -> Self {
        Self { session: SessionId::new(clock), family: id::random(), rotation: id::random() }
    }

    /// The token that replaces this one.
    #[must_use]
    pub fn rotate(&self) -> Self {
        Self { rotation: id::random(), ..self.clone() }
    }

    /// The token behind `text`, if it has the shape of one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = id::decode(text.strip_prefix(PREFIX)?).ok()?;
        let (session, secrets) = bytes.split_at_checked(16)?;
        let (family, rotation) = secrets.split_at_checked(16)?;
        Some(Self {
            session: SessionId::from_uuid(uuid::Uuid::from_slice(session).ok()?),
            family: family.try_into().ok()?,
            rotation: rotation.try_into().ok()?,
        })
    }

    /// The text a client keeps.
    pub fn reveal(&self) -> String {
        let session = self.session.uuid();
        format!(
            "{PREFIX}{}",
            id::encode(&[session.as_bytes().as_slice(), &self.family, &self.rotation].concat())
        )
    }

    /// The session it belongs to.
    pub const fn session(&self) -> SessionId {
        self.session
    }

    /// The digest that stays the same through all rotations.
    pub fn family_digest(&self) -> Digest {
        sha256(&self.family)
    }

    /// The digest of this rotation.
    pub fn digest(&self) -> Digest {
        sha256(&[self.family, self.rotation].concat())
    }

    /// Whether two digests are the same, in constant time.
    pub fn same(ours: &[u8], theirs: &Digest) -> bool {
        constant_time::verify_slices_are_equal(ours, theirs).is_ok()
    }
}

fn sha256(bytes: &[u8]) -> Digest {
    let mut out = Digest::default();
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_from_its_text() {
        let token = RefreshToken::begin(&Clock::system());
        assert!(RefreshToken::parse(&token.reveal()) == Some(token.clone()));
        for broken in ["", "lqr_", "lqr_aaaa", &token.reveal()[1..], &format!("{}a", token.reveal())] {
            assert!(RefreshToken::parse(broken).is_none(), "{broken}");
        }
    }

    #[test]
    fn a_rotation_keeps_session_and_family_and_changes_the_rest() {
        let first = RefreshToken::begin(&Clock::system());
        let second = first.rotate();
        assert_eq!(first.session(), second.session());
        assert_eq!(first.family_digest(), second.family_digest());
        assert_ne!(first.digest(), second.digest());
        assert!(RefreshToken::same(&first.digest(), &first.digest()));
        assert!(!RefreshToken::same(&first.digest(), &second.digest()));
    }
}
