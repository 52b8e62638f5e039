//! Who takes part in what, and how far they have read. Who left keeps a row with `left_seq`.

use sea_orm_migration::prelude::*;

use crate::column::{self, Layout};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("participants")
            .col(column::uuid("conversation_id"))
            .col(column::uuid("user_id"))
            .col(column::choice("role"))
            .col(column::time("joined_at"))
            .col(column::position("joined_seq"))
            .col(column::position("left_seq").null())
            .col(column::counter("read_seq"))
            .col(column::counter("read_ordinal"))
            .col(column::counter("mention_count"))
            .col(column::counter("read_mention_count"))
            .col(column::flag("muted"))
            .col(column::flag("archived"))
            .col(column::flag("pinned"))
            .primary_key(Index::create().col("conversation_id").col("user_id"))
            .foreign_key(&mut column::belongs_to("participants", "conversation_id", "conversations"))
            .foreign_key(&mut column::belongs_to("participants", "user_id", "users"))
            .take();
        column::create(manager, table, Layout::Clustered).await?;
        column::index(manager, "participants", ["user_id", "left_seq"], false).await?;
        column::index(manager, "participants", ["conversation_id", "joined_seq"], false).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        column::drop(manager, "participants").await
    }
}
