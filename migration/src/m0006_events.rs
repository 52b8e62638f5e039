//! Every change of a conversation that is not a new message, in the same sequence as the messages.

use sea_orm_migration::prelude::*;

use crate::column::{self, Layout};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("events")
            .col(column::uuid("conversation_id"))
            .col(column::position("seq"))
            .col(column::choice("kind"))
            .col(column::uuid("actor_id").null())
            .col(column::uuid("subject_id").null())
            .col(column::position("message_seq").null())
            .col(column::text(manager, "data").null())
            .col(column::time("created_at"))
            .primary_key(Index::create().col("conversation_id").col("seq"))
            .take();
        column::create(manager, table, Layout::Clustered).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        column::drop(manager, "events").await
    }
}
