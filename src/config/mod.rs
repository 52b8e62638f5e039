//! Every setting, its default and its meaning, read once.
//!
//! The settings come through a lookup closure and leave as one [`Config`], so that nothing else asks the
//! environment and a test can start a server with any settings it likes. All that is wrong is found in one go. It
//! does not know what the settings do: it opens no file but `.env` and the development key.

mod database;
mod dotenv;
mod keys;
mod problem;
mod reader;
mod secret;
mod settings;
#[cfg(test)]
mod tests;

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    time::Duration,
};

pub use dotenv::with_dotenv;
pub use keys::{SigningKey, signing_keys};
pub use problem::{Problem, Problems};
pub use secret::Secret;
pub use settings::{Fallback, SETTINGS, Setting, env_example, markdown_table};

use reader::Reader;

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// How strict the server is about its own settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Comfortable: a signing key is made when there is none, browsers may call from anywhere, the playground is on.
    Development,
    /// Safe: what has no safe default has to be said.
    Production,
}

/// All settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `LOQUAT_ENV`: what the defaults favour. Default: development.
    pub mode: Mode,
    /// `HOST`: the address to listen on. Default: 127.0.0.1.
    pub host: IpAddr,
    /// `PORT`: the port to listen on, 0 for any free one. Default: 8000.
    pub port: u16,
    /// `DATA_DIR`: the folder of everything the server writes. Default: ./data.
    pub data_dir: PathBuf,
    /// Where the data is.
    pub database: Database,
    /// Access and refresh tokens.
    pub tokens: Tokens,
    /// The hashing of passwords.
    pub passwords: Passwords,
    /// What one request may ask for.
    pub limits: Limits,
    /// The file with one line for each operation.
    pub request_log: RequestLog,
    /// What the server says about itself on standard output.
    pub log: Log,
    /// The web server.
    pub http: Http,
}

/// Where the data is.
#[derive(Clone, Debug)]
pub struct Database {
    /// `DATABASE_URL`, or the `DB_*` settings put together: `sqlite://`, `postgres://` or `mysql://`. Default: a
    /// file in the data folder.
    pub url: Secret<String>,
    /// `DATABASE_MAX_CONNECTIONS`: connections held at most. Default: 16.
    pub max_connections: u32,
    /// `DATABASE_WAIT_SECONDS`: how long to wait at start for the database to answer. Default: a minute.
    pub wait: Duration,
    /// `MIGRATE_ON_START`: whether the server brings the tables up to date before it serves. Default: true.
    pub migrate_on_start: bool,
}

/// Access and refresh tokens.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// `SIGNING_KEYS`: the first signs, all verify. Empty only in development, until [`signing_keys`] fills it.
    pub keys: Vec<SigningKey>,
    /// `TOKEN_ISSUER`: who signs. Default: loquat.
    pub issuer: String,
    /// `TOKEN_AUDIENCE`: whom the tokens are for. Default: loquat.
    pub audience: String,
    /// `ACCESS_TOKEN_SECONDS`: how long an access token lives. Default: 15 minutes.
    pub access_lifetime: Duration,
    /// `REFRESH_TOKEN_SECONDS`: how long a refresh token lives. Default: 30 days.
    pub refresh_lifetime: Duration,
}

/// The hashing of passwords.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// `PASSWORD_HASHES_AT_ONCE`: how many are computed at the same time. Default: one for each core.
    pub max_concurrent: usize,
    /// `PASSWORD_HASHES_WAITING`: how many may queue before the next is refused. Default: 256.
    pub max_waiting: usize,
}

/// What one request may ask for.
#[derive(Clone, Debug)]
pub struct Limits {
    /// `PAGE_SIZE_DEFAULT`: objects on a page when the client does not say. Default: 20.
    pub page_size_default: u32,
    /// `PAGE_SIZE_MAX`: objects on a page at most. Default: 100.
    pub page_size_max: u32,
    /// `MESSAGE_LENGTH_MAX`: characters in a message at most. Default: 4000.
    pub message_length_max: u32,
    /// `PARTICIPANTS_MAX`: people in a conversation at most. Default: 1000.
    pub participants_max: u32,
    /// `OPERATION_COST_MAX`: the price of an operation at most, in points. Default: 5000.
    pub operation_cost_max: u64,
    /// `OPERATION_DEPTH_MAX`: levels of nested fields in an operation at most. Default: 20.
    pub operation_depth_max: u32,
    /// `REQUEST_BYTES_MAX`: bytes in the body of a request at most. Default: 256 KiB.
    pub request_bytes_max: usize,
}

