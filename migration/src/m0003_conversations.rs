//! Conversations, with the counters that spare every list from counting.

use sea_orm_migration::prelude::*;

use crate::column::{self, Layout};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("conversations")
            .col(column::uuid("id").primary_key())
            .col(column::choice("kind"))
            .col(column::string(manager, "title", 200).null())
            // The two people of a direct conversation, smaller id first; null for a group.
            .col(column::uuid("direct_low").null())
            .col(column::uuid("direct_high").null())
            .col(column::time("created_at"))
            .col(column::time("updated_at"))
            .col(column::time("active_at"))
            .col(column::time("deleted_at").null())
            .col(column::counter("last_seq"))
            .col(column::counter("message_count"))
            .col(column::counter("last_message_seq"))
            .col(column::counter("participant_count"))
            .take();
        column::create(manager, table, Layout::Plain).await?;
        column::index(manager, "conversations", ["direct_low", "direct_high"], true).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        column::drop(manager, "conversations").await
    }
}
