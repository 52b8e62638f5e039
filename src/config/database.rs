//! The database's address: whole, in parts, or a file in the data folder.
//!
//! People and compose files give it in different ways; the rest of the server sees one URL. It does not connect.

use std::{fmt::Write as _, path::Path};

use super::{reader::Reader, secret::Secret};

const PARTS: [&str; 6] = ["DB_ENGINE", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_HOST", "DB_PORT"];

pub(super) fn url(reader: &mut Reader<'_>, data_dir: &Path) -> Secret<String> {
    let part = PARTS.into_iter().find(|name| reader.given(name).is_some());
    let url = match (reader.given("DATABASE_URL"), part) {
        (Some(url), None) => whole(reader, url),
        (None, Some(_)) => assembled(reader),
        (None, None) => sqlite(&data_dir.join("loquat.db").display().to_string()),
        (Some(url), Some(part)) => {
            reader.problem("DATABASE_URL", format!("and {part} are both set; keep one"));
            url
        }
    };
    Secret::new(url)
}

fn whole(reader: &mut Reader<'_>, url: String) -> String {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    match (scheme.as_deref(), url.split_once("://")) {
        (Some("postgres" | "postgresql"), Some((_, rest))) => format!("postgres://{rest}"),
        (Some("mysql" | "mariadb"), Some((_, rest))) => format!("mysql://{rest}"),
        (Some("sqlite"), _) => url,
        _ => {
            reader.problem("DATABASE_URL", "must begin with sqlite://, postgres://, mysql:// or mariadb://");
            url
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Engine {
    Postgres,
    MySql,
    Sqlite,
}

fn assembled(reader: &mut Reader<'_>) -> String {
    let Some(given) = reader.given("DB_ENGINE") else {
        reader.problem(
            "DB_ENGINE",
            "must be set with the other DB_* settings: postgres, mysql, mariadb or sqlite",
        );
        return String::new();
    };
    let engine = match given.to_ascii_lowercase().as_str() {
        "postgres" | "postgresql" => Engine::Postgres,
        "mysql" | "mariadb" => Engine::MySql,
        "sqlite" => Engine::Sqlite,
        _ => {
            reader.problem("DB_ENGINE", "must be one of postgres, mysql, mariadb, sqlite");
            return String::new();
        }
    };
    let Some(name) = reader.given("DB_NAME") else {
        reader.problem("DB_NAME", "must be set with DB_ENGINE");
        return String::new();
    };
    match engine {
        Engine::Sqlite => {
            for part in ["DB_USER", "DB_PASSWORD", "DB_HOST", "DB_PORT"] {
                if reader.given(part).is_some() {
                    reader.problem(part, "means nothing to sqlite");
                }
            }
            sqlite(&name)
        }
        Engine::Postgres => server(reader, ("postgres", 5432), &name),
        Engine::MySql => server(reader, ("mysql", 3306), &name),
    }
}

fn server(reader: &mut Reader<'_>, (scheme, default_port): (&str, u16), name: &str) -> String {
    let user = reader.given("DB_USER").unwrap_or_else(|| {
        reader.problem("DB_USER", "must be set with DB_ENGINE");
        String::new()
    });
    // Not `given`: white space at the end of a password is part of it.
    let password =
        reader.raw("DB_PASSWORD").map(|password| format!(":{}", encoded(&password))).unwrap_or_default();
    let host = reader.given("DB_HOST").unwrap_or_else(|| "localhost".to_owned());
    if host.contains(['/', '@', '?', '#', '%']) {
        reader.problem("DB_HOST", "must be a host's name or address");
    }
    let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host };
    let port = reader.number_or("DB_PORT", 1..=u16::MAX, || default_port);
    format!("{scheme}://{}{password}@{host}:{port}/{}", encoded(&user), encoded(name))
}

fn sqlite(path: &str) -> String {
    // A path keeps its slashes; what would end it in a URL does not stay.
    format!("sqlite://{}", path.replace('%', "%25").replace('?', "%3F").replace('#', "%23"))
}

/// Percent-encoded, all but letters, digits and `-._~`.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
