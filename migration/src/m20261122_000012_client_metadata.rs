//! What clients register beyond the first columns, as one document, and the origins of their redirect URIs.
//!
//! Clients that are there already get their origins here; a node of the release before writes none, so its clients get
//! them when they are put again.

use std::collections::BTreeSet;

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, text_null};
use sea_orm_migration::sea_orm::QueryResult;
use url::{Origin, Url};

use crate::schema::{add_columns, create, index, reference};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "clients", vec![text_null("metadata")]).await?;
        let client_origins = Table::create()
            .table("client_origins")
            .col(text("origin"))
            .col(text("client"))
            .primary_key(Index::create().col("origin").col("client"))
            .foreign_key(&mut reference(("client_origins", "client"), "clients"))
            .take();
        create(manager, &client_origins, vec![index("client_origins", &["client"])]).await?;
        fill(manager).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Writes the origins of the clients that are there.
async fn fill(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let clients = Query::select().columns(["id", "redirect_uris"]).from("clients").take();
    for client in manager.get_connection().query_all(&clients).await? {
        let id: String = client.try_get("", "id")?;
        for origin in origins(&client)? {
            let row = [origin.into(), id.clone().into()];
            let insert = Query::insert()
                .into_table("client_origins")
                .columns(["origin", "client"])
                .values(row)
                .map_err(|error| DbErr::Migration(error.to_string()))?
                .take();
            manager.execute(insert).await?;
        }
    }
    Ok(())
}

/// Of each redirect URI that has one; those of native applications have none.
fn origins(client: &QueryResult) -> Result<BTreeSet<String>, DbErr> {
    let redirect_uris: String = client.try_get("", "redirect_uris")?;
    let redirect_uris: Vec<String> =
        serde_json::from_str(&redirect_uris).map_err(|error| DbErr::Json(error.to_string()))?;
    let urls = redirect_uris.iter().filter_map(|uri| Url::parse(uri).ok());
    Ok(urls
        .map(|url| url.origin())
        .filter(Origin::is_tuple)
        .map(|origin| origin.ascii_serialization())
        .collect())
}
