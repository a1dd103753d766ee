//! Agencies. `company_codes` holds every code an agency ever had: an old one keeps naming it until it is released, and no
//! other may ever take it (R88). `company_slugs` holds every slug in the same way.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::company::{Company, CompanyCode, CompanyRef, CompanyState, Slug};
use idp_domain::id::CompanyId;
use idp_domain::ports::{Companies, StoreError};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, LikeExpr, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _, ExprTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, TryInsertResult,
};

use super::{OnlyRow as _, Result, columns, escaped};
use crate::entity::companies::{Column, Entity, Model};
use crate::entity::{company_codes, company_slugs};
use crate::error::{Stored as _, corrupt, fresh};
use crate::tx::SqlTx;
use crate::value::{at, json, line, optional_json, parse_json, parse_optional_json, parse_word, state_at};

const TABLE: &str = "companies";

#[async_trait]
impl Companies for SqlTx {
    async fn insert(&mut self, company: &Company) -> Result<()> {
        let row = row(company)?.into_active_model();
        Entity::insert(row).exec_without_returning(self).await.stored()?;
        claim_names(self, company).await
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
        claim_names(self, company).await
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
            CompanyRef::Code(code) => {
                let named = company_codes::Entity::find_by_id(code.as_str())
                    .filter(company_codes::Column::ReleasedAt.is_null());
                let named = named.only(self).await?.map(|row| CompanyId::from_uuid(row.company));
                Companies::find(self, named.unwrap_or(CompanyId::NOBODYS)).await
            }
        }
    }

    async fn owner_of_code(&mut self, code: &CompanyCode) -> Result<Option<CompanyId>> {
        owner(self, code).await
    }

    async fn list_aliases(&mut self, company: CompanyId) -> Result<Vec<CompanyCode>> {
        let rows = company_codes::Entity::find()
            .filter(company_codes::Column::Company.eq(company.uuid()))
            .filter(company_codes::Column::ReleasedAt.is_null())
            .filter(company_codes::Column::Code.not_in_subquery(current_code(company)))
            .all(self)
            .await
            .stored()?;
        let mut codes = rows.iter().map(|row| read_code(&row.code)).collect::<Result<Vec<_>>>()?;
        // Not by the database: each orders text in its own way.
        codes.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        Ok(codes)
    }

    async fn add_alias(&mut self, company: CompanyId, alias: &CompanyCode) -> Result<()> {
        claim_code(self, company, alias).await
    }

    async fn release_alias(
        &mut self,
        company: CompanyId,
        alias: &CompanyCode,
        now: Timestamp,
    ) -> Result<bool> {
        let released = company_codes::Entity::update_many()
            .col_expr(company_codes::Column::ReleasedAt, Expr::value(now.millis()))
            .filter(company_codes::Column::Code.eq(alias.as_str()))
            .filter(company_codes::Column::Company.eq(company.uuid()))
            .filter(company_codes::Column::ReleasedAt.is_null())
            .filter(company_codes::Column::Code.not_in_subquery(current_code(company)))
            .exec(self)
            .await
            .stored()?;
        Ok(released.rows_affected == 1)
    }

    async fn list(&mut self, words: &[String], after: Option<CompanyId>, limit: u64) -> Result<Vec<Company>> {
        let mut page = Entity::find();
        for word in words {
            let pattern = LikeExpr::new(format!("%{}%", escaped(&word.to_lowercase()))).escape('\\');
            page = page.filter(Expr::col(Column::SearchKey).like(pattern));
        }
        if let Some(after) = after {
            page = page.filter(Column::Id.gt(after.uuid()));
        }
        let rows = page.order_by_asc(Column::Id).limit(limit).all(self).await.stored()?;
        rows.into_iter().map(read).collect()
    }
}

/// The one code that is no alias.
fn current_code(company: CompanyId) -> SelectStatement {
    Query::select().column(Column::Code).from(Entity).and_where(Column::Id.eq(company.uuid())).take()
}

