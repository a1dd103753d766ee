//! Agencies. `company_codes` holds every code an agency ever had: an old one keeps naming it, no other may take it (R88).

use async_trait::async_trait;
use idp_domain::company::{Company, CompanyCode, CompanyRef, CompanyState};
use idp_domain::id::CompanyId;
use idp_domain::ports::{Companies, StoreError};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _,
};

use super::{OnlyRow as _, Result, columns};
use crate::entity::companies::{Column, Entity, Model};
use crate::entity::company_codes;
use crate::error::{Stored as _, corrupt, fresh};
use crate::tx::SqlTx;
use crate::value::{at, json, line, parse_json, state_at};

const TABLE: &str = "companies";

#[async_trait]
impl Companies for SqlTx {
    async fn insert(&mut self, company: &Company) -> Result<()> {
        let row = row(company)?.into_active_model();
        Entity::insert(row).exec_without_returning(self).await.stored()?;
        claim_code(self, company).await
    }

    async fn update(&mut self, company: &Company) -> Result<()> {
        let mut row = row(company)?;
        row.version += 1;
        let updated = Entity::update_many()
            .set(columns(row, &[Column::Id]))
            .filter(Column::Id.eq(company.id.uuid()))
            .filter(Column::Version.eq(company.version))
            .exec(self)
            .await
            .stored()?;
        fresh(updated.rows_affected)?;
        claim_code(self, company).await
    }

    async fn find(&mut self, id: CompanyId) -> Result<Option<Company>> {
        Entity::find_by_id(id.uuid()).only(self).await?.map(read).transpose()
    }

    async fn lock(&mut self, id: CompanyId) -> Result<()> {
        // SQLite has one writer, and no word for this.
        if self.get_database_backend() == DbBackend::Postgres {
            let row = Entity::find_by_id(id.uuid()).select_only().column(Column::Id).lock_exclusive();
            row.into_tuple::<Uuid>().all(self).await.stored()?;
        }
        Ok(())
    }

    async fn find_by_ref(&mut self, company: &CompanyRef) -> Result<Option<Company>> {
        match company {
            CompanyRef::Id(id) => Companies::find(self, *id).await,
            CompanyRef::Code(code) => match owner(self, code).await? {
                Some(id) => Companies::find(self, id).await,
                None => Ok(None),
            },
        }
    }
}

/// Whose code it is or once was.
async fn owner(tx: &SqlTx, code: &CompanyCode) -> Result<Option<CompanyId>> {
    let row = company_codes::Entity::find_by_id(code.as_str()).only(tx).await?;
    Ok(row.map(|row| CompanyId::from_uuid(row.company)))
}

/// Makes the code the company's, unless it already is.
///
/// # Errors
/// `Conflict("company_code")` when it is or was another's.
async fn claim_code(tx: &SqlTx, company: &Company) -> Result<()> {
    let row = company_codes::Model { code: company.code.as_str().to_owned(), company: company.id.uuid() };
    let keep = OnConflict::column(company_codes::Column::Code).do_nothing().to_owned();
    let claimed = company_codes::Entity::insert(row.into_active_model())
        .on_conflict(keep)
        .try_insert()
        .exec_without_returning(tx)
        .await;
    claimed.stored()?;
    match owner(tx, &company.code).await? {
        Some(owner) if owner == company.id => Ok(()),
        _ => Err(StoreError::Conflict("company_code")),
    }
}

fn row(company: &Company) -> Result<Model> {
    let Company { id, code, name, contact, databases, state, created_at, version } = company;
    let (state, state_at) = match state {
        CompanyState::Active => ("active", None),
        CompanyState::Suspended { at } => ("suspended", Some(at.millis())),
    };
    Ok(Model {
        id: id.uuid(),
        code: code.as_str().to_owned(),
        name: name.as_str().to_owned(),
        contact: json(TABLE, contact)?,
        databases: json(TABLE, databases)?,
        state: state.to_owned(),
        state_at,
        created_at: created_at.millis(),
        version: *version,
    })
}

pub(super) fn read(row: Model) -> Result<Company> {
    let state = match row.state.as_str() {
        "active" => CompanyState::Active,
        "suspended" => CompanyState::Suspended { at: state_at(TABLE, row.state_at)? },
        other => return Err(corrupt(TABLE, format!("unknown state {other}"))),
    };
    Ok(Company {
        id: CompanyId::from_uuid(row.id),
        code: CompanyCode::parse(&row.code).map_err(|error| corrupt(TABLE, error.to_string()))?,
        name: line(TABLE, &row.name)?,
        contact: parse_json(TABLE, &row.contact)?,
        databases: parse_json(TABLE, &row.databases)?,
        state,
        created_at: at(row.created_at),
        version: row.version,
    })
}
