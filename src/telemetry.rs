//! What the server says about itself, on standard output.
//!
//! One subscriber for the process: lines with colours for people at a terminal, one JSON object a line for machines.
//! It does not know who speaks, and has no part in the request log.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config;

/// Who reads what the server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Lines of text.
    People,
    /// Lines of JSON.
    Machines,
}

/// Installs the subscriber, and tells for whom it writes. A second call changes nothing, so that tests may each make
/// it.
pub fn init(config: &config::Log) -> Readers {
    let terminal = io::stdout().is_terminal();
    let text = match config.format {
        config::LogFormat::Auto => terminal,
        config::LogFormat::Text => true,
        config::LogFormat::Json => false,
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stdout);
    let lines = if text {
        lines.with_ansi(terminal).with_target(false).boxed()
    } else {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed()
    };
    // The settings were checked when they were read; a filter that is wrong all the same silences nothing.
    let filter = EnvFilter::builder().parse_lossy(&config.filter);
    // An error means that there is a subscriber already.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
    if text { Readers::People } else { Readers::Machines }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starting_twice_is_no_error() {
        let config = config::Log { format: config::LogFormat::Json, filter: "error".to_owned() };
        assert_eq!(init(&config), Readers::Machines);
        assert_eq!(init(&config), Readers::Machines);
    }
}
