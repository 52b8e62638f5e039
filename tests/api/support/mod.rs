//! What the tests stand on: a server, a database for it, and people who use it.
//!
//! Every wait has a deadline, so that a fault shows as a failure with a name and not as a build that hangs.

pub mod actor;
pub mod app;
pub mod client;
pub mod database;
pub mod process;
pub mod wire;

use std::{future::Future, path::PathBuf, time::Duration};

use serde_json::Value;

pub use self::{
    actor::{Chat, Page, Person, Sent},
    app::App,
    client::{Answer, Client},
    process::Process,
    wire::Wire,
};

/// Waits for `future`, and fails the test when it takes longer than `limit`.
pub async fn within<F: Future>(limit: Duration, future: F) -> F::Output {
    let output = tokio::time::timeout(limit, future).await;
    output.unwrap_or_else(|_| panic!("nothing happened within {limit:?}"))
}

/// Asks again and again until there is an answer, and fails the test after ten seconds without one.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(tokio::time::Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

/// Runs all `tasks` at the same time, and gives their results in the order of the tasks.
pub async fn together<T: Send + 'static>(
    tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let running: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::with_capacity(running.len());
    for task in running {
        results.push(within(Duration::from_mins(4), task).await.unwrap());
    }
    results
}

/// A file or folder of the repository.
pub fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// `answer` with what differs from run to run replaced by its kind: ids, tokens, cursors, moments.
pub fn masked(answer: &Value) -> Value {
    match answer {
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (key.clone(), masked_field(key, value))).collect()
        }
        Value::Array(items) => items.iter().map(masked).collect(),
        Value::String(text) if is_moment(text) => "[time]".into(),
        Value::String(text) if is_id(text) => "[id]".into(),
        other => other.clone(),
    }
}

fn masked_field(key: &str, value: &Value) -> Value {
    let kind = match key {
        "accessToken" | "refreshToken" => "[token]",
        "cursor" | "startCursor" | "endCursor" => "[cursor]",
        "requestId" => "[request]",
        _ => return masked(value),
    };
    if value.is_string() { kind.into() } else { value.clone() }
}

fn is_id(text: &str) -> bool {
    ["usr_", "cnv_", "msg_", "ses_"].iter().any(|prefix| text.starts_with(prefix))
}

fn is_moment(text: &str) -> bool {
    text.len() == 27 && text.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(text).is_ok()
}
