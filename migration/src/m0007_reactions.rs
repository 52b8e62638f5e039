//! Who reacted to which message with what. `seq` is the event that says so.

use sea_orm_migration::prelude::*;

use crate::column::{self, Layout};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("reactions")
            .col(column::uuid("conversation_id"))
            .col(column::position("message_seq"))
            .col(column::uuid("user_id"))
            .col(column::string(manager, "emoji", 64))
            .col(column::position("seq"))
            .primary_key(
                Index::create().col("conversation_id").col("message_seq").col("user_id").col("emoji"),
            )
            .take();
        column::create(manager, table, Layout::Clustered).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        column::drop(manager, "reactions").await
    }
}
