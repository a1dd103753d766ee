//! Members as their company sees them: everything of a page in one statement.
//!
//! What a caller looks for is bound, never written into a statement (attack 87). Conditions on other tables are scalar
//! subqueries by key, so that the work grows with the company and not with how many people there are.

use idp_domain::id::{CompanyId, MembershipId};
use idp_domain::member_list::{APOSTROPHES, AsOf, MemberCounts, MemberFilter, MemberOrder, MemberQuery};
use idp_domain::ports::MemberInContext;
use idp_domain::throttle::Guesses;
use sea_orm::{ConnectionTrait as _, FromQueryResult as _, QueryResult, Statement, Value};

use super::context::{columns, part};
use super::{Result, accounts, email_changes, escaped, invitations, memberships};
use crate::entity;
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::{at, count as bound_count, parse_count};

const MEMBERSHIP: &str = "m_";
const ACCOUNT: &str = "a_";
const INVITATION: &str = "i_";
const THROTTLE: &str = "t_";
const EMAIL_CHANGE: &str = "e_";

/// The text of a statement and the values it binds.
#[derive(Default)]
struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// The place of a value in the text.
    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn and(&mut self, condition: &str) {
        self.text.push_str(" AND ");
        self.text.push_str(condition);
    }

    fn statement(self, tx: &SqlTx) -> Statement {
        Statement::from_sql_and_values(tx.get_database_backend(), self.text, self.values)
    }
}

pub(super) async fn find(
    tx: &SqlTx,
    company: CompanyId,
    id: MembershipId,
) -> Result<Option<MemberInContext>> {
    let mut sql = Sql::default();
    let (company, id) = (sql.bind(company.uuid()), sql.bind(id.uuid()));
    let own = format!("SELECT * FROM memberships WHERE company = {company} AND id = {id}");
    sql.text = in_context(&own);
    let row = tx.query_one_raw(sql.statement(tx)).await.stored()?;
    row.as_ref().map(read).transpose()
}

pub(super) async fn list(
    tx: &SqlTx,
    company: CompanyId,
    query: &MemberQuery,
    as_of: &AsOf,
    (after, limit): (Option<MembershipId>, u64),
) -> Result<Vec<MemberInContext>> {
    let mut sql = Sql::default();
    let company = sql.bind(company.uuid());
    sql.text = format!("SELECT * FROM memberships AS m WHERE m.company = {company}");
    let state = state(&mut sql, query.state, as_of);
    sql.and(&state);
    if let Some(member_type) = query.member_type {
        let member_type = sql.bind(member_type.as_str());
        let hat = further(&format!("p.member_type = {member_type}"));
        sql.and(&format!("(m.member_type = {member_type} OR {hat})"));
    }
    if let Some(authority) = query.authority {
        let authority = sql.bind(authority.as_str());
        sql.and(&format!("m.authority = {authority}"));
    }
    for word in query.words.iter() {
        let word = sql.bind(format!("%{}%", escaped(word)));
        sql.and(&says(&word));
    }
    let order = match query.order {
        MemberOrder::Added => vec!["id"],
        MemberOrder::Name => vec!["name_key", "id"],
    };
    let of = |alias: &str| order.iter().map(|key| format!("{alias}.{key}")).collect::<Vec<_>>().join(", ");
    if let Some(after) = after {
        let after = sql.bind(after.uuid());
        let place = format!(
            "SELECT {} FROM memberships AS p WHERE p.id = {after} AND p.company = {company}",
            of("p")
        );
        sql.and(&format!("({}) > ({place})", of("m")));
    }
    // Not bound: SQLite would prepare the statement anew each time.
    let page = format!("{} ORDER BY {} LIMIT {limit}", sql.text, of("m"));
    sql.text = format!("{} ORDER BY {}", in_context(&page), of(MEMBERSHIP));
    tx.query_all_raw(sql.statement(tx)).await.stored()?.iter().map(read).collect()
}

pub(super) async fn count(tx: &SqlTx, company: CompanyId, as_of: &AsOf) -> Result<MemberCounts> {
    const PARTS: [MemberFilter; 6] = [
        MemberFilter::Active,
        MemberFilter::Inactive,
        MemberFilter::NotActivated,
        MemberFilter::Undeliverable,
        MemberFilter::Locked,
        MemberFilter::Expired,
    ];
    let mut sql = Sql::default();
    let company = sql.bind(company.uuid());
    let parts = PARTS.map(|part| {
        let condition = state(&mut sql, Some(part), as_of);
        format!("COUNT(CASE WHEN {condition} THEN 1 END) AS {}", part.as_str())
    });
    sql.text = format!(
        "SELECT COUNT(*) AS everybody, {} FROM memberships AS m WHERE m.company = {company} AND m.state <> 'removed'",
        parts.join(", ")
    );
    let row = tx.query_one_raw(sql.statement(tx)).await.stored()?;
    let row = row.ok_or_else(|| corrupt("memberships", "a count without a row"))?;
    let counted = |name: &str| -> Result<u64> {
        let count: i64 = row.try_get("", name).stored()?;
        u64::try_from(count).map_err(|_| corrupt("memberships", "a negative count"))
    };
    Ok(MemberCounts {
        all: counted("everybody")?,
        active: counted(MemberFilter::Active.as_str())?,
        inactive: counted(MemberFilter::Inactive.as_str())?,
        not_activated: counted(MemberFilter::NotActivated.as_str())?,
        undeliverable: counted(MemberFilter::Undeliverable.as_str())?,
        locked: counted(MemberFilter::Locked.as_str())?,
        expired: counted(MemberFilter::Expired.as_str())?,
    })
}

