//! OAuth clients; their lists are JSON, because they are only ever read as a whole.
//!
//! `client_origins` repeats where their redirect URIs live, so that one origin is found without reading every client.

use std::collections::BTreeSet;

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::client::{
    About, BackchannelLogout, Client, ClientId, ClientKeys, Demands, LogInDefaults, Profile, RegisteredBy,
    RequestAlgs, Resource, ResponseAlgs, ResponseEncryption, SubjectType,
};
use idp_domain::id::CompanyId;
use idp_domain::ports::{Clients, StoreError};
use idp_domain::scope::Scopes;
use idp_domain::signing_key::SigningAlg;
use idp_domain::text::Line;
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _, ExprTrait as _,
    IntoActiveModel as _, Iterable as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
    TryInsertResult,
};
use serde::{Deserialize, Serialize};

use super::{OnlyRow as _, Result};
use crate::entity::client_origins;
use crate::entity::clients::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{client_id, json, line, optional_json, parse_json, parse_optional_json, parse_word, word};

const TABLE: &str = "clients";

#[async_trait]
impl Clients for SqlTx {
    async fn insert(&mut self, client: &Client, now: Timestamp) -> Result<()> {
        let keep = OnConflict::column(Column::Id).do_nothing().to_owned();
        self.write(client, keep, now).await
    }

    async fn put(&mut self, client: &Client, now: Timestamp) -> Result<()> {
        let changing = Column::iter().filter(|column| !matches!(column, Column::Id | Column::CreatedAt));
        let still_there = Expr::col((Entity, Column::RemovedAt)).is_null();
        let replace =
            OnConflict::column(Column::Id).update_columns(changing).action_and_where(still_there).to_owned();
        self.write(client, replace, now).await
    }

    async fn lock(&mut self, id: &ClientId) -> Result<()> {
        // SQLite has one writer, and no word for this.
        if self.get_database_backend() == DbBackend::Postgres {
            let row = Entity::find_by_id(id.as_str()).select_only().column(Column::Id).lock_exclusive();
            row.into_tuple::<String>().all(self).await.stored()?;
        }
        Ok(())
    }

    async fn remove(&mut self, id: &ClientId, now: Timestamp) -> Result<bool> {
        let removed = Entity::update_many()
            .col_expr(Column::RemovedAt, Expr::value(now.millis()))
            .col_expr(Column::Enabled, Expr::value(false))
            .col_expr(Column::Secrets, Expr::value("[]"))
            .filter(Column::Id.eq(id.as_str()))
            .filter(Column::RemovedAt.is_null())
            .exec(self)
            .await
            .stored()?;
        let own = client_origins::Column::Client.eq(id.as_str());
        client_origins::Entity::delete_many().filter(own).exec(self).await.stored()?;
        Ok(removed.rows_affected == 1)
    }

    async fn find(&mut self, id: &ClientId) -> Result<Option<Client>> {
        there().filter(Column::Id.eq(id.as_str())).only(self).await?.map(read).transpose()
    }

    async fn hold(&mut self, id: &ClientId) -> Result<()> {
        // SQLite has one writer, and no word for this.
        if self.get_database_backend() == DbBackend::Postgres {
            let row = Entity::find_by_id(id.as_str()).select_only().column(Column::Id).lock_shared();
            row.into_tuple::<String>().all(self).await.stored()?;
        }
        Ok(())
    }

    async fn find_portal(&mut self, company: CompanyId) -> Result<Option<Client>> {
        there()
            .filter(Column::Company.eq(company.uuid()))
            .filter(Column::Enabled.eq(true))
            .filter(Column::FirstParty.eq(true))
            .filter(Column::InitiateLoginUri.is_not_null())
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .one(self)
            .await
            .stored()?
            .map(read)
            .transpose()
    }

    async fn list_of_company(&mut self, company: CompanyId) -> Result<Vec<Client>> {
        in_order(self, there().filter(Column::Company.eq(company.uuid()))).await
    }

    async fn list(&mut self) -> Result<Vec<Client>> {
        in_order(self, there()).await
    }

