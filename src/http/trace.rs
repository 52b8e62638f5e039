//! What happens to every request on its way in and out: a name, a span, safe headers, and an answer even when the
//! code behind it panics.
//!
//! A request's name is in its answer, in the log and in every error, so that a report from a user leads to its lines.
//! It does not know what is asked for.

use std::panic::AssertUnwindSafe;

use axum::{
    body::Body,
    extract::Request,
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header},
    middleware::Next,
};
use data_encoding::HEXLOWER;
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::answer;
use crate::error::Code;

/// The header with a request's name, in requests and in answers.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// What no answer goes without.
const SAFE_HEADERS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
];

/// The name of a request.
#[derive(Clone, Debug)]
pub(super) struct RequestId(String);

impl RequestId {
    /// The one the client chose, if it is a sane one, else a new one.
    fn choose(headers: &HeaderMap) -> Self {
        let given = headers.get(HEADER).and_then(|value| value.to_str().ok()).filter(|id| Self::is_sane(id));
        Self(given.map_or_else(Self::generate, str::to_owned))
    }

    fn is_sane(id: &str) -> bool {
        (1..=128).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    }

    fn generate() -> String {
        let mut bytes = [0; 12];
        // Without randomness from the system nothing else would work either; a name is not worth failing for.
        let _ = aws_lc_rs::rand::fill(&mut bytes);
        HEXLOWER.encode(&bytes)
    }

    /// The name of the request these extensions belong to.
    pub(super) fn of(extensions: &Extensions) -> &str {
        extensions.get::<Self>().map_or("", |id| &id.0)
    }
}

/// The outermost layer.
pub(super) async fn follow(mut request: Request, next: Next) -> Response<Body> {
    let id = RequestId::choose(request.headers());
    let span = tracing::info_span!(
        "request",
        request_id = id.0,
        method = %request.method(),
        path = request.uri().path(),
    );
    request.extensions_mut().insert(id.clone());
    let mut answer = async {
        let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!("the code behind the request panicked");
            answer::error(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, "Internal error.", &id.0)
        });
        tracing::debug!(status = answer.status().as_u16(), "answered");
        answer
    }
    .instrument(span)
    .await;
    for (name, value) in SAFE_HEADERS {
        answer.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        answer.headers_mut().insert(HEADER, value);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_name_is_kept_and_any_other_replaced() {
        let chosen = |id: &'static [u8]| {
            let value = HeaderValue::from_bytes(id).unwrap();
            RequestId::choose(&HeaderMap::from_iter([(HEADER, value)])).0
        };
        assert_eq!(chosen(b"Abc-1_2.3"), "Abc-1_2.3");
        for hostile in [&b""[..], b"a b", b"a,b", b"a\"b", b"\xff", &[b'x'; 129]] {
            let id = chosen(hostile);
            assert!(id.len() == 24 && RequestId::is_sane(&id), "{id}");
        }
        assert_ne!(RequestId::generate(), RequestId::generate());
    }
}