/// The rows of `page` with what belongs to each.
fn in_context(page: &str) -> String {
    let columns = [
        columns::<entity::memberships::Entity>(MEMBERSHIP),
        columns::<entity::accounts::Entity>(ACCOUNT),
        columns::<entity::invitations::Entity>(INVITATION),
        columns::<entity::throttles::Entity>(THROTTLE),
        columns::<entity::email_changes::Entity>(EMAIL_CHANGE),
    ]
    .concat();
    format!(
        "SELECT {} FROM ({page}) AS m_ \
         JOIN accounts AS a_ ON a_.id = m_.account \
         LEFT JOIN invitations AS i_ ON i_.id = \
         (SELECT n.id FROM invitations AS n WHERE n.membership = m_.id ORDER BY n.id DESC LIMIT 1) \
         LEFT JOIN throttles AS t_ ON t_.account = m_.account AND t_.bucket = 'strangers' \
         LEFT JOIN email_changes AS e_ ON e_.id = \
         (SELECT n.id FROM email_changes AS n WHERE n.account = m_.account \
         AND n.proposed_by = m_.company ORDER BY n.id DESC LIMIT 1) \
         AND (e_.state = 'proposed' OR e_.state = 'cancelled' AND EXISTS (SELECT 1 FROM email_changes AS n \
         WHERE n.account = e_.account AND n.id > e_.id AND n.created_at = e_.state_at))",
        columns.join(", ")
    )
}

fn state(sql: &mut Sql, filter: Option<MemberFilter>, as_of: &AsOf) -> String {
    let is = |word: &str| format!("m.state = '{word}'");
    match filter {
        None => "m.state <> 'removed'".to_owned(),
        Some(MemberFilter::Invited | MemberFilter::NotActivated) => is("invited"),
        Some(MemberFilter::Active) => is("active"),
        Some(MemberFilter::Inactive) => is("inactive"),
        Some(MemberFilter::Removed) => is("removed"),
        Some(MemberFilter::NeverSignedIn) => "m.state <> 'removed' AND m.last_sign_in IS NULL".to_owned(),
        Some(MemberFilter::Undeliverable) => {
            format!("m.state IN ('invited', 'active') AND {}", newest("n.state = 'undeliverable'"))
        }
        Some(MemberFilter::Expired) => {
            let since = sql.bind(as_of.expired.millis());
            format!(
                "{} AND {}",
                is("invited"),
                newest(&format!("n.state = 'sent' AND n.state_at <= {since}"))
            )
        }
        Some(MemberFilter::Locked) => {
            let now = sql.bind(as_of.now.millis());
            let mut locked = format!("t.blocked_until > {now}");
            if let Some(ceiling) = as_of.guesses.ceiling {
                locked = format!("{locked} OR t.failures >= {}", sql.bind(bound_count(ceiling)));
            }
            let guesses = "throttles AS t WHERE t.account = m.account AND t.bucket = 'strangers'";
            let locked = format!("(SELECT CASE WHEN {locked} THEN 1 ELSE 0 END FROM {guesses}) = 1");
            format!("{} AND m.joined_at IS NOT NULL AND {locked}", is("active"))
        }
    }
}

/// Whether the newest invitation of a member meets a condition.
fn newest(condition: &str) -> String {
    let of = "invitations AS n WHERE n.membership = m.id ORDER BY n.id DESC LIMIT 1";
    format!("(SELECT CASE WHEN {condition} THEN 1 ELSE 0 END FROM {of}) = 1")
}

/// Whether one of a member's further hats meets a condition (R79).
fn further(condition: &str) -> String {
    format!("EXISTS (SELECT 1 FROM member_persons AS p WHERE p.membership = m.id AND {condition})")
}

/// Whether a word is somewhere in what the office knows a member by. Who left has taken their address along.
fn says(word: &str) -> String {
    let user_name = "(SELECT a.user_name_canonical FROM accounts AS a WHERE a.id = m.account)";
    let is_in = |text: &str| format!(r"{} LIKE {word} ESCAPE '\'", plain(text));
    format!(
        "({} OR {} OR {} OR m.state <> 'removed' AND {})",
        is_in("m.name_key"),
        is_in("lower(m.person_ref)"),
        further(&is_in("lower(p.person_ref)")),
        is_in(user_name)
    )
}

/// A text without [`APOSTROPHES`], as words are looked for.
fn plain(text: &str) -> String {
    APOSTROPHES.iter().fold(text.to_owned(), |text, mark| {
        let quoted = if *mark == '\'' { "''".to_owned() } else { mark.to_string() };
        format!("replace({text}, '{quoted}', '')")
    })
}

fn read(row: &QueryResult) -> Result<MemberInContext> {
    let membership = entity::memberships::Model::from_query_result(row, MEMBERSHIP).stored()?;
    let account = entity::accounts::Model::from_query_result(row, ACCOUNT).stored()?;
    Ok(MemberInContext {
        membership: memberships::read(membership)?,
        account: accounts::read(account)?,
        invitation: part(row, INVITATION)?.map(invitations::read).transpose()?,
        guesses: part(row, THROTTLE)?.map(guesses).transpose()?,
        email_change: part(row, EMAIL_CHANGE)?.map(email_changes::read).transpose()?,
    })
}

fn guesses(row: entity::throttles::Model) -> Result<Guesses> {
    Ok(Guesses { failures: parse_count("throttles", row.failures)?, paused_until: at(row.blocked_until) })
}
