//! Column types and table options that mean the same on three databases.
//!
//! Times are integers because the portable timestamp types differ in fractions, range and time zone (MySQL keeps
//! whole seconds until 2038). Text compares byte for byte everywhere: names are normalised before they are stored.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DatabaseBackend, DbErr},
};

/// A UUID: `uuid` on PostgreSQL, 16 bytes elsewhere. Ordered by its bytes on all three.
pub(crate) fn uuid(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

/// A moment: microseconds since 1970-01-01T00:00:00Z.
pub(crate) fn time(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// A position in a log, or a count of what is in it.
pub(crate) fn position(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// A position or count that starts at zero.
pub(crate) fn counter(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().default(0).take()
}

/// One of a few values; the entity of the table names them.
pub(crate) fn choice(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).small_integer().not_null().take()
}

/// A yes or no that starts as no.
pub(crate) fn flag(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().default(false).take()
}

/// Text of at most `length` characters.
pub(crate) fn string(manager: &SchemaManager<'_>, name: impl IntoIden, length: u32) -> ColumnDef {
    compared_by_bytes(manager, ColumnDef::new(name).string_len(length).not_null())
}

/// Text of at most 64 KiB.
pub(crate) fn text(manager: &SchemaManager<'_>, name: impl IntoIden) -> ColumnDef {
    compared_by_bytes(manager, ColumnDef::new(name).text().not_null())
}

/// PostgreSQL otherwise compares by the language of the database, in which the range of a prefix may be empty. SQLite
/// compares bytes anyway, and MySQL does by the collation of the table.
fn compared_by_bytes(manager: &SchemaManager<'_>, column: &mut ColumnDef) -> ColumnDef {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column.take()
}

/// A SHA-256 digest.
pub(crate) fn digest(name: impl IntoIden) -> ColumnDef {
    ColumnDef::new(name).binary_len(32).not_null().take()
}

/// How a table's rows are laid out where the database lets us say so.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// However the database does it.
    Plain,
    /// In the order of the primary key, so that a range of it lies side by side (InnoDB always does this).
    Clustered,
}

/// Creates a table, with text that compares byte for byte on MySQL.
pub(crate) async fn create(
    manager: &SchemaManager<'_>,
    mut table: TableCreateStatement,
    layout: Layout,
) -> Result<(), DbErr> {
    match manager.get_database_backend() {
        DatabaseBackend::MySql => {
            table.engine("InnoDB").character_set("utf8mb4").collate("utf8mb4_bin");
        }
        DatabaseBackend::Sqlite if layout == Layout::Clustered => {
            table.extra("WITHOUT ROWID");
        }
        _ => {}
    }
    manager.create_table(table).await
}

/// Creates an index over `columns` of `table`, named after both.
pub(crate) async fn index<const N: usize>(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: [&'static str; N],
    unique: bool,
) -> Result<(), DbErr> {
    let mut index = Index::create().name(format!("{table}_by_{}", columns.join("_"))).table(table).take();
    for column in columns {
        index.col(column);
    }
    if unique {
        index.unique();
    }
    manager.create_index(index).await
}

/// A foreign key whose rows go with what they refer to.
pub(crate) fn belongs_to(
    table: &'static str,
    column: &'static str,
    parent: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}"))
        .from(table, column)
        .to(parent, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}

/// Drops `table`.
pub(crate) async fn drop(manager: &SchemaManager<'_>, table: &'static str) -> Result<(), DbErr> {
    manager.drop_table(Table::drop().table(table).take()).await
}
