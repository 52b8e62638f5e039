//! Is it alive, is it ready: for the machinery that runs the server.
//!
//! Alive means that it answers at all; ready, that its database does and is up to date. It does not know how the
//! database is asked.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::State,
    http::{Response, StatusCode},
};
use serde_json::json;
use tokio::time;

use super::{Site, answer};

/// Where to ask whether the server is ready.
pub(crate) const READY_PATH: &str = "/health/ready";
/// Where to ask whether it is alive.
pub(super) const LIVE_PATH: &str = "/health/live";

/// How long the database may take to answer. Shorter than the patience of those who ask.
const READY_TIME: Duration = Duration::from_secs(3);

/// Always 200.
pub(super) async fn live() -> Response<Body> {
    answer::json(StatusCode::OK, &json!({ "status": "ok" }))
}

/// 200, or 503 while the server cannot do its work.
pub(super) async fn ready(State(site): State<Arc<Site>>) -> Response<Body> {
    readiness(time::timeout(READY_TIME, site.api.ready()).await.unwrap_or(false))
}

fn readiness(ready: bool) -> Response<Body> {
    let (status, text) =
        if ready { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "unavailable") };
    answer::json(status, &json!({ "status": text }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_not_ready_says_503() {
        assert_eq!(readiness(true).status(), StatusCode::OK);
        assert_eq!(readiness(false).status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
