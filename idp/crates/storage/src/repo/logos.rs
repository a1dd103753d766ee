//! The pictures of agencies, one each. What the agency's row says of it is written by whoever writes the picture.

use async_trait::async_trait;
use idp_domain::id::CompanyId;
use idp_domain::logo::{LogoName, Picture};
use idp_domain::ports::Logos;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::{OnlyRow as _, Result};
use crate::entity::company_logos::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{count, parse_count};

const TABLE: &str = "company_logos";

#[async_trait]
impl Logos for SqlTx {
    async fn put(&mut self, company: CompanyId, name: LogoName, picture: &Picture) -> Result<()> {
        let Picture { png, width, height } = picture;
        let row = Model {
            company: company.uuid(),
            digest: name.digest().bytes().to_vec(),
            png: png.clone(),
            width: count(*width),
            height: count(*height),
        };
        let replace = OnConflict::column(Column::Company)
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

    async fn remove(&mut self, company: CompanyId) -> Result<bool> {
        let removed = Entity::delete_by_id(company.uuid()).exec(self).await.stored()?;
        Ok(removed.rows_affected == 1)
    }
}

fn read(row: Model) -> Result<Picture> {
    let Model { company: _, digest: _, png, width, height } = row;
    Ok(Picture { png, width: parse_count(TABLE, width)?, height: parse_count(TABLE, height)? })
}
