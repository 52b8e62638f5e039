//! What the settings mean, and what is said of wrong ones.

use std::{collections::HashMap, fs};

use super::*;

/// The settings of `pairs` and no other.
fn read(pairs: &[(&str, &str)]) -> Result<Config, Problems> {
    let settings: HashMap<_, _> = pairs.iter().copied().collect();
    Config::read(|name| settings.get(name).map(|value| (*value).to_owned()))
}

fn url(pairs: &[(&str, &str)]) -> String {
    read(pairs).unwrap().database.url.expose().clone()
}

/// The names of the settings that are wrong.
fn wrong(pairs: &[(&str, &str)]) -> Vec<String> {
    read(pairs).unwrap_err().0.into_iter().map(|problem| problem.name).collect()
}

const GOOD_KEY: &str = "main:K4gyVvB9JJySo4f8rv8QRjqFqJGD68AyRoEZptWpnLc=";

fn key_of(bytes: &[u8]) -> String {
    format!("main:{}", data_encoding::BASE64.encode(bytes))
}

/// Bytes that look random enough.
fn random(count: u8) -> Vec<u8> {
    (0..count).map(|n| n.wrapping_mul(n).wrapping_mul(31) ^ n.rotate_left(3)).collect()
}

#[test]
fn nothing_needs_to_be_set_in_development() {
    let config = read(&[]).unwrap();
    assert_eq!(config.mode, Mode::Development);
    assert_eq!((config.host.to_string(), config.port), ("127.0.0.1".to_owned(), 8000));
    assert_eq!(config.database.url.expose(), "sqlite://./data/loquat.db");
    assert_eq!(config.request_log.path, PathBuf::from("./data/user_requests.log"));
    assert_eq!(config.http.cors_origins, Origins::Any);
    assert!(config.http.playground && config.database.migrate_on_start && config.tokens.keys.is_empty());
    assert_eq!(config.tokens.refresh_lifetime, Duration::from_hours(30 * 24));
    assert!(config.passwords.max_concurrent >= 1);
}

#[test]
fn the_defaults_of_the_table_are_the_defaults_of_the_code() {
    let written: Vec<_> =
        SETTINGS.iter().map(|setting| (setting.name, settings::default(setting.name))).collect();
    assert_eq!(format!("{:?}", read(&written).unwrap()), format!("{:?}", read(&[]).unwrap()));
}

#[test]
fn every_setting_that_is_read_is_in_the_table_and_the_other_way_round() {
    for parts in [&[("LOQUAT_ENV", "production")][..], &[("DB_ENGINE", "mysql"), ("DB_NAME", "x")]] {
        let given: HashMap<_, _> = parts.iter().copied().collect();
        let asked = std::cell::RefCell::new(Vec::new());
        let _ = Config::read(|name| {
            asked.borrow_mut().push(name.to_owned());
            given.get(name).map(|value| (*value).to_owned())
        });
        let asked = asked.into_inner();
        let known = |name: &String| SETTINGS.iter().any(|setting| setting.name == name);
        assert!(asked.iter().all(known), "{asked:?}");
        assert!(SETTINGS.iter().all(|setting| asked.iter().any(|name| name == setting.name)), "{asked:?}");
    }
}

#[test]
fn the_example_file_is_printed_from_the_table() {
    let written = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.env.example")).unwrap();
    assert_eq!(written, env_example());
}

#[test]
fn the_example_file_uncommented_reads_like_no_file() {
    let uncommented: String = env_example()
        .lines()
        .map(|line| line.strip_prefix('#').filter(|l| !l.starts_with(' ')).unwrap_or(""))
        .fold(String::new(), |text, line| text + line + "\n");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(".env");
    fs::write(&path, uncommented).unwrap();
    let config = Config::read(with_dotenv(&path, |_| None).unwrap()).unwrap();
    assert_eq!(format!("{config:?}"), format!("{:?}", read(&[]).unwrap()));
}

#[test]
fn the_table_for_people_has_a_row_for_every_setting() {
    let table = markdown_table();
    assert_eq!(table.lines().count(), SETTINGS.len() + 2);
    assert!(table.contains("| `PORT` | `8000` | Port to listen on; 0 for any free one |"), "{table}");
}

