//! How fast a list of ten thousand is added to a million accounts, and whether its end is as fast as its beginning. Prints;
//! run it by itself, on a quiet machine and in release:
//! `scripts/test-services cargo test --release -p idp-tests --test tests -- --ignored --nocapture bulk::speed`

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use idp_service::bulk::{JobWorker, Turn};
use serde_json::json;

use super::Office;
use crate::support::app::TestApp;
use crate::support::database::TestDatabase;

const ROWS: usize = 10_000;
const ACCOUNTS: u32 = 1_000_000;
/// Most agencies are small; the one that adds ten thousand is not what a planner expects.
const MEMBERS: u32 = 100;

/// What a database calls the numbers from 1 to a million, and how it makes an id of a letter and a number.
struct Dialect {
    numbers: String,
    id: fn(&str, &str) -> String,
}

impl Dialect {
    /// A million strangers, each invited by an agency of a hundred.
    fn strangers(&self) -> [String; 4] {
        let Self { numbers, id } = self;
        let (account, member) = (id("a", "n"), id("m", "n"));
        let companies = format!(
            "INSERT INTO companies (id, code, name, contact, databases, state, created_at, version, search_key) \
             SELECT {}, 'S' || n, 'Stranger ' || n, '{{}}', '[]', 'active', 0, 0, 'stranger ' || n \
             FROM ({numbers}) AS numbers WHERE n <= {}",
            id("c", "n"),
            ACCOUNTS / MEMBERS,
        );
        let accounts = format!(
            "INSERT INTO accounts (id, user_name, user_name_canonical, email_verified, profile, state, password_state, \
             credential_version, questions_enrolled, is_operator, created_at, version) \
             SELECT {account}, 'stranger' || n || '@example.com', 'stranger' || n || '@example.com', FALSE, '{{}}', \
             'invited', 'sound', 0, FALSE, FALSE, 0, 0 FROM ({numbers}) AS numbers"
        );
        let company = id("c", &format!("((n - 1) / {MEMBERS} + 1)"));
        let memberships = format!(
            "INSERT INTO memberships (id, account, company, state, given_name, family_name, member_type, person_ref, \
             security_role, authority, created_at, version, name_key) \
             SELECT {member}, {account}, {company}, 'active', 'Sam', 'Stranger', 'caregiver', n, 'Caregiver', 'member', 0, 0, \
             'stranger sam' FROM ({numbers}) AS numbers"
        );
        let invitations = format!(
            "INSERT INTO invitations (id, membership, account, company, email, email_canonical, sent_by, state, \
             created_at, version) \
             SELECT {}, {member}, {account}, {company}, 'stranger' || n || '@example.com', \
             'stranger' || n || '@example.com', 'client:seed', 'sent', 0, 0 FROM ({numbers}) AS numbers",
            id("i", "n"),
        );
        [companies, accounts, memberships, invitations]
    }
}

async fn measure(what: &str, database: TestDatabase, dialect: Dialect) {
    for strangers in dialect.strangers() {
        database.execute(&strangers).await;
    }
    // Autovacuum does so within a minute of such a change; SQLite goes by its rules of thumb.
    if what == "PostgreSQL" {
        database.execute("ANALYZE").await;
    }
    let app = TestApp::on(database).await;
    let office = Office::of_maple(&app);
    let mut file = "Email,First name,Last name\n".to_owned();
    for n in 0..ROWS {
        writeln!(file, "caregiver{n}@example.com,Rose,Miller {n}").expect("a string grows");
    }
    let begun = Instant::now();
    let report = office.upload(file, "&default_type=caregiver").await;
    let judged = begun.elapsed();
    assert_eq!(report.json["counts"]["created"], json!(ROWS), "{}", report.json["detail"]);
    let job = office.begin(&report).await;
    let mut worker = JobWorker::new(app.env.clone(), "worker".to_owned());
    let (mut done, mut thousands, mut begun) = (0, Vec::new(), Instant::now());
    loop {
        match worker.turn().await.expect("a turn") {
            Turn::Worked(rows) | Turn::Ended(rows) => done += rows,
            Turn::Idle => break,
        }
        if done / 1000 > thousands.len() as u64 {
            thousands.push(begun.elapsed());
            begun = Instant::now();
        }
    }
    assert_eq!(office.job(&job).await["counts"]["created"], json!(ROWS));
    let all: Duration = thousands.iter().sum();
    let per_second = |rows: f64, span: Duration| rows / span.as_secs_f64();
    let each: Vec<String> = thousands.iter().map(|it| format!("{:.0}", per_second(1000.0, *it))).collect();
    let measured = format!(
        "{what}: dry run {:.1} s; {:.0} rows/s over {ROWS}; each thousand: {}",
        judged.as_secs_f64(),
        per_second(10_000.0, all),
        each.join(" "),
    );
    // The figure is all this is for.
    std::io::Write::write_all(&mut std::io::stdout(), format!("{measured}\n").as_bytes()).unwrap();
}

#[tokio::test]
#[ignore = "measures; takes minutes"]
async fn ten_thousand_rows_beside_a_million_accounts_on_sqlite() {
    let numbers = format!(
        "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {ACCOUNTS}) SELECT n FROM series"
    );
    let dialect = Dialect { numbers, id: |letter, n| format!("CAST(printf('{letter}%015d', {n}) AS BLOB)") };
    measure("SQLite", TestDatabase::sqlite().await, dialect).await;
}

#[tokio::test]
#[ignore = "measures; takes minutes"]
async fn ten_thousand_rows_beside_a_million_accounts_on_postgres() {
    let numbers = format!("SELECT generate_series(1, {ACCOUNTS}) AS n");
    let dialect = Dialect { numbers, id: |letter, n| format!("CAST(md5('{letter}' || {n}) AS uuid)") };
    measure("PostgreSQL", TestDatabase::postgres().await, dialect).await;
}