/// Whose code it is or once was.
async fn owner(tx: &SqlTx, code: &CompanyCode) -> Result<Option<CompanyId>> {
    let row = company_codes::Entity::find_by_id(code.as_str()).only(tx).await?;
    Ok(row.map(|row| CompanyId::from_uuid(row.company)))
}

/// Makes code and slug the company's.
///
/// # Errors
/// `Conflict` when one of them is or was another's.
async fn claim_names(tx: &SqlTx, company: &Company) -> Result<()> {
    claim_code(tx, company.id, &company.code).await?;
    match &company.slug {
        Some(slug) => claim_slug(tx, company.id, slug).await,
        None => Ok(()),
    }
}

/// One that the company released names it again.
async fn claim_code(tx: &SqlTx, company: CompanyId, code: &CompanyCode) -> Result<()> {
    use company_codes::{Column, Entity, Model};
    let row = Model { code: code.as_str().to_owned(), company: company.uuid(), released_at: None };
    let own = Expr::col((Entity, Column::Company)).eq(company.uuid());
    let again =
        OnConflict::column(Column::Code).update_column(Column::ReleasedAt).action_and_where(own).to_owned();
    let claimed = Entity::insert(row.into_active_model()).on_conflict(again).try_insert();
    match claimed.exec_without_returning(tx).await.stored()? {
        TryInsertResult::Inserted(1..) => Ok(()),
        _ => Err(StoreError::Conflict("company_code")),
    }
}

async fn claim_slug(tx: &SqlTx, company: CompanyId, slug: &Slug) -> Result<()> {
    use company_slugs::{Column, Entity, Model};
    let row = Model { slug: slug.as_str().to_owned(), company: company.uuid() };
    let own = Expr::col((Entity, Column::Company)).eq(company.uuid());
    let again =
        OnConflict::column(Column::Slug).update_column(Column::Company).action_and_where(own).to_owned();
    let claimed = Entity::insert(row.into_active_model()).on_conflict(again).try_insert();
    match claimed.exec_without_returning(tx).await.stored()? {
        TryInsertResult::Inserted(1..) => Ok(()),
        _ => Err(StoreError::Conflict("company_slug")),
    }
}

/// What the list is searched by; `lower` of SQL, which wrote the oldest of them, knows ASCII only.
fn search_key(code: &CompanyCode, slug: Option<&Slug>, name: &str) -> String {
    format!("{code} {} {name}", slug.map_or("", Slug::as_str)).to_lowercase()
}

fn row(company: &Company) -> Result<Model> {
    let Company { id, code, slug, name, contact, branding, logo, databases, state, created_at, version } =
        company;
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
        slug: slug.as_ref().map(|slug| slug.as_str().to_owned()),
        branding: optional_json(TABLE, branding)?,
        logo: optional_json(TABLE, logo)?,
        search_key: search_key(code, slug.as_ref(), name.as_str()),
    })
}

fn read_code(text: &str) -> Result<CompanyCode> {
    CompanyCode::parse(text).map_err(|error| corrupt(TABLE, error.to_string()))
}

pub(super) fn read(row: Model) -> Result<Company> {
    let state = match row.state.as_str() {
        "active" => CompanyState::Active,
        "suspended" => CompanyState::Suspended { at: state_at(TABLE, row.state_at)? },
        other => return Err(corrupt(TABLE, format!("unknown state {other}"))),
    };
    Ok(Company {
        id: CompanyId::from_uuid(row.id),
        code: read_code(&row.code)?,
        slug: row.slug.map(|slug| parse_word(TABLE, slug)).transpose()?,
        name: line(TABLE, &row.name)?,
        contact: parse_json(TABLE, &row.contact)?,
        branding: parse_optional_json(TABLE, row.branding)?,
        logo: parse_optional_json(TABLE, row.logo)?,
        databases: parse_json(TABLE, &row.databases)?,
        state,
        created_at: at(row.created_at),
        version: row.version,
    })
}
