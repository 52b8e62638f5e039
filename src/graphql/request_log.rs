//! One line for every operation, in `user_requests.log` and in the trace.
//!
//! The file answers who asked for what and when, in a form that people and scripts rely on: nothing a client sends
//! can break a line. Writing never makes a request wait. It does not know how an operation got here, nor what it does.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use anyhow::Context as _;
use async_graphql::{
    Response, ServerResult, Value,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, ResolveInfo},
};
use chrono::{DateTime, Utc};
use file_rotate::{ContentLimit, FileRotate, compression::Compression, suffix::AppendCount};
use tracing::Instrument as _;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

use crate::{clock::Timestamp, config};

/// The most characters of a name, and of a path, that a line holds.
const CHARACTERS_MAX: usize = 1_000;
/// Lines that may wait for the disk; what comes beyond is dropped and counted.
const LINES_WAITING_MAX: usize = 65_536;

/// The log, shared by everything that writes to it.
#[derive(Clone)]
pub struct RequestLog {
    writer: NonBlocking,
    dropped: ErrorCounter,
    reported: Arc<AtomicUsize>,
}

/// Keeps the log's thread alive; dropping it writes out what still waits.
#[must_use = "the log ends when its guard is dropped"]
#[derive(Debug)]
pub struct RequestLogGuard {
    _worker: WorkerGuard,
}

impl RequestLog {
    /// Opens the file, with the folder it is in, and starts the thread that writes to it.
    ///
    /// # Errors
    /// When the file cannot be opened for writing.
    pub fn open(config: &config::RequestLog) -> anyhow::Result<(Self, RequestLogGuard)> {
        let file = RotatingFile::open(config)
            .with_context(|| format!("cannot write the request log {}", config.path.display()))?;
        let (writer, worker) = NonBlockingBuilder::default()
            .lossy(true)
            .buffered_lines_limit(LINES_WAITING_MAX)
            .thread_name("request-log")
            .finish(file);
        let dropped = writer.error_counter();
        let log = Self { writer, dropped, reported: Arc::default() };
        Ok((log, RequestLogGuard { _worker: worker }))
    }

    /// Adds the line of one operation. Never waits: a disk that cannot follow loses lines, see [`RequestLog::dropped`].
    pub fn write(&self, at: Timestamp, user: &str, path: &str) {
        // The writer only queues the line, so it cannot fail.
        let _ = self.writer.clone().write_all(line(at, user, path).as_bytes());
        self.report_dropped();
    }

    /// How many lines were lost since the start because the disk did not follow.
    pub fn dropped(&self) -> usize {
        self.dropped.dropped_lines()
    }

    /// Says so when lines were lost: at the first, then each time their number has doubled.
    fn report_dropped(&self) {
        let dropped = self.dropped();
        let reported = self.reported.load(Ordering::Relaxed);
        let due = dropped > 0 && dropped >= reported.saturating_mul(2);
        if due
            && self.reported.compare_exchange(reported, dropped, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            tracing::warn!(dropped, "the request log loses lines: its disk does not follow");
        }
    }
}

/// For example `2026-01-02 15:04:05.123456 - User: alice - Path: /graphql mutation.sendMessage`, and a line feed.
fn line(at: Timestamp, user: &str, path: &str) -> String {
    let at = at.to_datetime().unwrap_or(DateTime::<Utc>::MAX_UTC).format("%Y-%m-%d %H:%M:%S%.6f");
    // A name has no spaces; one that has must not look like the rest of the line.
    let user = harmless(user).replace(char::is_whitespace, "?");
    format!("{at} - User: {user} - Path: {}\n", harmless(path))
}

/// `text`, cut to a sane length, with a `?` for every character that could break or disguise a line: controls,
/// separators of lines, and the invisible marks that turn the direction of writing.
fn harmless(text: &str) -> String {
    let breaks = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().take(CHARACTERS_MAX).map(|c| if breaks(c) { '?' } else { c }).collect()
}

/// The file and those put aside: `user_requests.log`, `user_requests.log.1` (the youngest), `.2`, …
struct RotatingFile {
    path: PathBuf,
    max_bytes: usize,
    files: usize,
    inner: FileRotate<AppendCount>,
}

impl RotatingFile {
    fn open(config: &config::RequestLog) -> io::Result<Self> {
        let config::RequestLog { path, max_bytes, files } = config.clone();
        if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
            fs::create_dir_all(folder)?;
        }
        // The library swallows this error.
        OpenOptions::new().create(true).append(true).open(&path)?;
        let inner = rotate(&path, max_bytes, files);
        Ok(Self { path, max_bytes, files, inner })
    }
}

