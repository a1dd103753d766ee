//! The pictures of clients that registered themselves, one each. What the client's row says of it is written by whoever writes
//! the picture.

use async_trait::async_trait;
use idp_domain::client::ClientId;
use idp_domain::logo::{LogoName, Picture};
use idp_domain::ports::ClientLogos;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::{OnlyRow as _, Result};
use crate::entity::client_logos::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{count, parse_count};

const TABLE: &str = "client_logos";

#[async_trait]
impl ClientLogos for SqlTx {
    async fn put(&mut self, client: &ClientId, name: LogoName, picture: &Picture) -> Result<()> {
        let Picture { png, width, height } = picture;
        let row = Model {
            client: client.as_str().to_owned(),
            digest: name.digest().bytes().to_vec(),
            png: png.clone(),
            width: count(*width),
            height: count(*height),
        };
        let replace = OnConflict::column(Column::Client)
            .update_columns([Column::Digest, Column::Png, Column::Width, Column::Height])
            .to_owned();
        Entity::insert(row.into_active_model())
            .on_conflict(replace)
            .exec_without_returning(self)
            .await
            .stored()?;
        Ok(())
    }

    async fn find(&mut self, name: LogoName) -> Result<Option<Picture>> {
        let named = Entity::find().filter(Column::Digest.eq(name.digest().bytes().to_vec()));
        named.only(self).await?.map(read).transpose()
    }

    async fn remove(&mut self, client: &ClientId) -> Result<bool> {
        let removed = Entity::delete_by_id(client.as_str()).exec(self).await.stored()?;
        Ok(removed.rows_affected == 1)
    }
}

fn read(row: Model) -> Result<Picture> {
    let Model { client: _, digest: _, png, width, height } = row;
    Ok(Picture { png, width: parse_count(TABLE, width)?, height: parse_count(TABLE, height)? })
}
