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

impl<T> Secret<T> { pub const fn new(value: T) -> Self { Self(value) } pub const fn expose(&self) -> &T { &self.0 } }
impl<T> std::fmt::Debug for Secret<T> { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("***") } }
#[derive(Clone, Debug)]
pub struct Limits { pub page_size_default: u32, pub page_size_max: u32, pub message_length_max: u32, pub participants_max: u32, pub operation_cost_max: u64, pub operation_depth_max: u32, pub request_bytes_max: usize }
#[derive(Clone, Debug)]
pub struct RequestLog { pub path: PathBuf, pub max_bytes: u64, pub files: usize }
#[derive(Clone, Debug)]
pub struct Log;
#[derive(Clone, Debug)]
pub struct Http { pub request_time: Duration, pub playground: bool }
