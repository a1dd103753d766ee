//! The chains over the audit log. Everything that is stored of an event is in its digest, as it lies in the columns: also
//! what could no longer be read as an event is told to be changed, not to be broken.

use async_trait::async_trait;
use idp_domain::audit_chain::{Chain, ChainId, ChainedEvent, Link, UnchainedEvent};
use idp_domain::id::AuditId;
use idp_domain::ports::{AuditChains, StoreError};
use idp_domain::{Digest, Timestamp};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait as _, IntoIden as _, OnConflict, Query, TableRef, ValueTuple};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, DbBackend, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement,
};

use super::{OnlyRow as _, Result, columns};
use crate::entity::audit_chains::{Column, Entity, Model};
use crate::entity::audit_events::{self, Column as Event};
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::at;

const TABLE: &str = "audit_chains";
/// Events linked in one statement: few lengths, so that few texts of statements are kept prepared.
const LENGTHS: [usize; 3] = [256, 16, 1];

const COMPLETE: &str = r#"
    SELECT count(*) AS there, count(DISTINCT number) AS numbers, coalesce(max(number), 0) AS highest,
        coalesce((SELECT number FROM audit_chains WHERE id = $1), 0) AS made
    FROM audit_chains WHERE id <> $1"#;

const EXPECTED: &str = r#"
    SELECT CASE WHEN EXISTS (SELECT 1 FROM companies) OR EXISTS (SELECT 1 FROM accounts)
        OR EXISTS (SELECT 1 FROM clients) OR EXISTS (SELECT 1 FROM signing_keys)
        THEN 1 ELSE 0 END AS expected"#;

const OUTSIDE: &str = r#"
    SELECT e.chain AS chain, min(e.seq) AS seq
    FROM audit_events AS e LEFT JOIN audit_chains AS c ON c.id = e.chain
    WHERE e.seq IS NOT NULL AND (c.id IS NULL OR e.seq > c.head_seq OR e.seq <= c.base_seq)
    GROUP BY e.chain ORDER BY e.chain"#;

const DUE: &str = r#"
    SELECT c.id AS id FROM audit_chains AS c
    JOIN audit_events AS e ON e.chain = c.id AND e.seq = c.base_seq + 1
    WHERE e.at < $1 AND c.id >= $2 AND c.id <> $3 ORDER BY c.id LIMIT 1"#;

#[async_trait]
impl AuditChains for SqlTx {
    async fn list_unchained(&mut self, except: &[ChainId], limit: u64) -> Result<Vec<UnchainedEvent>> {
        let mut waiting = audit_events::Entity::find().filter(Event::Seq.is_null());
        for chain in except {
            waiting = waiting.filter(recorded_for(*chain).not());
        }
        let rows = waiting.order_by_asc(Event::Id).limit(limit).all(self).await.stored()?;
        Ok(rows.into_iter().map(unchained).collect())
    }

    async fn count_unchained(&mut self, chain: Option<ChainId>) -> Result<u64> {
        let mut waiting = audit_events::Entity::find().filter(Event::Seq.is_null());
        if let Some(chain) = chain {
            waiting = waiting.filter(recorded_for(chain));
        }
        waiting.count(self).await.stored()
    }

    async fn link(&mut self, chain: ChainId, links: &[(AuditId, Link)]) -> Result<()> {
        let mut rest = links;
        for length in LENGTHS {
            while let Some((some, others)) = rest.split_at_checked(length) {
                if link_some(self, chain, some).await? != length as u64 {
                    return Err(StoreError::Stale);
                }
                rest = others;
            }
        }
        Ok(())
    }

    async fn highest(&mut self, chain: ChainId) -> Result<u64> {
        let last = audit_events::Entity::find()
            .select_only()
            .expr_as(Expr::col(Event::Seq).max(), "seq")
            .filter(Event::Chain.eq(chain.uuid()));
        let seq: Option<Option<i64>> = last.into_tuple().one(self).await.stored()?;
        Ok(place(seq.flatten().unwrap_or(0)))
    }

    async fn list_chained(
        &mut self,
        chain: ChainId,
        after: u64,
        last: u64,
        limit: u64,
    ) -> Result<Vec<ChainedEvent>> {
        let page = audit_events::Entity::find()
            .filter(Event::Chain.eq(chain.uuid()))
            .filter(Event::Seq.gt(column(after)?))
            .filter(Event::Seq.lte(column(last)?))
            .filter(is_found_by_readers());
        let rows = page.order_by_asc(Event::Seq).limit(limit).all(self).await.stored()?;
        Ok(rows.into_iter().map(chained).collect())
    }