#[test]
fn each_value_reaches_its_field() {
    let config = read(&[
        ("LOQUAT_ENV", "Production"),
        ("HOST", "::"),
        ("PORT", "0"),
        ("DATA_DIR", "/var/lib/loquat"),
        ("SIGNING_KEYS", GOOD_KEY),
        ("MIGRATE_ON_START", "off"),
        ("DATABASE_WAIT_SECONDS", "5"),
        ("ACCESS_TOKEN_SECONDS", "60"),
        ("PASSWORD_HASHES_AT_ONCE", "3"),
        ("PASSWORD_HASHES_WAITING", "0"),
        ("PAGE_SIZE_DEFAULT", "7"),
        ("PAGE_SIZE_MAX", "7"),
        ("LOG_FORMAT", "json"),
        ("LOG_FILTER", "warn,loquat=debug"),
        ("CORS_ORIGINS", "https://a.example, http://localhost:3000,"),
        ("PLAYGROUND", "yes"),
        ("HEADER_SECONDS", "1"),
        ("BODY_SECONDS", "2"),
        ("REQUEST_SECONDS", "3"),
        ("SHUTDOWN_SECONDS", "0"),
        ("USER_REQUESTS_LOG", "/var/log/requests.log"),
    ])
    .unwrap();
    assert_eq!((config.mode, config.host.to_string(), config.port), (Mode::Production, "::".to_owned(), 0));
    assert_eq!(config.database.url.expose(), "sqlite:///var/lib/loquat/loquat.db");
    assert_eq!((config.database.migrate_on_start, config.database.wait), (false, Duration::from_secs(5)));
    assert_eq!(config.tokens.keys.len(), 1);
    assert_eq!(config.tokens.keys[0].kid, "main");
    assert_eq!(config.tokens.access_lifetime, Duration::from_mins(1));
    assert_eq!((config.passwords.max_concurrent, config.passwords.max_waiting), (3, 0));
    assert_eq!((config.limits.page_size_default, config.limits.page_size_max), (7, 7));
    assert_eq!((config.log.format, config.log.filter.as_str()), (LogFormat::Json, "warn,loquat=debug"));
    let origins = ["https://a.example".to_owned(), "http://localhost:3000".to_owned()];
    assert_eq!(config.http.cors_origins, Origins::Listed(origins.into()));
    assert!(config.http.playground);
    let times =
        [config.http.header_time, config.http.body_time, config.http.request_time, config.http.shutdown_time];
    assert_eq!(times.map(|time| time.as_secs()), [1, 2, 3, 0]);
    assert_eq!(config.request_log.path, PathBuf::from("/var/log/requests.log"));
}

#[test]
fn an_empty_value_counts_as_none() {
    assert_eq!(read(&[("PORT", ""), ("DATABASE_URL", "  "), ("DB_NAME", "")]).unwrap().port, 8000);
}

#[test]
fn production_has_no_unsafe_defaults() {
    assert_eq!(wrong(&[("LOQUAT_ENV", "production")]), ["SIGNING_KEYS"]);
    let config = read(&[("LOQUAT_ENV", "production"), ("SIGNING_KEYS", GOOD_KEY)]).unwrap();
    assert!(!config.http.playground);
    assert_eq!(config.http.cors_origins, Origins::Listed(Vec::new()));
}

