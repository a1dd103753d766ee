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

/// A million strangers, as copies of one account.
fn strangers(numbers: &str, id: &str) -> String {
    format!(
        "INSERT INTO accounts (id, user_name, user_name_canonical, email_verified, profile, state, password_state, \
         credential_version, questions_enrolled, is_operator, created_at, version) \
         SELECT {id}, 'stranger' || n || '@example.com', 'stranger' || n || '@example.com', FALSE, '{{}}', 'invited', \
         'sound', 0, FALSE, FALSE, 0, 0 FROM ({numbers}) AS numbers"
    )
}

async fn measure(what: &str, database: TestDatabase, strangers: String) {
    database.execute(&strangers).await;
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
    let measured = format!(
        "{what}: dry run {:.1} s; {:.0} rows/s over {ROWS}; first thousand {:.0} rows/s, last {:.0} rows/s",
        judged.as_secs_f64(),
        per_second(10_000.0, all),
        per_second(1000.0, thousands[0]),
        per_second(1000.0, thousands[9]),
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
    measure("SQLite", TestDatabase::sqlite().await, strangers(&numbers, "randomblob(16)")).await;
}

#[tokio::test]
#[ignore = "measures; takes minutes"]
async fn ten_thousand_rows_beside_a_million_accounts_on_postgres() {
    let numbers = format!("SELECT generate_series(1, {ACCOUNTS}) AS n");
    measure("PostgreSQL", TestDatabase::postgres().await, strangers(&numbers, "gen_random_uuid()")).await;
}
