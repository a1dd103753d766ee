#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use sea_orm::{ConnectionTrait as _, Statement};

use super::*;
use crate::connect::{self, DatabaseOptions};

const PATIENCE: Duration = Duration::from_secs(10);

/// A file with one table whose references are checked by `COMMIT`, and not before.
async fn opened() -> (tempfile::TempDir, DatabaseConnection, Writer) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("group.sqlite").display());
    let pools = connect::open(&DatabaseOptions { url, max_connections: 2 }).await.unwrap();
    let schema = "CREATE TABLE node (id INTEGER PRIMARY KEY, \
                  parent INTEGER REFERENCES node(id) DEFERRABLE INITIALLY DEFERRED)";
    pools.writer.execute_unprepared(schema).await.unwrap();
    let writer = Writer::start(pools.writer, PATIENCE);
    (folder, pools.reader, writer)
}

async fn insert(unit: &Unit, id: i64, parent: Option<i64>) {
    let values = [id.into(), parent.into()];
    let sql = "INSERT INTO node VALUES (?, ?)";
    let statement = Statement::from_sql_and_values(sea_orm::DbBackend::Sqlite, sql, values);
    unit.transaction().execute_raw(statement).await.unwrap();
}

async fn stored(reader: &DatabaseConnection) -> Vec<i64> {
    let sql = Statement::from_string(sea_orm::DbBackend::Sqlite, "SELECT id FROM node ORDER BY id");
    let rows = reader.query_all_raw(sql).await.unwrap();
    rows.iter().map(|row| row.try_get("", "id").unwrap()).collect()
}

/// Commits `first`, while a second unit that does `work` is already waiting: the two are one group.
async fn in_one_group(
    writer: &Writer,
    first: Unit,
    work: impl AsyncFnOnce(Unit) -> Result<()>,
) -> (Result<()>, Result<()>) {
    let second = async {
        let unit = writer.unit().await.unwrap();
        work(unit).await
    };
    let (second, first) = tokio::join!(second, first.commit());
    (first, second)
}

#[tokio::test]
async fn a_unit_is_acknowledged_with_its_group() {
    let (_folder, reader, writer) = opened().await;
    let first = writer.unit().await.unwrap();
    insert(&first, 1, None).await;
    let (first, second) = in_one_group(&writer, first, async |unit| {
        insert(&unit, 2, Some(1)).await;
        assert!(stored(&reader).await.is_empty(), "the first waits for the group");
        unit.commit().await
    })
    .await;
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    assert_eq!(stored(&reader).await, [1, 2]);
}

#[tokio::test]
async fn a_dropped_unit_rolls_back_alone() {
    let (_folder, reader, writer) = opened().await;
    let first = writer.unit().await.unwrap();
    insert(&first, 1, None).await;
    let (first, _) = in_one_group(&writer, first, async |unit| {
        insert(&unit, 2, None).await;
        drop(unit);
        Ok(())
    })
    .await;
    assert!(first.is_ok(), "{first:?}");
    assert_eq!(stored(&reader).await, [1]);

    let dropped = writer.unit().await.unwrap();
    insert(&dropped, 3, None).await;
    drop(dropped);
    let next = writer.unit().await.unwrap();
    insert(&next, 4, None).await;
    next.commit().await.unwrap();
    assert_eq!(stored(&reader).await, [1, 4], "also when it was the first of its group");
}

#[tokio::test]
async fn when_the_commit_fails_every_unit_of_the_group_is_told_and_the_next_group_is_sound() {
    let (_folder, reader, writer) = opened().await;
    let first = writer.unit().await.unwrap();
    insert(&first, 1, None).await;
    let (first, second) = in_one_group(&writer, first, async |unit| {
        insert(&unit, 2, Some(404)).await;
        unit.commit().await
    })
    .await;
    for told in [first, second] {
        let error = told.unwrap_err().to_string();
        assert!(error.contains("FOREIGN KEY"), "{error}");
    }
    assert!(stored(&reader).await.is_empty());

    let next = writer.unit().await.unwrap();
    insert(&next, 3, None).await;
    next.commit().await.unwrap();
    assert_eq!(stored(&reader).await, [3]);
}

/// SQLite gives up a whole transaction on a full disk; here a unit ends it behind the back of the group.
#[tokio::test]
async fn when_the_transaction_is_gone_every_unit_is_told_and_nothing_is_half_stored() {
    let (_folder, reader, writer) = opened().await;
    let first = writer.unit().await.unwrap();
    insert(&first, 1, None).await;
    let (first, second) = in_one_group(&writer, first, async |unit| {
        unit.transaction().execute_unprepared("ROLLBACK").await.unwrap();
        unit.commit().await
    })
    .await;
    assert!(first.is_err() && second.is_err(), "{first:?} {second:?}");
    assert!(stored(&reader).await.is_empty());

    let next = writer.unit().await.unwrap();
    insert(&next, 3, None).await;
    next.commit().await.unwrap();
    assert_eq!(stored(&reader).await, [3], "on a connection that is not stuck");
}

/// Units that roll back count too, or a stream of them would keep who committed before them waiting for ever.
#[tokio::test]
async fn a_group_ends_after_so_many_units_whatever_became_of_them() {
    let (_folder, reader, writer) = opened().await;
    let first = writer.unit().await.unwrap();
    insert(&first, 1, None).await;
    let mut giving_up = tokio::task::JoinSet::new();
    for _ in 0..GROUP_LIMIT + 10 {
        let (writer, reader) = (writer.clone(), reader.clone());
        giving_up.spawn(async move {
            let unit = writer.unit().await.unwrap();
            let committed = stored(&reader).await;
            drop(unit);
            !committed.is_empty()
        });
    }
    let (committed, first) = tokio::join!(giving_up.join_all(), first.commit());
    assert!(first.is_ok(), "{first:?}");
    assert_eq!(committed.iter().position(|seen| *seen), Some(GROUP_LIMIT - 1), "{committed:?}");
}

#[tokio::test]
async fn a_turn_that_does_not_come_in_time_is_overload() {
    let (_folder, _reader, mut writer) = opened().await;
    writer.patience = Duration::from_millis(10);
    let _holder = writer.unit().await.unwrap();
    let late = writer.unit().await;
    assert!(matches!(late, Err(StoreError::Busy(_))), "{late:?}");
}

#[tokio::test]
async fn who_asked_and_went_away_holds_nobody_up() {
    let (_folder, reader, writer) = opened().await;
    let holder = writer.unit().await.unwrap();
    let gone = tokio::time::timeout(Duration::from_millis(1), writer.unit()).await;
    assert!(gone.is_err(), "it still waited");
    insert(&holder, 1, None).await;
    holder.commit().await.unwrap();
    let next = writer.unit().await.unwrap();
    insert(&next, 2, None).await;
    next.commit().await.unwrap();
    assert_eq!(stored(&reader).await, [1, 2]);
}
