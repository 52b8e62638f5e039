//! Transactions: one verb, one transaction, tried again when another got in the way.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sea_orm::{
    DatabaseTransaction, DbErr, RuntimeErr, SqliteTransactionMode, TransactionOptions, TransactionTrait as _,
    sqlx,
};

use super::{Database, is_taken};
use crate::{
    error::{Error, Result},
    id::ConversationId,
};

/// How often a transaction is tried that another one got in the way of.
const ATTEMPTS: u32 = 8;

/// Runs a block in a transaction and commits it: one verb, one transaction. Once it is committed, and only then, the
/// bus hears which logs have grown.
///
/// The block runs again from the start when the database says that another transaction got in the way: a deadlock, a
/// lock that took too long, or a key that somebody else just took. It must turn the collisions it expects into domain
/// errors.
///
/// Never drop the future of this half-way on PostgreSQL: a `BEGIN` that is cancelled leaves its connection in a
/// transaction nobody ends (see ARCHITECTURE.md, "Mutations run in their own task").
///
/// It is a macro because a function that takes an `AsyncFn` cannot say that its future is `Send`.
macro_rules! transact {
    ($domain:expr, |$transaction:ident| $work:block) => {{
        let mut attempts = $domain.database().attempts();
        loop {
            let transaction = attempts.begin().await?;
            let outcome: $crate::error::Result<_> = {
                let $transaction = &transaction;
                async { $work }.await
            };
            match attempts.end(transaction, outcome).await {
                $crate::domain::database::Outcome::Again => {}
                $crate::domain::database::Outcome::Failed(error) => break Err(error),
                $crate::domain::database::Outcome::Committed(value, grown) => {
                    $domain.announce(grown);
                    break Ok(value);
                }
            }
        }
    }};
}
pub(in crate::domain) use transact;

/// Counts the tries at one transaction.
pub(in crate::domain) struct Attempts<'d> {
    database: &'d Database,
    made: u32,
}

/// How one try at a transaction ended.
pub(in crate::domain) enum Outcome<T> {
    /// It is committed, and these logs have grown.
    Committed(T, Vec<Grown>),
    /// It is undone.
    Failed(Error),
    /// It is undone because something got in the way, and is worth another try.
    Again,
}

impl<'d> Attempts<'d> {
    /// None made yet.
    pub(in crate::domain) const fn new(database: &'d Database) -> Self {
        Self { database, made: 0 }
    }

    /// Begins a transaction that may write.
    pub(in crate::domain) async fn begin(&mut self) -> Result<Transaction> {
        loop {
            self.made += 1;
            let options = TransactionOptions {
                // A transaction that reads before it writes must have the right to write from the start (SQLite
                // otherwise fails it with SQLITE_BUSY_SNAPSHOT, at once and whatever the busy timeout).
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            };
            match self.database.writer.begin_with_options(options).await {
                Ok(inner) => return Ok(Transaction { inner, logs: Mutex::default() }),
                Err(error) => self.worth_another(error.into()).await?,
            }
        }
    }

    /// Commits what went well and undoes the rest.
    pub(in crate::domain) async fn end<T>(&self, transaction: Transaction, outcome: Result<T>) -> Outcome<T> {
        let error = match outcome {
            Ok(value) => match transaction.commit().await {
                Ok(grown) => return Outcome::Committed(value, grown),
                Err(error) => error,
            },
            Err(error) => match transaction.inner.rollback().await {
                Ok(()) => error,
                Err(rollback) => {
                    tracing::warn!(error = %rollback, "a transaction could not be undone; its connection is lost");
                    error
                }
            },
        };
        match self.worth_another(error).await {
            Ok(()) => Outcome::Again,
            Err(error) => Outcome::Failed(error),
        }
    }

    /// Gives whoever got in the way a moment, longer each time; an error that will not go away comes back.
    async fn worth_another(&self, error: Error) -> Result<()> {
        if self.made >= ATTEMPTS || !is_contention(&error) {
            return Err(error);
        }
        tracing::debug!(attempt = self.made, cause = ?error, "a transaction is tried again");
        tokio::time::sleep(Duration::from_millis(u64::from(self.made * self.made))).await;
        Ok(())
    }
}

/// A log that has grown, and its last position now.
pub(in crate::domain) type Grown = (ConversationId, i64);

/// A transaction that may write, and what it does to the logs of conversations.
#[derive(Debug)]
pub(in crate::domain) struct Transaction {
    inner: DatabaseTransaction,
    logs: Mutex<Logs>,
}

#[derive(Debug, Default)]
struct Logs {
    /// How many are open now. Committing while there is one would forget its positions.
    open: usize,
    grown: Vec<Grown>,
}

impl Transaction {
    /// For statements.
    pub(in crate::domain) const fn connection(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Commits, unless a log is still open: its positions would be forgotten.
    async fn commit(self) -> Result<Vec<Grown>> {
        let Self { inner, logs } = self;
        let logs = logs.into_inner().unwrap_or_else(PoisonError::into_inner);
        if logs.open > 0 {
            inner.rollback().await?;
            return Err(Error::internal("a log was opened and not closed; its transaction is undone"));
        }
        inner.commit().await?;
        Ok(logs.grown)
    }

    /// Notes that a log must be closed before this commits.
    pub(in crate::domain) fn log_opened(&self) {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner).open += 1;
    }

    /// Notes that the log of `conversation` was closed and ends at `seq` once this commits.
    pub(in crate::domain) fn log_closed(&self, conversation: ConversationId, seq: i64) {
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.open -= 1;
        logs.grown.push((conversation, seq));
    }
}

/// Whether the transaction may succeed when it is tried again.
fn is_contention(error: &Error) -> bool {
    let Error::Internal(cause) = error else { return false };
    let Some(error) = cause.downcast_ref::<DbErr>() else { return false };
    if is_taken(error) {
        return true;
    }
    let (DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))
    | DbErr::Conn(RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    let sqlx::Error::Database(cause) = cause.as_ref() else { return false };
    // serialization_failure, deadlock_detected and lock_not_available of PostgreSQL (and 40001 of MySQL's deadlock);
    // lock wait timeout and deadlock of MySQL; SQLITE_BUSY, SQLITE_LOCKED and SQLITE_BUSY_SNAPSHOT.
    let code = cause.code().unwrap_or_default();
    matches!(code.as_ref(), "40001" | "40P01" | "55P03" | "1205" | "1213" | "5" | "6" | "517")
        || cause.message().contains("Lock wait timeout exceeded")
        || cause.message().contains("try restarting transaction")
}

#[cfg(test)]
mod tests {
    use sea_orm::ConnectionTrait as _;

    use super::*;
    use crate::domain::database::tests::sqlite;

    #[tokio::test]
    async fn a_log_that_is_left_open_undoes_its_transaction() {
        let (_folder, database) = sqlite().await;
        let mut attempts = database.attempts();
        let transaction = attempts.begin().await.unwrap();
        transaction.connection().execute_unprepared("CREATE TABLE t (a INTEGER)").await.unwrap();
        transaction.log_opened();
        assert!(matches!(attempts.end(transaction, Ok(())).await, Outcome::Failed(Error::Internal(_))));
        assert!(database.reader.execute_unprepared("SELECT * FROM t").await.is_err());
    }
}