#[test]
fn values_out_of_their_range_are_refused() {
    for (name, value) in [
        ("LOQUAT_ENV", "staging"),
        ("HOST", "localhost"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "http"),
        ("DATABASE_MAX_CONNECTIONS", "0"),
        ("DATABASE_WAIT_SECONDS", "1.5"),
        ("MIGRATE_ON_START", "maybe"),
        ("ACCESS_TOKEN_SECONDS", "0"),
        ("REFRESH_TOKEN_SECONDS", "900"),
        ("PASSWORD_HASHES_AT_ONCE", "0"),
        ("PAGE_SIZE_DEFAULT", "101"),
        ("PAGE_SIZE_MAX", "19"),
        ("MESSAGE_LENGTH_MAX", "0"),
        ("PARTICIPANTS_MAX", "1"),
        ("OPERATION_COST_MAX", "0"),
        ("OPERATION_DEPTH_MAX", "101"),
        ("REQUEST_BYTES_MAX", "10"),
        ("HEADER_SECONDS", "0"),
        ("USER_REQUESTS_LOG_BYTES", "0"),
        ("USER_REQUESTS_LOG_FILES", "0"),
        ("LOG_FORMAT", "xml"),
        ("LOG_FILTER", "loquat=loud"),
        ("CORS_ORIGINS", "chat.example.org"),
        ("CORS_ORIGINS", "https://chat.example.org/"),
        ("CORS_ORIGINS", "https://*.example.org"),
        ("CORS_ORIGINS", "*, https://chat.example.org"),
        ("PLAYGROUND", "2"),
        ("DATABASE_URL", "oracle://x"),
        ("DATABASE_URL", "loquat.db"),
        ("SIGNING_KEYS", "nonsense"),
    ] {
        let names = wrong(&[(name, value)]);
        assert_eq!(names.len(), 1, "{name}={value}: {names:?}");
        assert!(
            names[0] == name || (name, names[0].as_str()) == ("PAGE_SIZE_MAX", "PAGE_SIZE_DEFAULT"),
            "{names:?}"
        );
    }
}

