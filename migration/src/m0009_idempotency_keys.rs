//! What a retried `sendMessage` already did.

use sea_orm_migration::prelude::*;

use crate::column::{self, Layout};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("idempotency_keys")
            .col(column::uuid("user_id"))
            .col(column::string(manager, "idempotency_key", 128))
            .col(column::digest("fingerprint"))
            .col(column::digest("destination"))
            .col(column::uuid("conversation_id"))
            .col(column::position("message_seq"))
            .col(column::time("expires_at"))
            .primary_key(Index::create().col("user_id").col("idempotency_key"))
            .foreign_key(&mut column::belongs_to("idempotency_keys", "user_id", "users"))
            .take();
        column::create(manager, table, Layout::Clustered).await?;
        column::index(manager, "idempotency_keys", ["expires_at"], false).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        column::drop(manager, "idempotency_keys").await
    }
}
