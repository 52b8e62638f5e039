//! Signed-in devices, with digests of their refresh tokens.

use sea_orm_migration::prelude::*;

use crate::column::{self, Layout};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("sessions")
            .col(column::uuid("id").primary_key())
            .col(column::uuid("user_id"))
            .col(column::digest("family_hash"))
            .col(column::digest("token_hash"))
            .col(column::time("created_at"))
            .col(column::time("last_used_at"))
            .col(column::time("expires_at"))
            .col(column::string(manager, "user_agent", 256).null())
            .col(column::string(manager, "ip_address", 45).null())
            .foreign_key(&mut column::belongs_to("sessions", "user_id", "users"))
            .take();
        column::create(manager, table, Layout::Plain).await?;
        column::index(manager, "sessions", ["user_id", "id"], false).await?;
        column::index(manager, "sessions", ["expires_at"], false).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        column::drop(manager, "sessions").await
    }
}