    async fn is_origin_known(&mut self, origin: &str) -> Result<bool> {
        let of_origin = Query::select()
            .column(client_origins::Column::Client)
            .from(client_origins::Entity)
            .and_where(client_origins::Column::Origin.eq(origin))
            .take();
        let known = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Id.in_subquery(of_origin))
            .filter(Column::Enabled.eq(true));
        Ok(known.into_tuple::<String>().one(self).await.stored()?.is_some())
    }
}

impl SqlTx {
    /// Writes row and origins; `conflict` says what becomes of a row that is there.
    ///
    /// # Errors
    /// `Conflict("client_id")` when that leaves nothing written.
    async fn write(&mut self, client: &Client, conflict: OnConflict, now: Timestamp) -> Result<()> {
        let row = row(client, now)?.into_active_model();
        let written = Entity::insert(row).on_conflict(conflict).try_insert();
        match written.exec_without_returning(self).await.stored()? {
            TryInsertResult::Inserted(1..) => {}
            _ => return Err(StoreError::Conflict("client_id")),
        }
        // The row just written keeps whoever puts the same client away from its origins until this is committed.
        replace_origins(self, client).await
    }
}

/// What was not removed.
fn there() -> Select<Entity> {
    Entity::find().filter(Column::RemovedAt.is_null())
}

async fn in_order(tx: &SqlTx, clients: Select<Entity>) -> Result<Vec<Client>> {
    let mut rows = clients.all(tx).await.stored()?;
    // Not by the database: each orders text in its own way.
    rows.sort_by(|one, other| one.id.cmp(&other.id));
    rows.into_iter().map(read).collect()
}

async fn replace_origins(tx: &SqlTx, client: &Client) -> Result<()> {
    let own = client_origins::Column::Client.eq(client.id.as_str());
    client_origins::Entity::delete_many().filter(own).exec(tx).await.stored()?;
    let row = |origin| client_origins::Model { origin, client: client.id.as_str().to_owned() };
    let rows = client.origins().into_iter().map(|origin| row(origin).into_active_model());
    client_origins::Entity::insert_many(rows).exec_without_returning(tx).await.stored()?;
    Ok(())
}

/// What the column `metadata` holds. What is absent, or not there yet, is the domain's default.
#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Metadata {
    keys: Option<ClientKeys>,
    backchannel_logout: Option<BackchannelLogout>,
    resources: BTreeSet<Resource>,
    serves: BTreeSet<Resource>,
    subject_type: SubjectType,
    algs: OtherAlgs,
    encryption: ResponseEncryption,
    request_algs: RequestAlgs,
    about: About,
    contacts: Vec<Line<254>>,
    log_in_defaults: LogInDefaults,
    profile: Profile,
    #[serde(flatten)]
    demands: OtherDemands,
    may_switch_company: bool,
    registered_by: RegisteredBy,
}

/// The demands that have no column of their own.
#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct OtherDemands {
    require_device_pkce: bool,
    require_pushed_authorization_requests: bool,
    require_signed_request_object: bool,
    dpop_bound_access_tokens: bool,
}

impl From<Demands> for OtherDemands {
    fn from(demands: Demands) -> Self {
        let Demands {
            require_pkce: _,
            require_device_pkce,
            require_pushed_authorization_requests,
            require_signed_request_object,
            dpop_bound_access_tokens,
        } = demands;
        Self {
            require_device_pkce,
            require_pushed_authorization_requests,
            require_signed_request_object,
            dpop_bound_access_tokens,
        }
    }
}

impl OtherDemands {
    fn with_pkce(self, require_pkce: bool) -> Demands {
        let Self {
            require_device_pkce,
            require_pushed_authorization_requests,
            require_signed_request_object,
            dpop_bound_access_tokens,
        } = self;
        Demands {
            require_pkce,
            require_device_pkce,
            require_pushed_authorization_requests,
            require_signed_request_object,
            dpop_bound_access_tokens,
        }
    }
}

/// The algorithms that have no column of their own.
#[derive(PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct OtherAlgs {
    access_token: SigningAlg,
    userinfo: Option<SigningAlg>,
    introspection: SigningAlg,
}

impl Default for OtherAlgs {
    fn default() -> Self {
        ResponseAlgs::default().into()
    }
}