fn rotate(path: &Path, max_bytes: usize, files: usize) -> FileRotate<AppendCount> {
    let limit = ContentLimit::BytesSurpassed(max_bytes);
    FileRotate::new(path, AppendCount::new(files), limit, Compression::None, None)
}

impl Write for RotatingFile {
    /// The library panics when somebody moves its files at the wrong moment. That must not end the thread and with it
    /// the log: it looks at the files afresh and the line is written after all.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Ok(written) = catch_unwind(AssertUnwindSafe(|| self.inner.write(line))) {
            return written;
        }
        let (path, max_bytes, files) = (self.path.clone(), self.max_bytes, self.files);
        catch_unwind(AssertUnwindSafe(|| {
            self.inner = rotate(&path, max_bytes, files);
            self.inner.write(line)
        }))
        .unwrap_or_else(|_| Err(io::Error::other("the request log cannot be written")))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// What the log says about an operation. Goes into the data of the GraphQL request.
#[derive(Debug)]
pub struct OperationRecord {
    user: String,
    path: String,
    request_id: String,
    at: Timestamp,
    written: AtomicBool,
}

impl OperationRecord {
    /// The operation `path` (`/graphql mutation.sendMessage`) of `user`, begun now.
    pub fn new(user: &str, path: &str, request_id: &str, at: Timestamp) -> Self {
        let (user, path, request_id) = (user.to_owned(), path.to_owned(), request_id.to_owned());
        Self { user, path, request_id, at, written: AtomicBool::new(false) }
    }
}

/// The endpoint and the root fields of an operation, as the log has them: `/graphql query.viewer,server`.
pub fn operation_path(endpoint: &str, kind: &str, fields: &[String]) -> String {
    format!("{endpoint} {kind}.{}", fields.join(","))
}

impl ExtensionFactory for RequestLog {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Recorder { log: self.clone() })
    }
}

struct Recorder {
    log: RequestLog,
}

/// The one extension there is: any extension makes the library take the slow path for every field, so the path of an
/// error is remembered here as well.
#[async_graphql::async_trait::async_trait]
impl Extension for Recorder {
    async fn resolve(
        &self,
        context: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let path = info.path_node;
        next.run(context, info).await.map_err(|error| super::error::remember_path(error, path))
    }

    async fn execute(
        &self,
        context: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let Some(record) = context.data_opt::<OperationRecord>() else {
            return next.run(context, operation_name).await;
        };
        // A subscription comes by once for each event; it is one operation.
        if !record.written.swap(true, Ordering::Relaxed) {
            self.log.write(record.at, &record.user, &record.path);
        }
        let OperationRecord { user, path, request_id, .. } = record;
        let span =
            tracing::info_span!("operation", request_id, user = harmless(user), operation = harmless(path));
        async {
            let watch = Watch::start();
            let response = next.run(context, operation_name).await;
            watch.end(&response);
            response
        }
        .instrument(span)
        .await
    }
}

/// Tells the trace how an operation ended, also when nobody waited for its end.
struct Watch {
    started: tokio::time::Instant,
    ended: bool,
}

impl Watch {
    fn start() -> Self {
        Self { started: tokio::time::Instant::now(), ended: false }
    }

    fn end(mut self, response: &Response) {
        self.ended = true;
        let outcome = outcome(response);
        tracing::info!(duration_us = self.duration(), outcome, "operation");
    }

    fn duration(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.ended {
            tracing::info!(duration_us = self.duration(), outcome = "abandoned", "operation");
        }
    }
}

