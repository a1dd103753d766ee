//! Table `outbox`: queued mails.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub company: Option<Uuid>,
    pub letter: String,
    pub state: String,
    pub due_at: Option<i64>,
    pub owner: Option<String>,
    pub settled_at: Option<i64>,
    pub why: Option<String>,
    pub attempts: i64,
    pub created_at: i64,
    /// Waits until nothing else is due.
    pub is_patient: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
