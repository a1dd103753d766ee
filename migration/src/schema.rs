//! The few words all migrations are written in: indexes are named after what they cover.

use sea_orm_migration::prelude::*;

/// An index named `<table>_<columns>`.
pub(crate) fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// A unique index named `<table>_<columns>`; the storage crate reads broken rules off these names.
pub(crate) fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = index(table, columns);
    index.unique();
    index
}

/// A reference to the `id` of another table's row, which cannot go while this one stays.
pub(crate) fn reference(from: (&'static str, &'static str), to: &'static str) -> ForeignKeyCreateStatement {
    let (table, column) = from;
    let mut key = ForeignKey::create();
    key.name(format!("{table}_{column}_fkey")).from(table, column).to(to, "id");
    key
}

/// Creates a table and its indexes.
pub(crate) async fn create(
    manager: &SchemaManager<'_>,
    table: &TableCreateStatement,
    indexes: Vec<IndexCreateStatement>,
) -> Result<(), DbErr> {
    manager.create_table(table.clone()).await?;
    for index in indexes {
        manager.create_index(index).await?;
    }
    Ok(())
}

/// Adds columns to a table, one statement each: SQLite takes no more at once.
pub(crate) async fn add_columns(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: Vec<ColumnDef>,
) -> Result<(), DbErr> {
    for column in columns {
        manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
    }
    Ok(())
}
