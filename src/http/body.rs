//! Reads the body of a request, within a size and a time.
//!
//! The web framework's own limits do not apply to a body that is read as a stream, and it would wait for a slow one
//! for ever. It does not know what the bytes mean.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::time;

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    /// More bytes came, or were announced, than may.
    TooLarge,
    /// It did not come in time.
    TooSlow,
    /// The connection broke, or the bytes were not framed as HTTP wants it.
    Broken,
}

/// All of `body`: at most `limit` bytes, within `time`.
pub(super) async fn read(body: Body, limit: usize, time: Duration) -> Result<Bytes, BodyError> {
    time::timeout(time, collect(body, limit)).await.unwrap_or(Err(BodyError::TooSlow))
}

async fn collect(mut body: Body, limit: usize) -> Result<Bytes, BodyError> {
    // An announced size is believed when it is too large: nothing needs to be read to refuse it.
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(BodyError::TooLarge);
    }
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
        if data.len() > limit - whole.len() {
            return Err(BodyError::TooLarge);
        }
        if whole.is_empty() && body.is_end_stream() {
            return Ok(data);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, io};

    use futures_util::{StreamExt as _, stream};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MOMENT: Duration = Duration::from_millis(40);

    /// A body of unknown size, in `chunks`.
    fn chunked(chunks: &'static [&'static str]) -> Body {
        Body::from_stream(stream::iter(chunks).map(|chunk| Ok::<_, Infallible>(*chunk)))
    }

    #[tokio::test]
    async fn a_body_of_just_the_limit_is_read() {
        assert_eq!(read(Body::from("12345"), 5, SECOND).await.unwrap(), "12345");
        assert_eq!(read(chunked(&["12", "", "345"]), 5, SECOND).await.unwrap(), "12345");
        assert_eq!(read(Body::empty(), 5, SECOND).await.unwrap(), "");
    }

    #[tokio::test]
    async fn a_byte_too_many_is_refused() {
        assert_eq!(read(Body::from("123456"), 5, SECOND).await, Err(BodyError::TooLarge));
        assert_eq!(read(chunked(&["123", "456"]), 5, SECOND).await, Err(BodyError::TooLarge));
    }

    #[tokio::test]
    async fn a_body_that_stops_coming_is_given_up() {
        let chunks = stream::iter([Ok::<_, Infallible>("12")]).chain(stream::pending());
        assert_eq!(read(Body::from_stream(chunks), 5, MOMENT).await, Err(BodyError::TooSlow));
    }

    #[tokio::test]
    async fn a_body_that_trickles_is_given_up_all_the_same() {
        let trickle = stream::unfold((), |()| async {
            time::sleep(MOMENT / 4).await;
            Some((Ok::<_, Infallible>("."), ()))
        });
        assert_eq!(read(Body::from_stream(trickle), 1_000, MOMENT).await, Err(BodyError::TooSlow));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_broken() {
        let chunks = stream::iter([Ok("12"), Err(io::Error::other("gone"))]);
        assert_eq!(read(Body::from_stream(chunks), 5, SECOND).await, Err(BodyError::Broken));
    }
}