/// The file with one line for each operation.
#[derive(Clone, Debug)]
pub struct RequestLog {
    /// `USER_REQUESTS_LOG`: where it is. Default: `user_requests.log` in the data folder.
    pub path: PathBuf,
    /// `USER_REQUESTS_LOG_BYTES`: the size at which the file is put aside and a new one begun. Default: 10 MiB.
    pub max_bytes: usize,
    /// `USER_REQUESTS_LOG_FILES`: how many files put aside are kept. Default: 10.
    pub files: usize,
}

/// What the server says about itself on standard output.
#[derive(Clone, Debug)]
pub struct Log {
    /// `LOG_FORMAT`: how a line looks. Default: for people on a terminal, JSON elsewhere.
    pub format: LogFormat,
    /// `LOG_FILTER`: which lines there are, as `tracing` writes it: `info,loquat=debug`. Default: info.
    pub filter: String,
}

/// How a line of the server's own log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The web server.
#[derive(Clone, Debug)]
pub struct Http {
    /// `CORS_ORIGINS`: the web pages that may call from a browser. Default: all in development, none in production.
    pub cors_origins: Origins,
    /// `PLAYGROUND`: whether `/playground` is there. Default: in development only.
    pub playground: bool,
    /// `HEADER_SECONDS`: how long a client may take to send the headers of a request. Default: 10 seconds.
    pub header_time: Duration,
    /// `BODY_SECONDS`: how long a client may take to send a body, and at most between two reads of an answer.
    /// Default: 10 seconds.
    pub body_time: Duration,
    /// `REQUEST_SECONDS`: how long an operation may run. Default: 30 seconds.
    pub request_time: Duration,
    /// `SHUTDOWN_SECONDS`: how long requests in flight may take to end once the server stops. Default: 20 seconds.
    pub shutdown_time: Duration,
}

/// Web pages, by where they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Every page.
    Any,
    /// These, for example `https://chat.example.org`. None where empty.
    Listed(Vec<String>),
}

impl Config {
    /// Reads every setting through `lookup`; an empty value counts as none.
    ///
    /// # Errors
    /// Everything that is wrong, together, so that it can be put right in one go.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Problems> {
        let mut reader = Reader::new(&lookup);
        let mode = reader.choice(
            "LOQUAT_ENV",
            Mode::Development,
            &[("development", Mode::Development), ("production", Mode::Production)],
        );
        let data_dir = PathBuf::from(reader.text("DATA_DIR"));
        let config = Self {
            mode,
            host: reader.parse("HOST", LOCALHOST, "must be an IP address, for example 127.0.0.1 or ::"),
            port: reader.number("PORT", 0..=u16::MAX),
            database: Database {
                url: database::url(&mut reader, &data_dir),
                max_connections: reader.number("DATABASE_MAX_CONNECTIONS", 1..=1_000),
                wait: reader.seconds("DATABASE_WAIT_SECONDS", 0..=3_600),
                migrate_on_start: reader.boolean("MIGRATE_ON_START", true),
            },
            tokens: tokens(&mut reader, mode),
            passwords: passwords(&mut reader),
            limits: limits(&mut reader),
            request_log: RequestLog {
                path: reader
                    .given("USER_REQUESTS_LOG")
                    .map_or_else(|| data_dir.join("user_requests.log"), PathBuf::from),
                max_bytes: reader.number("USER_REQUESTS_LOG_BYTES", 1_024..=1 << 40),
                files: reader.number("USER_REQUESTS_LOG_FILES", 1..=1_000),
            },
            log: log(&mut reader),
            http: http(&mut reader, mode),
            data_dir,
        };
        reader.finish(config)
    }
}

