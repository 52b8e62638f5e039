//! Messages and what they said before they were edited.
//!
//! The key is the place in the log, so that a page is one range scan. There are no foreign keys: only the log
//! writes here, under the row lock of the conversation, and engines that shard by conversation can keep it together.

use sea_orm_migration::prelude::*;

use crate::column::{self, Layout};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("messages")
            .col(column::uuid("conversation_id"))
            .col(column::position("seq"))
            .col(column::position("ordinal"))
            .col(column::uuid("sender_id"))
            .col(column::text(manager, "content").null())
            .col(column::time("created_at"))
            .col(column::time("edited_at").null())
            .col(column::time("deleted_at").null())
            .col(column::position("reply_to_seq").null())
            .col(column::counter("revision_count"))
            .primary_key(Index::create().col("conversation_id").col("seq"))
            .take();
        column::create(manager, table, Layout::Clustered).await?;
        let table = Table::create()
            .table("message_revisions")
            .col(column::uuid("conversation_id"))
            .col(column::position("message_seq"))
            .col(column::position("number"))
            .col(column::text(manager, "content"))
            .col(column::time("written_at"))
            .primary_key(Index::create().col("conversation_id").col("message_seq").col("number"))
            .take();
        column::create(manager, table, Layout::Clustered).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        column::drop(manager, "message_revisions").await?;
        column::drop(manager, "messages").await
    }
}
