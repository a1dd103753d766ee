//! Table `bulk_rows`: the rows of a list of people to add.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_rows")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub batch: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// As typed.
    pub cells: String,
    pub well_formed: bool,
    pub selected: bool,
    pub outcome: String,
    pub findings: String,
    pub member: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
