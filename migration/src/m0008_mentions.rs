//! Who is mentioned in which message. `ordinal` counts the mentions of one person in one conversation.

use sea_orm_migration::prelude::*;

use crate::column::{self, Layout};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("mentions")
            .col(column::uuid("conversation_id"))
            .col(column::position("message_seq"))
            .col(column::uuid("user_id"))
            .col(column::position("ordinal"))
            // False once an edit took the name out: the row stays for the counting.
            .col(column::flag("current"))
            .primary_key(Index::create().col("conversation_id").col("message_seq").col("user_id"))
            .take();
        column::create(manager, table, Layout::Clustered).await?;
        column::index(manager, "mentions", ["conversation_id", "user_id", "message_seq"], false).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        column::drop(manager, "mentions").await
    }
}
