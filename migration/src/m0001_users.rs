//! Accounts. A deleted one keeps its row without a name, so that what it wrote keeps its place.

use sea_orm_migration::prelude::*;

use crate::column::{self, Layout};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("users")
            .col(column::uuid("id").primary_key())
            .col(column::string(manager, "username", 64).null())
            .col(column::string(manager, "username_key", 128).null())
            .col(column::string(manager, "email", 254).null())
            .col(column::string(manager, "email_key", 320).null())
            .col(column::string(manager, "display_name", 100).null())
            .col(column::choice("role"))
            .col(column::string(manager, "password_hash", 255).null())
            .col(column::time("created_at"))
            .col(column::time("updated_at"))
            .col(column::time("disabled_at").null())
            .col(column::time("deleted_at").null())
            .take();
        column::create(manager, table, Layout::Plain).await?;
        column::index(manager, "users", ["username_key"], true).await?;
        column::index(manager, "users", ["email_key"], true).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        column::drop(manager, "users").await
    }
}
