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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Clock,
        config::{Secret, SigningKey},
        error::Code,
    };

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn key(kid: &str, byte: u8) -> SigningKey {
        SigningKey { kid: kid.to_owned(), secret: Secret::new(vec![byte; 32]) }
    }

    fn tokens(keys: Vec<SigningKey>) -> AccessTokens {
        AccessTokens::new(&config::Tokens {
            keys,
            issuer: "loquat".to_owned(),
            audience: "loquat".to_owned(),
            access_lifetime: Duration::from_mins(15),
            refresh_lifetime: Duration::from_hours(720),
        })
        .unwrap()
    }

    fn issue(tokens: &AccessTokens) -> String {
        let clock = Clock::manual(NOW);
        tokens.issue(UserId::new(&clock), SessionId::new(&clock), NOW).unwrap().0
    }

    /// A token with the header and claims a forger would like, signed with `byte`'s key.
    fn forge(header: &Header, change: impl FnOnce(&mut Wire), byte: u8) -> String {
        let clock = Clock::manual(NOW);
        let mut wire = Wire {
            iss: "loquat".to_owned(),
            aud: "loquat".to_owned(),
            sub: UserId::new(&clock).to_string(),
            sid: SessionId::new(&clock).to_string(),
            iat: NOW.seconds(),
            exp: NOW.seconds() + 900,
        };
        change(&mut wire);
        jsonwebtoken::encode(header, &wire, &EncodingKey::from_secret(&[byte; 32])).unwrap()
    }

    fn header(algorithm: Algorithm, kid: &str) -> Header {
        Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) }
    }

    fn code(tokens: &AccessTokens, token: &str) -> Code {
        tokens.verify(token, NOW).unwrap_err().code()
    }

    #[test]
    fn a_token_holds_until_it_expires_and_not_a_second_longer() {
        let tokens = tokens(vec![key("a", 1)]);
        let token = issue(&tokens);
        let claims = tokens.verify(&token, NOW).unwrap();
        assert_eq!(claims.expires_at(), NOW.plus(Duration::from_mins(15)));
        assert!(tokens.verify(&token, NOW.plus(Duration::from_secs(899))).is_ok());
        let late = tokens.verify(&token, NOW.plus(Duration::from_mins(15))).unwrap_err();
        assert_eq!(late.code(), Code::TokenExpired);
    }

    #[test]
    fn keys_rotate_without_ending_what_they_signed() {
        let before = issue(&tokens(vec![key("old", 1)]));
        let rotated = tokens(vec![key("new", 2), key("old", 1)]);
        assert!(rotated.verify(&before, NOW).is_ok());
        assert!(tokens(vec![key("new", 2)]).verify(&issue(&rotated), NOW).is_ok());
        assert_eq!(code(&tokens(vec![key("new", 2)]), &before), Code::Unauthenticated);
    }

    #[test]
    fn what_we_did_not_sign_for_ourselves_is_worth_nothing() {
        let tokens = tokens(vec![key("a", 1), key("b", 2)]);
        let good = header(Algorithm::HS256, "a");
        assert!(tokens.verify(&forge(&good, |_| (), 1), NOW).is_ok());
        let nobody = forge(&good, |wire| wire.sub = "usr_me".to_owned(), 1);
        let forged = [
            forge(&good, |_| (), 3),
            // The right secret under another key's name, another algorithm, no key at all.
            forge(&header(Algorithm::HS256, "b"), |_| (), 1),
            forge(&header(Algorithm::HS512, "a"), |_| (), 1),
            forge(&Header::new(Algorithm::HS256), |_| (), 1),
            forge(&header(Algorithm::HS256, "../a"), |_| (), 1),
            forge(&good, |wire| wire.iss = "elsewhere".to_owned(), 1),
            forge(&good, |wire| wire.aud = "another".to_owned(), 1),
            nobody,
            String::new(),
            "a.b.c".to_owned(),
            "x".repeat(MAX_LENGTH + 1),
        ];
        for token in forged {
            assert_eq!(code(&tokens, &token), Code::Unauthenticated, "{token}");
        }
    }

    #[test]
    fn a_token_without_a_signature_is_worth_nothing() {
        let tokens = tokens(vec![key("a", 1)]);
        let token = issue(&tokens);
        let claims = token.split('.').nth(1).unwrap();
        let none = data_encoding::BASE64URL_NOPAD.encode(br#"{"alg":"none","typ":"JWT","kid":"a"}"#);
        for unsigned in
            [format!("{none}.{claims}."), format!("{none}.{claims}.x"), format!("{none}.{claims}")]
        {
            assert_eq!(code(&tokens, &unsigned), Code::Unauthenticated);
        }
    }
}
