//! When the made-up things happened: between two fixed days, so that the same plan gives the same rows whenever it is
//! carried out.

use std::time::Duration;

use rand::{RngExt as _, rngs::StdRng};

use crate::clock::Timestamp;

/// The first registration may be at 2025-04-06T00:00:00Z.
pub(super) const FIRST: Timestamp = Timestamp::from_micros(1_743_897_600_000_000);
/// Nothing happens after 2026-06-30T00:00:00Z.
pub(super) const LAST: Timestamp = Timestamp::from_micros(1_782_777_600_000_000);

/// Something from nothing to nearly `duration`.
pub(super) fn up_to(rng: &mut StdRng, duration: Duration) -> Duration {
    let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(rng.random_range(0..micros.max(1)))
}

/// `moment` and `duration` less.
pub(super) fn before(moment: Timestamp, duration: Duration) -> Timestamp {
    let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(moment.micros().saturating_sub(micros))
}
