//! Passwords: Argon2id, off the async threads, a bounded number at a time.
//!
//! A hash costs tens of megabytes and milliseconds on purpose; unbounded, a burst of logins would take the memory
//! and the cores of everything else. It knows nothing of accounts.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::{
    clock::Clock,
    config,
    error::{Error, Result},
};

/// Memory in KiB, passes and lanes: the first recommendation of the OWASP password storage cheat sheet (m=19 MiB,
/// t=2, p=1).
const COST: (u32, u32, u32) = (19 * 1_024, 2, 1);

/// Hashes and verifies passwords.
#[derive(Clone)]
pub struct Passwords {
    /// One permit for each hash that may run at once.
    running: Arc<Semaphore>,
    /// One permit for each hash that may run or wait.
    admitted: Arc<Semaphore>,
    /// Verified against when there is no account, so that it costs the same.
    decoy: Arc<str>,
    clock: Clock,
}

impl Passwords {
    /// With the bounds of `config`. Hashes one decoy, so it takes a moment.
    pub fn new(config: &config::Passwords, clock: Clock) -> Result<Self> {
        Ok(Self {
            running: Arc::new(Semaphore::new(config.max_concurrent)),
            admitted: Arc::new(Semaphore::new(config.max_concurrent + config.max_waiting)),
            decoy: hash("there is no such account")?.into(),
            clock,
        })
    }

    /// The hash, in PHC form, of the password that `check` lets through. Checking may take as long as hashing, and is
    /// bounded with it. `RATE_LIMITED` when too many wait already.
    pub async fn hash(&self, check: impl FnOnce() -> Result<String> + Send + 'static) -> Result<String> {
        self.run(move || hash(&check()?)).await
    }

    /// Whether `password` is the one behind `stored`. Without a stored hash the answer is no, at the same cost.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool> {
        let decoy = Arc::clone(&self.decoy);
        self.run(move || {
            let expected = PasswordHash::new(stored.as_deref().unwrap_or(&decoy)).map_err(Error::internal)?;
            let matches = argon2()?.verify_password(password.as_bytes(), &expected).is_ok();
            Ok(matches && stored.is_some())
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| Error::RateLimited {
            message: "Too many people are signing in at this moment.",
            retry_at: self.clock.now().plus(std::time::Duration::from_secs(1)),
        })?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(Error::internal)?;
        // The permits go along: a caller who goes away does not make room before the work is done.
        tokio::task::spawn_blocking(move || {
            let _permits = (admitted, running);
            work()
        })
        .await
        .map_err(Error::internal)?
    }
}

fn argon2() -> Result<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params =
        Params::new(memory, passes, lanes, None).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> Result<String> {
    let hash: PasswordHash = argon2()?.hash_password(password.as_bytes()).map_err(Error::internal)?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn passwords(max_concurrent: usize, max_waiting: usize) -> Passwords {
        Passwords::new(&config::Passwords { max_concurrent, max_waiting }, Clock::system()).unwrap()
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let passwords = passwords(1, 1);
        let hash = passwords.hash(|| Ok("violet umbrella".into())).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("violet umbrella".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("violet umbrellas".into(), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_the_password_of_the_decoy() {
        assert!(!passwords(1, 1).verify("there is no such account".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn more_than_may_wait_are_turned_away() {
        let passwords = passwords(1, 1);
        let three = (0..3).map(|_| passwords.hash(|| Ok("violet umbrella".into())));
        let results = futures_util::future::join_all(three).await;
        let refused: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].code(), Code::RateLimited);
        assert!(refused[0].retry_at().is_some());
    }
}