/// `ok`, or the codes of the errors, each once.
fn outcome(response: &Response) -> String {
    let mut codes: Vec<&str> = Vec::new();
    for error in &response.errors {
        let code = super::error::code_of(error).as_str();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    if codes.is_empty() { "ok".to_owned() } else { codes.join(",") }
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Object, Request, Schema};

    use super::*;

    const NOON: Timestamp = Timestamp::from_micros(1_767_366_245_123_456);

    fn settings(folder: &Path) -> config::RequestLog {
        config::RequestLog { path: folder.join("logs/user_requests.log"), max_bytes: 1_000_000, files: 3 }
    }

    fn read(config: &config::RequestLog) -> String {
        fs::read_to_string(&config.path).unwrap()
    }

    #[test]
    fn a_line_has_the_promised_form() {
        let path = operation_path("/graphql", "mutation", &["sendMessage".to_owned()]);
        let expected = "2026-01-02 15:04:05.123456 - User: alice - Path: /graphql mutation.sendMessage\n";
        assert_eq!(line(NOON, "alice", &path), expected);
        assert_eq!(
            operation_path("/graphql", "query", &["viewer".to_owned(), "server".to_owned()]),
            "/graphql query.viewer,server"
        );
        assert!(line(Timestamp::from_micros(0), "a", "b").starts_with("1970-01-01 00:00:00.000000 - "));
    }

    #[test]
    fn nothing_breaks_a_line() {
        let hostile =
            "eve\n2026-01-02 15:04:05.123456 - User: bob\r\u{2028}\u{2029}\u{85}\u{b}\u{1b}[31m\u{202e}\0";
        let line = line(NOON, hostile, &"x\n".repeat(10_000));
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(line.matches(" - User: ").count(), 1);
        assert!(line.ends_with('\n'));
        assert!(
            !line
                .trim_end_matches('\n')
                .chars()
                .any(|c| c.is_control() || "\u{2028}\u{2029}\u{202e}".contains(c))
        );
        assert!(line.len() < 2_200, "{}", line.len());
    }

    #[test]
    fn a_name_keeps_its_letters() {
        assert_eq!(harmless("Åse Ødegård 茉莉 🌸"), "Åse Ødegård 茉莉 🌸");
    }

    #[test]
    fn dropping_the_guard_writes_out_what_waits() {
        let folder = tempfile::tempdir().unwrap();
        let config = settings(folder.path());
        let (log, guard) = RequestLog::open(&config).unwrap();
        for _ in 0..1_000 {
            log.write(NOON, "alice", "/graphql query.viewer");
        }
        drop(guard);
        assert_eq!(read(&config).lines().count(), 1_000);
        assert_eq!(log.dropped(), 0);
    }

    #[test]
    fn a_restart_goes_on_in_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let config = settings(folder.path());
        for user in ["alice", "bob"] {
            let (log, guard) = RequestLog::open(&config).unwrap();
            log.write(NOON, user, "/graphql query.viewer");
            drop(guard);
        }
        assert!(read(&config).contains("alice") && read(&config).contains("bob"));
    }

    #[test]
    fn a_full_file_is_put_aside_and_the_oldest_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let config = config::RequestLog { max_bytes: 100, ..settings(folder.path()) };
        let (log, guard) = RequestLog::open(&config).unwrap();
        for _ in 0..100 {
            log.write(NOON, "alice", "/graphql query.viewer");
        }
        drop(guard);
        let mut names: Vec<_> = fs::read_dir(config.path.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let aside =
            ["user_requests.log", "user_requests.log.1", "user_requests.log.2", "user_requests.log.3"];
        assert_eq!(names, aside);
        assert!(read(&config).lines().all(|line| line.ends_with("query.viewer")));
    }

    #[test]
    fn files_that_get_in_the_way_do_not_end_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let config = config::RequestLog { max_bytes: 100, ..settings(folder.path()) };
        let (log, guard) = RequestLog::open(&config).unwrap();
        fs::write(config.path.with_extension("log.1"), "somebody else's").unwrap();
        for _ in 0..4 {
            log.write(NOON, "alice", "/graphql query.viewer");
        }
        drop(guard);
        assert!(read(&config).contains("alice"));
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let config = config::RequestLog { path: folder.path().to_owned(), ..settings(folder.path()) };
        let error = RequestLog::open(&config).err().unwrap();
        assert!(error.to_string().contains(&folder.path().display().to_string()), "{error}");
    }

    struct Query;

    #[Object]
    impl Query {
        async fn fine(&self) -> i32 {
            1
        }
    }

    #[tokio::test]
    async fn an_operation_is_written_once_with_its_user() {
        let folder = tempfile::tempdir().unwrap();
        let config = settings(folder.path());
        let (log, guard) = RequestLog::open(&config).unwrap();
        let schema = Schema::build(Query, EmptyMutation, EmptySubscription).extension(log).finish();
        let record = || OperationRecord::new("alice", "/graphql query.fine", "r1", NOON);
        assert!(schema.execute(Request::new("{ fine }").data(record())).await.is_ok());
        assert!(schema.execute("{ fine }").await.is_ok());
        drop((guard, schema));
        assert_eq!(read(&config), line(NOON, "alice", "/graphql query.fine"));
    }

    #[test]
    fn the_outcome_names_each_code_once() {
        let missing = crate::error::Error::not_found("User", "id");
        let missing =
            async_graphql::Error::new_with_source(missing).into_server_error(async_graphql::Pos::default());
        let bare = async_graphql::ServerError::new("no", None);
        assert_eq!(
            outcome(&Response::from_errors(vec![missing.clone(), missing, bare])),
            "NOT_FOUND,INVALID_REQUEST"
        );
        assert_eq!(outcome(&Response::new(1)), "ok");
    }
}
