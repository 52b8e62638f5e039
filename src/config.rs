//! Every setting, its default and its meaning, read once.
//!
//! Skeleton: the fields are fixed, the reading is being written.

use std::{net::IpAddr, path::PathBuf, time::Duration};

/// How strict the server is about its own settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode { Development, Production }

#[derive(Clone)]
pub struct Secret<T>(T);

#[derive(Clone, Debug)]
pub struct Config {
    pub mode: Mode,                       // LOQUAT_ENV
    pub host: IpAddr,                     // HOST
    pub port: u16,                        // PORT
    pub data_dir: PathBuf,                // DATA_DIR
    pub database: Database,
    pub tokens: Tokens,
    pub passwords: Passwords,
    pub limits: Limits,
    pub request_log: RequestLog,
    pub log: Log,
    pub http: Http,
}
#[derive(Clone, Debug)]
pub struct Database { pub url: Secret<String>, pub max_connections: u32, pub wait: Duration, pub migrate_on_start: bool }
#[derive(Clone, Debug)]
pub struct Tokens { pub keys: Vec<SigningKey>, pub issuer: String, pub audience: String, pub access_lifetime: Duration, pub refresh_lifetime: Duration }
#[derive(Clone, Debug)]
pub struct SigningKey { pub kid: String, pub secret: Secret<Vec<u8>> }
#[derive(Clone, Debug)]
pub struct Passwords { pub max_concurrent: usize, pub max_waiting: usize }
