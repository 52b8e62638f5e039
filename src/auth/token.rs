//! Access tokens: short-lived JSON Web Tokens (RFC 7519), signed with HMAC-SHA-256.
//!
//! The algorithm is pinned and the key is chosen by `kid` among ours alone (RFC 8725 §3.1, §3.5), so a token cannot
//! choose how it is checked. Time is ours too: the library's clock is not asked. It knows no table.

use std::{collections::HashMap, str::FromStr as _, time::Duration};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::{
    clock::Timestamp,
    config,
    error::{Error, Result},
    id::{SessionId, UserId},
};

/// Longer texts are not tokens of ours; they are refused before they are parsed.
const MAX_LENGTH: usize = 2_048;

/// What a verified access token says.
#[derive(Clone, Copy, Debug)]
pub struct Claims {
    user: UserId,
    session: SessionId,
    expires_at: Timestamp,
}

impl Claims {
    /// Whose token it is.
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// Which session it was issued in.
    pub const fn session(&self) -> SessionId {
        self.session
    }

    /// When it ends.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

/// The claims as they travel (RFC 7519 §4.1); `sid` is the session.
#[derive(Serialize, Deserialize)]
struct Wire {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    iat: i64,
    exp: i64,
}

/// Signs and verifies access tokens.
pub struct AccessTokens {
    header: Header,
    signing: EncodingKey,
    verifying: HashMap<String, DecodingKey>,
    validation: Validation,
    issuer: String,
    audience: String,
    lifetime: Duration,
}

impl AccessTokens {
    /// With the keys of `config`: the first one signs, all verify.
    pub fn new(config: &config::Tokens) -> Result<Self> {
        let first = config.keys.first().ok_or_else(|| Error::internal("no signing key is configured"))?;
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(first.kid.clone());
        let verifying = config
            .keys
            .iter()
            .map(|key| (key.kid.clone(), DecodingKey::from_secret(key.secret.expose())))
            .collect();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[&config.issuer]);
        validation.set_audience(&[&config.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_exp = false;
        Ok(Self {
            header,
            signing: EncodingKey::from_secret(first.secret.expose()),
            verifying,
            validation,
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            lifetime: config.access_lifetime,
        })
    }

    /// How long a token is good for.
    pub const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// A token for `user` in `session`, and when it ends.
    pub fn issue(&self, user: UserId, session: SessionId, now: Timestamp) -> Result<(String, Timestamp)> {
        let expires_at = Timestamp::from_micros(now.plus(self.lifetime).seconds() * 1_000_000);
        let wire = Wire {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: user.to_string(),
            sid: session.to_string(),
            iat: now.seconds(),
            exp: expires_at.seconds(),
        };
        let token = jsonwebtoken::encode(&self.header, &wire, &self.signing).map_err(Error::internal)?;
        Ok((token, expires_at))
    }

    /// What `token` says, if we signed it and it has not expired at `now`.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims> {
        const INVALID: Error = Error::Unauthenticated("The access token is not valid.");
        if token.len() > MAX_LENGTH {
            return Err(INVALID);
        }
        let kid = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid).ok_or(INVALID)?;
        let key = self.verifying.get(&kid).ok_or(INVALID)?;
        let wire = jsonwebtoken::decode::<Wire>(token, key, &self.validation).map_err(|_| INVALID)?.claims;
        let user = UserId::from_str(&wire.sub).map_err(|_| INVALID)?;
        let session = SessionId::from_str(&wire.sid).map_err(|_| INVALID)?;
        if now.seconds() >= wire.exp {
            return Err(Error::TokenExpired);
        }
        Ok(Claims { user, session, expires_at: Timestamp::from_micros(wire.exp.saturating_mul(1_000_000)) })
    }
}
