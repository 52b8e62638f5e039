//! The table of settings: name, default, meaning.
//!
//! `.env.example` and the table in the README are printed from it and compared with it by tests, and the defaults
//! are read from it, so that the three cannot drift apart. It does not know what a valid value is.

use std::fmt::Write as _;

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in the environment.
    pub name: &'static str,
    /// What holds when it is not set.
    pub default: Fallback,
    /// What it is for, and in which unit it is.
    pub about: &'static str,
}

/// What holds when a setting is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// This value.
    Value(&'static str),
    /// A value that depends on other settings or on the machine, in words.
    Depends(&'static str),
}

const fn setting(name: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { name, default: Fallback::Value(default), about }
}

const fn derived(name: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { name, default: Fallback::Depends(default), about }
}

/// Every setting, in the order of the documentation.
pub const SETTINGS: &[Setting] = &[
    setting("LOQUAT_ENV", "development", "development or production; production has no unsafe defaults"),
    setting("HOST", "127.0.0.1", "IP address to listen on; 0.0.0.0 or :: for all"),
    setting("PORT", "8000", "Port to listen on; 0 for any free one"),
    setting("DATA_DIR", "./data", "Folder of everything the server writes"),
    derived(
        "DATABASE_URL",
        "sqlite://{DATA_DIR}/loquat.db",
        "Database: sqlite://, postgres://, mysql:// or mariadb://; instead of the DB_* settings",
    ),
    derived(
        "DB_ENGINE",
        "none",
        "Database in parts: postgres, mysql, mariadb or sqlite; instead of DATABASE_URL",
    ),
    derived("DB_NAME", "none", "Name of the database; the file's path for sqlite"),
    derived("DB_USER", "none", "Account at the database"),
    derived("DB_PASSWORD", "none", "Password at the database; any characters, nothing to escape"),
    derived("DB_HOST", "localhost, with DB_ENGINE", "Host of the database"),
    derived("DB_PORT", "5432 or 3306, with DB_ENGINE", "Port of the database"),
    setting("DATABASE_MAX_CONNECTIONS", "16", "Connections to the database held at most"),
    setting("DATABASE_WAIT_SECONDS", "60", "Seconds to wait at start for the database to answer"),
    setting("MIGRATE_ON_START", "true", "Bring the tables up to date before serving"),
    derived(
        "SIGNING_KEYS",
        "made and kept in {DATA_DIR}/signing.key in development; required in production",
        "Keys of access tokens, `name:base64` of at least 32 random bytes, separated by commas; the first signs, all verify",
    ),
    setting("TOKEN_ISSUER", "loquat", "Who signs access tokens (the claim `iss`)"),
    setting("TOKEN_AUDIENCE", "loquat", "Whom access tokens are for (the claim `aud`)"),
    setting("ACCESS_TOKEN_SECONDS", "900", "Seconds an access token lives"),
    setting("REFRESH_TOKEN_SECONDS", "2592000", "Seconds a refresh token lives"),
    derived(
        "PASSWORD_HASHES_AT_ONCE",
        "one for each core",
        "Password hashes computed at the same time; 19 MiB each",
    ),
    setting("PASSWORD_HASHES_WAITING", "256", "Password hashes that may wait before more are refused"),
    setting("PAGE_SIZE_DEFAULT", "20", "Objects on a page when the client does not say"),
    setting("PAGE_SIZE_MAX", "100", "Objects on a page at most"),
    setting("MESSAGE_LENGTH_MAX", "4000", "Characters in a message at most, up to 8000"),
    setting("PARTICIPANTS_MAX", "1000", "People in a conversation at most"),
    setting("OPERATION_COST_MAX", "5000", "Price of an operation at most, in points"),
    setting("OPERATION_DEPTH_MAX", "20", "Levels of nested fields in an operation at most"),
    setting("REQUEST_BYTES_MAX", "262144", "Bytes in the body of a request at most"),
    setting("REQUEST_SECONDS", "30", "Seconds an operation may run"),
    setting("HEADER_SECONDS", "10", "Seconds a client may take to send the headers of a request"),
    setting("BODY_SECONDS", "10", "Seconds a client may take to send a body, or to read on in an answer"),
    setting("SHUTDOWN_SECONDS", "20", "Seconds requests in flight may take to end when the server stops"),
    derived(
        "CORS_ORIGINS",
        "* in development, none in production",
        "Web pages that may call from a browser: * or origins separated by commas",
    ),
    derived(
        "PLAYGROUND",
        "true in development, false in production",
        "Serve a page to try the API at /playground",
    ),
    derived(
        "USER_REQUESTS_LOG",
        "{DATA_DIR}/user_requests.log",
        "File that gets one line for each operation: when, who, which",
    ),
    setting(
        "USER_REQUESTS_LOG_BYTES",
        "10485760",
        "Size in bytes at which that file is put aside as .1, .2, …",
    ),
    setting("USER_REQUESTS_LOG_FILES", "10", "Files put aside that are kept"),
    setting(
        "LOG_FORMAT",
        "auto",
        "The server's own log on standard output: text, json, or auto (text on a terminal)",
    ),
    setting("LOG_FILTER", "info", "Which lines it has, for example info,loquat=debug"),
];

/// The settings that are never printed.
const SECRETS: [&str; 3] = ["DATABASE_URL", "DB_PASSWORD", "SIGNING_KEYS"];

pub(super) fn is_secret(name: &str) -> bool {
    SECRETS.contains(&name)
}

/// The default of `name` as text; empty where it depends on something else.
pub(super) fn default(name: &str) -> &'static str {
    match SETTINGS.iter().find(|setting| setting.name == name).map(|setting| setting.default) {
        Some(Fallback::Value(text)) => text,
        Some(Fallback::Depends(_)) | None => "",
    }
}

/// The text of `.env.example`: every setting, commented out, at its default.
pub fn env_example() -> String {
    let mut text = String::from(
        "# The settings of Loquat. Copy this file to .env and uncomment what you change.\n\
         # The environment wins over .env; an empty value counts as not set.\n",
    );
    for Setting { name, default, about } in SETTINGS {
        // Writing to a string cannot fail.
        let _ = match default {
            Fallback::Value(value) => write!(text, "\n# {about}.\n#{name}={value}\n"),
            Fallback::Depends(words) => write!(text, "\n# {about}.\n# Default: {words}.\n#{name}=\n"),
        };
    }
    text
}

/// The settings as a Markdown table for the README.
pub fn markdown_table() -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut text = String::from("| setting | default | meaning |\n|---|---|---|\n");
    for Setting { name, default, about } in SETTINGS {
        let default = match default {
            Fallback::Value(value) => format!("`{}`", cell(value)),
            Fallback::Depends(words) => cell(words),
        };
        let _ = writeln!(text, "| `{name}` | {default} | {} |", cell(about));
    }
    text
}