impl From<ResponseAlgs> for OtherAlgs {
    fn from(algs: ResponseAlgs) -> Self {
        let ResponseAlgs { id_token: _, access_token, userinfo, introspection } = algs;
        Self { access_token, userinfo, introspection }
    }
}

fn row(client: &Client, now: Timestamp) -> Result<Model> {
    let Client {
        id,
        name,
        company,
        auth_method,
        secrets,
        keys,
        grant_types,
        redirect_uris,
        post_logout_redirect_uris,
        backchannel_logout,
        initiate_login_uri,
        scopes,
        resources,
        serves,
        subject_type,
        algs,
        encryption,
        request_algs,
        about,
        contacts,
        log_in_defaults,
        profile,
        demands,
        may_switch_company,
        first_party,
        may_grant,
        registered_by,
        enabled,
    } = client;
    let metadata = Metadata {
        keys: keys.clone(),
        backchannel_logout: backchannel_logout.clone(),
        resources: resources.clone(),
        serves: serves.clone(),
        subject_type: subject_type.clone(),
        algs: (*algs).into(),
        encryption: *encryption,
        request_algs: *request_algs,
        about: about.clone(),
        contacts: contacts.clone(),
        log_in_defaults: log_in_defaults.clone(),
        profile: *profile,
        demands: (*demands).into(),
        may_switch_company: *may_switch_company,
        registered_by: *registered_by,
    };
    Ok(Model {
        id: id.as_str().to_owned(),
        name: name.as_str().to_owned(),
        company: company.map(CompanyId::uuid),
        auth_method: word(TABLE, auth_method)?,
        secrets: json(TABLE, secrets)?,
        grant_types: json(TABLE, grant_types)?,
        redirect_uris: json(TABLE, redirect_uris)?,
        post_logout_redirect_uris: json(TABLE, post_logout_redirect_uris)?,
        initiate_login_uri: initiate_login_uri.as_ref().map(ToString::to_string),
        scopes: scopes.to_string(),
        id_token_alg: word(TABLE, &algs.id_token)?,
        require_pkce: demands.require_pkce,
        first_party: *first_party,
        may_grant: word(TABLE, may_grant)?,
        enabled: *enabled,
        created_at: now.millis(),
        updated_at: now.millis(),
        metadata: optional_json(TABLE, &metadata)?,
        removed_at: None,
    })
}

pub(super) fn read(row: Model) -> Result<Client> {
    let Metadata {
        keys,
        backchannel_logout,
        resources,
        serves,
        subject_type,
        algs,
        encryption,
        request_algs,
        about,
        contacts,
        log_in_defaults,
        profile,
        demands,
        may_switch_company,
        registered_by,
    } = parse_optional_json(TABLE, row.metadata)?;
    let OtherAlgs { access_token, userinfo, introspection } = algs;
    let id_token = parse_word(TABLE, row.id_token_alg)?;
    Ok(Client {
        id: client_id(TABLE, &row.id)?,
        name: line(TABLE, &row.name)?,
        company: row.company.map(CompanyId::from_uuid),
        auth_method: parse_word(TABLE, row.auth_method)?,
        secrets: parse_json(TABLE, &row.secrets)?,
        keys,
        grant_types: parse_json(TABLE, &row.grant_types)?,
        redirect_uris: parse_json(TABLE, &row.redirect_uris)?,
        post_logout_redirect_uris: parse_json(TABLE, &row.post_logout_redirect_uris)?,
        backchannel_logout,
        initiate_login_uri: row.initiate_login_uri.map(|uri| parse_word(TABLE, uri)).transpose()?,
        scopes: Scopes::parse(&row.scopes),
        resources,
        serves,
        subject_type,
        algs: ResponseAlgs { id_token, access_token, userinfo, introspection },
        encryption,
        request_algs,
        about,
        contacts,
        log_in_defaults,
        profile,
        demands: demands.with_pkce(row.require_pkce),
        may_switch_company,
        first_party: row.first_party,
        may_grant: parse_word(TABLE, row.may_grant)?,
        registered_by,
        enabled: row.enabled,
    })
}
