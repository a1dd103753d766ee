//! Table `bulk_batches`: lists of people to add, and the jobs they become.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_batches")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub company: Uuid,
    /// The company while the job is under way.
    pub active_company: Option<Uuid>,
    pub requester: String,
    pub options: String,
    pub created_at: i64,
    pub digest: Vec<u8>,
    pub state: String,
    pub ended_at: Option<i64>,
    pub why: Option<String>,
    pub settled_to: i64,
    /// When the job may be taken, or its lease ends.
    pub due_at: Option<i64>,
    pub owner: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