fn tokens(reader: &mut Reader<'_>, mode: Mode) -> Tokens {
    let tokens = Tokens {
        keys: keys::read(reader, mode),
        issuer: reader.text("TOKEN_ISSUER"),
        audience: reader.text("TOKEN_AUDIENCE"),
        access_lifetime: reader.seconds("ACCESS_TOKEN_SECONDS", 10..=86_400),
        refresh_lifetime: reader.seconds("REFRESH_TOKEN_SECONDS", 60..=31_536_000),
    };
    if tokens.refresh_lifetime <= tokens.access_lifetime {
        reader.problem("REFRESH_TOKEN_SECONDS", "must be more than ACCESS_TOKEN_SECONDS");
    }
    tokens
}

fn passwords(reader: &mut Reader<'_>) -> Passwords {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    Passwords {
        max_concurrent: reader.number_or("PASSWORD_HASHES_AT_ONCE", 1..=1_024, cores),
        max_waiting: reader.number("PASSWORD_HASHES_WAITING", 0..=100_000),
    }
}

fn limits(reader: &mut Reader<'_>) -> Limits {
    let limits = Limits {
        page_size_default: reader.number("PAGE_SIZE_DEFAULT", 1..=10_000),
        page_size_max: reader.number("PAGE_SIZE_MAX", 1..=10_000),
        message_length_max: reader.number("MESSAGE_LENGTH_MAX", 1..=8_000),
        participants_max: reader.number("PARTICIPANTS_MAX", 2..=100_000),
        operation_cost_max: reader.number("OPERATION_COST_MAX", 1..=10_000_000),
        operation_depth_max: reader.number("OPERATION_DEPTH_MAX", 1..=100),
        request_bytes_max: reader.number("REQUEST_BYTES_MAX", 1_024..=64 << 20),
    };
    if limits.page_size_default > limits.page_size_max {
        reader.problem("PAGE_SIZE_DEFAULT", "must not be more than PAGE_SIZE_MAX");
    }
    limits
}

fn log(reader: &mut Reader<'_>) -> Log {
    let format = reader.choice(
        "LOG_FORMAT",
        LogFormat::Auto,
        &[("auto", LogFormat::Auto), ("text", LogFormat::Text), ("json", LogFormat::Json)],
    );
    let filter = reader.text("LOG_FILTER");
    if tracing_subscriber::EnvFilter::builder().parse(&filter).is_err() {
        reader.problem("LOG_FILTER", "must be a filter such as `info` or `info,loquat=debug`");
    }
    Log { format, filter }
}

fn http(reader: &mut Reader<'_>, mode: Mode) -> Http {
    Http {
        cors_origins: origins(reader, mode),
        playground: reader.boolean("PLAYGROUND", mode == Mode::Development),
        header_time: reader.seconds("HEADER_SECONDS", 1..=3_600),
        body_time: reader.seconds("BODY_SECONDS", 1..=3_600),
        request_time: reader.seconds("REQUEST_SECONDS", 1..=3_600),
        shutdown_time: reader.seconds("SHUTDOWN_SECONDS", 0..=3_600),
    }
}

fn origins(reader: &mut Reader<'_>, mode: Mode) -> Origins {
    let Some(given) = reader.given("CORS_ORIGINS") else {
        return if mode == Mode::Development { Origins::Any } else { Origins::Listed(Vec::new()) };
    };
    if given == "*" {
        return Origins::Any;
    }
    let listed: Vec<_> = given.split(',').map(str::trim).filter(|origin| !origin.is_empty()).collect();
    if !listed.iter().all(|origin| is_origin(origin)) {
        reader.problem(
            "CORS_ORIGINS",
            "must be `*`, or origins separated by commas, for example https://chat.example.org",
        );
    }
    Origins::Listed(listed.into_iter().map(str::to_owned).collect())
}

/// As a browser writes it: scheme, host and perhaps a port, in lower case, and no more; else it would never match.
fn is_origin(text: &str) -> bool {
    let Some(authority) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return false;
    };
    let ordinary = |c: char| c.is_ascii_graphic() && !c.is_ascii_uppercase() && !"/?#@*\\".contains(c);
    !authority.is_empty() && authority.chars().all(ordinary)
}
