//! The pictures of agencies, and of clients that registered themselves, one each. What the owner's row says of it is written by
//! whoever writes the picture.

use async_trait::async_trait;
use idp_domain::client::ClientId;
use idp_domain::id::CompanyId;
use idp_domain::logo::{LogoName, Picture};
use idp_domain::ports::{ClientLogos, Logos};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::{OnlyRow as _, Result};
use crate::entity::{client_logos, company_logos};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{count, parse_count};

/// A port for a table of pictures: whose they are, and what its column of owners says.
macro_rules! pictures {
    ($port:ident in $table:ident, of $owner:ident($column:ident): ($($of:tt)+), $key:expr) => {
        #[async_trait]
        impl $port for SqlTx {
            async fn put(&mut self, $owner: $($of)+, name: LogoName, picture: &Picture) -> Result<()> {
                use $table::{Column, Entity, Model};
                let Picture { png, width, height } = picture;
                let row = Model {
                    $owner: $key,
                    digest: name.digest().bytes().to_vec(),
                    png: png.clone(),
                    width: count(*width),
                    height: count(*height),
                };
                let replace = OnConflict::column(Column::$column)
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
                use $table::{Column, Entity, Model};
                let named = Entity::find().filter(Column::Digest.eq(name.digest().bytes().to_vec()));
                let Some(row) = named.only(self).await? else { return Ok(None) };
                let Model { $owner: _, digest: _, png, width, height } = row;
                let size = |number| parse_count(stringify!($table), number);
                Ok(Some(Picture { png, width: size(width)?, height: size(height)? }))
            }

            async fn remove(&mut self, $owner: $($of)+) -> Result<bool> {
                let removed = $table::Entity::delete_by_id($key).exec(self).await.stored()?;
                Ok(removed.rows_affected == 1)
            }
        }
    };
}

pictures!(Logos in company_logos, of company(Company): (CompanyId), company.uuid());
pictures!(ClientLogos in client_logos, of client(Client): (&ClientId), client.as_str().to_owned());
