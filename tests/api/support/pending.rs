//! Stands for the parts of the server that this branch does not have, so that the tests type-check without them.
//!
//! To be deleted with the line that declares it: `app.rs` is the only file that uses it.

pub mod config {
    use std::{path::PathBuf, time::Duration};

    #[derive(Clone)]
    pub struct Config {
        pub port: u16,
        pub http: Http,
        pub request_log: RequestLog,
    }

    #[derive(Clone)]
    pub struct Http {
        pub header_time: Duration,
        pub body_time: Duration,
    }

    #[derive(Clone)]
    pub struct RequestLog {
        pub path: PathBuf,
    }

    impl Config {
        pub fn read(lookup: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
            anyhow::bail!("no configuration yet for {:?}", lookup("DATA_DIR"))
        }
    }
}

pub mod server {
    use std::{net::SocketAddr, sync::Arc};

    use loquat::clock::Clock;

    use super::config::Config;

    pub type Observer = Arc<dyn Fn(&sea_orm::Statement) + Send + Sync>;

    pub struct Server(SocketAddr);

    impl Server {
        pub async fn start(config: Config, _: Clock, _: Option<Observer>) -> anyhow::Result<Self> {
            anyhow::bail!("no server yet for port {}", config.port)
        }

        pub fn address(&self) -> SocketAddr {
            self.0
        }

        pub async fn stop(self) {}
    }
}