#[test]
fn all_problems_come_at_once_and_name_their_values() {
    let problems = read(&[("PORT", "x"), ("HOST", "y\n"), ("SIGNING_KEYS", "hunter2")]).unwrap_err();
    let text = problems.to_string();
    assert_eq!(problems.0.len(), 3, "{text}");
    assert!(text.contains("PORT must be a whole number from 0 to 65535, but is \"x\""), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn secrets_do_not_print() {
    let config =
        read(&[("DATABASE_URL", "postgres://me:hunter2@db/loquat"), ("SIGNING_KEYS", GOOD_KEY)]).unwrap();
    let shown = format!("{config:?} {}", config.database.url);
    assert!(!shown.contains("hunter2") && shown.contains("***"), "{shown}");
}

#[test]
fn an_address_keeps_its_database() {
    for (given, read) in [
        ("sqlite://some/where.db", "sqlite://some/where.db"),
        ("sqlite::memory:", "sqlite::memory:"),
        ("postgres://a:b@c/d?sslmode=require", "postgres://a:b@c/d?sslmode=require"),
        ("postgresql://a:b@c:1/d", "postgres://a:b@c:1/d"),
        ("mysql://a:b@c/d", "mysql://a:b@c/d"),
        ("MariaDB://a:b@c/d", "mysql://a:b@c/d"),
    ] {
        assert_eq!(url(&[("DATABASE_URL", given)]), read);
    }
}

#[test]
fn parts_become_an_address() {
    let engine = |engine| [("DB_ENGINE", engine), ("DB_NAME", "loquat"), ("DB_USER", "me")];
    assert_eq!(url(&engine("postgres")), "postgres://me@localhost:5432/loquat");
    assert_eq!(url(&engine("MySQL")), "mysql://me@localhost:3306/loquat");
    assert_eq!(url(&engine("mariadb")), "mysql://me@localhost:3306/loquat");
    assert_eq!(url(&[("DB_ENGINE", "sqlite"), ("DB_NAME", "/data/100%?.db")]), "sqlite:///data/100%25%3F.db");
    let mut more = engine("postgres").to_vec();
    more.extend([("DB_HOST", "::1"), ("DB_PORT", "6000"), ("DB_PASSWORD", "p@ss:w/o#r%d ü")]);
    assert_eq!(url(&more), "postgres://me:p%40ss%3Aw%2Fo%23r%25d%20%C3%BC@[::1]:6000/loquat");
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    assert_eq!(wrong(&[("DATABASE_URL", "sqlite://x"), ("DB_NAME", "x")]), ["DATABASE_URL"]);
    assert_eq!(wrong(&[("DB_NAME", "x")]), ["DB_ENGINE"]);
    assert_eq!(wrong(&[("DB_ENGINE", "oracle"), ("DB_NAME", "x")]), ["DB_ENGINE"]);
    assert_eq!(wrong(&[("DB_ENGINE", "mysql")]), ["DB_NAME"]);
    assert_eq!(wrong(&[("DB_ENGINE", "mysql"), ("DB_NAME", "x")]), ["DB_USER"]);
    assert_eq!(wrong(&[("DB_ENGINE", "sqlite"), ("DB_NAME", "x"), ("DB_PORT", "1")]), ["DB_PORT"]);
    let host =
        [("DB_ENGINE", "mysql"), ("DB_NAME", "x"), ("DB_USER", "x"), ("DB_HOST", "a/b"), ("DB_PORT", "0")];
    assert_eq!(wrong(&host), ["DB_HOST", "DB_PORT"]);
}

#[test]
fn good_keys_are_read_in_their_order() {
    let second = data_encoding::BASE64URL_NOPAD.encode(&random(48));
    let config = read(&[("SIGNING_KEYS", &format!("{}, old_1-x:{second},", key_of(&random(32))))]).unwrap();
    let keys: Vec<_> =
        config.tokens.keys.iter().map(|key| (key.kid.as_str(), key.secret.expose().len())).collect();
    assert_eq!(keys, [("main", 32), ("old_1-x", 48)]);
    assert_eq!(config.tokens.keys[1].secret.expose(), &random(48));
}

#[test]
fn bad_keys_are_refused_with_a_reason_that_does_not_show_them() {
    let good = key_of(&random(32));
    let cases = [
        (key_of(&random(31)), "shorter than 32 bytes"),
        (key_of(&[7; 32]), "repeats itself"),
        (key_of(b"loquatloquatloquatloquatloquatloquatlo"), "repeats itself"),
        (key_of(b"abcdefghabcdefghabcdefghabcdefgh"), "repeats itself"),
        (key_of(&(0..64).collect::<Vec<u8>>()), "repeats itself"),
        (key_of(b"ChangeMe-in-production-or-regret-it"), "placeholder"),
        (key_of(b"your-256-bit-secret-for-signing-jwt"), "placeholder"),
        ("main:not base64!".to_owned(), "base64"),
        ("main".to_owned(), "no colon"),
        (good.replace("main", ""), "must name key 1"),
        (good.replace("main", "a.b"), "must name key 1"),
        (good.replace("main", &"x".repeat(33)), "must name key 1"),
        (format!("{good},{good}"), "two keys named main"),
        (",".to_owned(), "holds no key"),
    ];
    for (text, reason) in cases {
        let problems = read(&[("SIGNING_KEYS", &text)]).unwrap_err().to_string();
        assert!(problems.contains(reason), "{text}: {problems}");
        assert!(!text.split_once(':').is_some_and(|(_, key)| problems.contains(key)), "{problems}");
    }
}

#[test]
fn a_development_key_is_made_once_and_kept_private() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("new/data");
    let config = read(&[("DATA_DIR", data_dir.to_str().unwrap())]).unwrap();
    let starts: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| signing_keys(&config).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let first = starts[0][0].secret.clone();
    assert!(starts.iter().all(|keys| keys.len() == 1 && keys[0].secret == first));
    assert_eq!(fs::read_dir(&data_dir).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(data_dir.join("signing.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_development_key_that_is_broken_is_not_replaced() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("signing.key"), "dev:AAAA").unwrap();
    let config = read(&[("DATA_DIR", directory.path().to_str().unwrap())]).unwrap();
    let error = signing_keys(&config).unwrap_err().to_string();
    assert!(error.contains("signing.key") && error.contains("shorter"), "{error}");
}

#[test]
fn keys_of_the_settings_are_taken_as_they_are() {
    let config = read(&[("SIGNING_KEYS", GOOD_KEY), ("DATA_DIR", "/dev/null/x")]).unwrap();
    assert_eq!(signing_keys(&config).unwrap()[0].kid, "main");
}