    async fn find(&mut self, id: ChainId) -> Result<Option<Chain>> {
        Ok(Entity::find_by_id(id.uuid()).only(self).await?.map(read))
    }

    async fn lock(&mut self, id: ChainId) -> Result<Option<Chain>> {
        let mut row = Entity::find_by_id(id.uuid());
        // SQLite has one writer, and no word for this.
        if self.get_database_backend() == DbBackend::Postgres {
            row = row.lock_exclusive();
        }
        Ok(row.only(self).await?.map(read))
    }

    async fn list(&mut self, after: Option<ChainId>, limit: u64) -> Result<Vec<Chain>> {
        let mut page = Entity::find();
        if let Some(after) = after {
            page = page.filter(Column::Id.gt(after.uuid()));
        }
        let rows = page.order_by_asc(Column::Id).limit(limit).all(self).await.stored()?;
        Ok(rows.into_iter().map(read).collect())
    }

    async fn put(&mut self, chain: &Chain) -> Result<()> {
        let replace = OnConflict::column(Column::Id)
            .update_columns([
                Column::Number,
                Column::BaseSeq,
                Column::BaseHash,
                Column::HeadSeq,
                Column::HeadHash,
                Column::Seal,
            ])
            .to_owned();
        let row = columns(row(chain)?, &[]);
        Entity::insert(row).on_conflict(replace).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn are_complete(&mut self) -> Result<bool> {
        let values = [ChainId::PLATFORM.uuid().into()];
        let statement = Statement::from_sql_and_values(self.get_database_backend(), COMPLETE, values);
        let row = self.query_one_raw(statement).await.stored()?;
        let row = row.ok_or_else(|| corrupt(TABLE, "a count of nothing"))?;
        let count = |name: &str| row.try_get::<i64>("", name).stored();
        let there = count("there")?;
        Ok(count("numbers")? == there && count("highest")? == there && count("made")? == there)
    }

    async fn are_expected(&mut self) -> Result<bool> {
        let statement = Statement::from_string(self.get_database_backend(), EXPECTED);
        let row = self.query_one_raw(statement).await.stored()?;
        let row = row.ok_or_else(|| corrupt(TABLE, "an answer of nothing"))?;
        Ok(row.try_get::<i32>("", "expected").stored()? == 1)
    }

    async fn list_outside(&mut self) -> Result<Vec<(ChainId, u64)>> {
        let statement = Statement::from_string(self.get_database_backend(), OUTSIDE);
        let rows = self.query_all_raw(statement).await.stored()?;
        rows.iter()
            .map(|row| {
                let chain: Option<Uuid> = row.try_get("", "chain").stored()?;
                let seq: i64 = row.try_get("", "seq").stored()?;
                Ok((chain.map_or(ChainId::PLATFORM, ChainId::from_uuid), place(seq)))
            })
            .collect()
    }

    async fn find_due(&mut self, before: Timestamp, after: Option<ChainId>) -> Result<Option<ChainId>> {
        let from = after.unwrap_or(ChainId::PLATFORM).uuid();
        // The first of all comes behind nothing: only there is no id left out.
        let not = after.map_or(Uuid::max(), ChainId::uuid);
        let values = [before.millis().into(), from.into(), not.into()];
        let statement = Statement::from_sql_and_values(self.get_database_backend(), DUE, values);
        let row = self.query_one_raw(statement).await.stored()?;
        row.map(|row| row.try_get("", "id").stored().map(ChainId::from_uuid)).transpose()
    }

    async fn sweep(&mut self, chain: ChainId, after: u64, last: u64) -> Result<u64> {
        let over = audit_events::Entity::delete_many()
            .filter(Event::Chain.eq(chain.uuid()))
            .filter(Event::Seq.gt(column(after)?))
            .filter(Event::Seq.lte(column(last)?));
        Ok(over.exec(self).await.stored()?.rows_affected)
    }
}

/// Whether an event belongs to a chain, tied in or not; never null.
fn recorded_for(chain: ChainId) -> Condition {
    match chain.company() {
        Some(company) => {
            Condition::all().add(Event::Company.is_not_null()).add(Event::Company.eq(company.uuid()))
        }
        None => Condition::all().add(Event::Company.is_null()),
    }
}

/// SQLite lets an id be stored as text of the same bytes, which equals no id: whoever reads the log would pass the event over.
/// Text is less than every id there; PostgreSQL knows ids only.
fn is_found_by_readers() -> Condition {
    let is_id = |column: Event| column.is_null().or(column.gte(Uuid::nil()));
    [Event::Id, Event::Company, Event::Account].into_iter().map(is_id).fold(Condition::all(), Condition::add)
}

/// One statement; returns how many had no place before.
async fn link_some(tx: &SqlTx, chain: ChainId, links: &[(AuditId, Link)]) -> Result<u64> {
    let values = links.iter().map(|(id, link)| {
        let hash = link.hash.bytes().to_vec();
        Ok(ValueTuple::Three(id.uuid().into(), column(link.seq)?.into(), hash.into()))
    });
    let values: Vec<ValueTuple> = values.collect::<Result<_>>()?;
    let update = Query::update()
        .table(audit_events::Entity)
        .from(TableRef::ValuesList(values, "linked".into_iden()))
        .value(Event::Chain, chain.uuid())
        .value(Event::Seq, Expr::col(("linked", "column2")))
        .value(Event::Hash, Expr::col(("linked", "column3")))
        .and_where(Expr::col((audit_events::Entity, Event::Id)).equals(("linked", "column1")))
        .and_where(Expr::col((audit_events::Entity, Event::Seq)).is_null())
        .take();
    Ok(tx.execute(&update).await.stored()?.rows_affected())
}

fn unchained(row: audit_events::Model) -> UnchainedEvent {
    let content = content(&row);
    let company = row.company.map(idp_domain::id::CompanyId::from_uuid);
    UnchainedEvent { id: AuditId::from_uuid(row.id), chain: company.into(), content }
}

fn chained(row: audit_events::Model) -> ChainedEvent {
    let content = content(&row);
    let link = Link { seq: place(row.seq.unwrap_or(0)), hash: hash(row.hash.unwrap_or_default()) };
    ChainedEvent { at: at(row.at), content, link }
}

/// The digest of all that is stored of an event but its place. A column that is null leaves no trace: one that comes later
/// changes no digest of before.
fn content(row: &audit_events::Model) -> Digest {
    let audit_events::Model {
        id,
        at,
        action,
        actor,
        request_id,
        address,
        user_agent,
        company,
        account,
        subject,
        reason,
        client,
        changes,
        chain: _,
        seq: _,
        hash: _,
    } = row;
    fn text(value: &Option<String>) -> Option<&[u8]> {
        value.as_deref().map(str::as_bytes)
    }
    let at = at.to_be_bytes();
    let fields: [(&str, Option<&[u8]>); 13] = [
        ("id", Some(id.as_bytes())),
        ("at", Some(&at)),
        ("action", Some(action.as_bytes())),
        ("actor", Some(actor.as_bytes())),
        ("request_id", text(request_id)),
        ("address", text(address)),
        ("user_agent", text(user_agent)),
        ("company", company.as_ref().map(|id| id.as_bytes().as_slice())),
        ("account", account.as_ref().map(|id| id.as_bytes().as_slice())),
        ("subject", text(subject)),
        ("reason", text(reason)),
        ("client", text(client)),
        ("changes", text(changes)),
    ];
    let mut bytes = Vec::new();
    for (name, value) in fields {
        let Some(value) = value else { continue };
        // With their lengths: no two rows are the same bytes.
        for part in [name.as_bytes(), value] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
    }
    Digest::of(&bytes)
}

/// A place that nobody of ours wrote is before every other.
fn place(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or(0)
}

fn column(seq: u64) -> Result<i64> {
    i64::try_from(seq).map_err(|_| corrupt(TABLE, "a place out of range"))
}

/// What is not 32 bytes long fits nothing.
fn hash(bytes: Vec<u8>) -> Digest {
    Digest::from_bytes(bytes.try_into().unwrap_or_default())
}

fn row(chain: &Chain) -> Result<Model> {
    let Chain { id, number, base, head, seal } = chain;
    Ok(Model {
        id: id.uuid(),
        number: column(*number)?,
        base_seq: column(base.seq)?,
        base_hash: base.hash.bytes().to_vec(),
        head_seq: column(head.seq)?,
        head_hash: head.hash.bytes().to_vec(),
        seal: seal.bytes().to_vec(),
    })
}

fn read(row: Model) -> Chain {
    let Model { id, number, base_seq, base_hash, head_seq, head_hash, seal } = row;
    Chain {
        id: ChainId::from_uuid(id),
        number: place(number),
        base: Link { seq: place(base_seq), hash: hash(base_hash) },
        head: Link { seq: place(head_seq), hash: hash(head_hash) },
        seal: hash(seal),
    }
}
