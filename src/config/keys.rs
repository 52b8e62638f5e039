//! The keys that sign access tokens: read, judged, and in development made.
//!
//! A weak key lets anybody be anybody, so a key that somebody could guess is refused wherever it comes from. It knows
//! nothing of tokens.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::Path,
};

use anyhow::Context as _;
use data_encoding::{BASE64, BASE64_NOPAD, HEXLOWER};

use super::{Config, Mode, reader::Reader, secret::Secret};

/// One key, shared by those who sign and those who verify.
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// Its name, which every token carries so that keys can be changed one after the other.
    pub kid: String,
    /// At least 32 bytes that nobody can guess.
    pub secret: Secret<Vec<u8>>,
}

/// The shortest key, in bytes: what HMAC-SHA-256 has use for.
const BYTES_MIN: usize = 32;
/// The fewest different bytes in a key. Of 32 random ones fewer than 16 practically never differ; a key written as
/// hexadecimal digits has at most 16.
const DIFFERENT_MIN: usize = 8;
/// What people write where a secret should be.
const COMMON: [&str; 9] = [
    "changeme",
    "change-me",
    "change_me",
    "secret",
    "password",
    "insecure",
    "default",
    "example",
    "placeholder",
];

pub(super) fn read(reader: &mut Reader<'_>, mode: Mode) -> Vec<SigningKey> {
    match reader.given("SIGNING_KEYS").map(|text| parse(&text)) {
        Some(Ok(keys)) => keys,
        Some(Err(problem)) => {
            reader.problem("SIGNING_KEYS", problem);
            Vec::new()
        }
        None if mode == Mode::Production => {
            reader.problem(
                "SIGNING_KEYS",
                "must be set in production, for example to `main:` and the output of `openssl rand -base64 32`",
            );
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// The keys to serve with: those of the settings, or in development the one in `{data_dir}/signing.key`, which is
/// made when it is not there yet. Servers that start together agree on one.
///
/// # Errors
/// When that file can be neither read nor made, or holds no good key.
pub fn signing_keys(config: &Config) -> anyhow::Result<Vec<SigningKey>> {
    if !config.tokens.keys.is_empty() {
        return Ok(config.tokens.keys.clone());
    }
    anyhow::ensure!(config.mode == Mode::Development, "SIGNING_KEYS must be set in production");
    let path = config.data_dir.join("signing.key");
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(&path).and_then(|()| fs::read_to_string(&path))
        }
        read => read,
    };
    let text = text.with_context(|| format!("cannot keep a signing key in {}", path.display()))?;
    parse(text.trim()).map_err(|problem| anyhow::anyhow!("the signing key in {} {problem}", path.display()))
}

/// Writes a new key aside and links it to its place, which fails when another server was first: then that one's holds.
fn make(path: &Path) -> io::Result<()> {
    let mut secret = [0; BYTES_MIN];
    let mut name = [0; 8];
    for bytes in [secret.as_mut_slice(), name.as_mut_slice()] {
        aws_lc_rs::rand::fill(bytes).map_err(|_| io::Error::other("the system has no randomness to give"))?;
    }
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let aside = path.with_extension(HEXLOWER.encode(&name));
    let placed = write_private(&aside, &format!("dev:{}\n", BASE64.encode(&secret)))
        .and_then(|()| fs::hard_link(&aside, path));
    // What matters is whether the key is in its place; a name too many does no harm.
    let _ = fs::remove_file(&aside);
    match placed {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        placed => placed,
    }
}

/// A new file that only its owner may read, on the disk for good.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// The keys written as `kid:base64,kid2:base64`, or what is wrong with them, as the rest of a sentence that does not
/// show them.
pub(super) fn parse(text: &str) -> Result<Vec<SigningKey>, String> {
    let mut keys = Vec::<SigningKey>::new();
    for (number, entry) in (1..).zip(text.split(',').map(str::trim).filter(|entry| !entry.is_empty())) {
        let (kid, encoded) = entry
            .split_once(':')
            .ok_or_else(|| format!("must be `name:base64`, but key {number} has no colon"))?;
        if !is_kid(kid) {
            return Err(format!("must name key {number} with 1 to 32 letters, digits, `_` or `-`"));
        }
        if keys.iter().any(|key| key.kid == kid) {
            return Err(format!("has two keys named {kid}"));
        }
        let secret =
            decode(encoded).ok_or_else(|| format!("must hold base64, but the key {kid} does not"))?;
        if let Some(weakness) = weakness(&secret) {
            return Err(format!("must be random, but the key {kid} {weakness}"));
        }
        keys.push(SigningKey { kid: kid.to_owned(), secret: Secret::new(secret) });
    }
    if keys.is_empty() { Err("holds no key".to_owned()) } else { Ok(keys) }
}

fn is_kid(kid: &str) -> bool {
    (1..=32).contains(&kid.len())
        && kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// Base64 in either alphabet, padded or not.
fn decode(encoded: &str) -> Option<Vec<u8>> {
    let plain = encoded.trim_end_matches('=').replace('-', "+").replace('_', "/");
    BASE64_NOPAD.decode(plain.as_bytes()).ok()
}

/// Why somebody could guess `secret`, if one can tell.
fn weakness(secret: &[u8]) -> Option<&'static str> {
    if secret.len() < BYTES_MIN {
        return Some("is shorter than 32 bytes");
    }
    let mut different = secret.to_vec();
    different.sort_unstable();
    different.dedup();
    if different.len() < DIFFERENT_MIN || repeats(secret) || counts(secret) {
        return Some("repeats itself");
    }
    let text = String::from_utf8_lossy(secret).to_ascii_lowercase();
    let letters = text.bytes().filter(|byte| (b' '..=b'~').contains(byte)).count();
    (letters == secret.len() && COMMON.iter().any(|common| text.contains(common)))
        .then_some("looks like a placeholder")
}

/// The same few bytes over and over.
fn repeats(secret: &[u8]) -> bool {
    (1..=secret.len() / 2).any(|period| secret.iter().zip(secret.iter().skip(period)).all(|(a, b)| a == b))
}

/// Bytes in equal steps: 0, 1, 2, …
fn counts(secret: &[u8]) -> bool {
    let mut steps = secret.iter().zip(secret.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a));
    let first = steps.next();
    steps.all(|step| Some(step) == first)
}
