//! What a load balancer and a monitor are told.

use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::environment;
use crate::support::process::{PrivateRedis, eventually, free_port};
use crate::support::rig::{Rig, http};

async fn health(rig: &Rig, which: &str) -> (u16, Value) {
    let answer = http().get(format!("{}/health/{which}", rig.address())).send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.expect("JSON"))
}

async fn turns(rig: &Rig, status: u16) -> Value {
    eventually(&format!("ready to answer {status}"), async || {
        Some(health(rig, "ready").await).filter(|(found, _)| *found == status)
    })
    .await
    .1
}

#[tokio::test]
async fn a_node_whose_redis_is_gone_is_alive_and_not_ready_until_redis_is_back() {
    let mut redis = PrivateRedis::start().await;
    let mut rig = Rig::new();
    rig.set("ephemeral.url", redis.url());
    let server = rig.serve().await;
    let fine = json!({"status": "ok", "database": "ok", "ephemeral": "ok"});
    assert_eq!(health(&rig, "ready").await, (200, fine.clone()));

    redis.kill();
    let sick = turns(&rig, 503).await;
    assert_eq!(sick, json!({"status": "unavailable", "database": "ok", "ephemeral": "unavailable"}));
    assert_eq!(health(&rig, "live").await, (200, json!({"status": "ok"})));

    redis.start_again().await;
    assert_eq!(turns(&rig, 200).await, fine);
    server.stop().await;
}

#[tokio::test]
async fn a_node_whose_database_is_gone_is_alive_and_not_ready() {
    let database = TestDatabase::postgres().await;
    let elsewhere = TestDatabase::postgres().await;
    let mut rig = Rig::new();
    rig.use_database(&database);
    rig.set("ephemeral.url", environment::redis_url());
    let server = rig.serve().await;
    let name = database.url().rsplit('/').next().expect("a name");
    elsewhere.execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
    let sick = turns(&rig, 503).await;
    assert_eq!(sick, json!({"status": "unavailable", "database": "unavailable", "ephemeral": "ok"}));
    assert_eq!(health(&rig, "live").await.0, 200);
    server.stop().await;
}

#[tokio::test]
async fn metrics_have_a_listener_of_their_own_when_asked() {
    let mut rig = Rig::new();
    let port = free_port();
    rig.set("server.metrics_listen", format!("127.0.0.1:{port}"));
    let server = rig.serve().await;
    let on_main = http().get(format!("{}/metrics", rig.address())).send().await.expect("an answer");
    assert_eq!(on_main.status(), 404);
    // Gauges appear with the first look at the outbox.
    eventually("the metrics", async || {
        let answer = http().get(format!("http://127.0.0.1:{port}/metrics")).send().await.ok()?;
        Some(answer.text().await.ok()?).filter(|text| text.contains("\nidp_queue_waiting{queue=\"mail\"} 0"))
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn development_shows_metrics_beside_everything_else() {
    let rig = Rig::new();
    let server = rig.serve().await;
    let answer = http().get(format!("{}/metrics", rig.address())).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let named = answer.headers()["content-type"].to_str().expect("ASCII").to_owned();
    assert!(named.starts_with("text/plain; version=0.0.4"), "{named}");
    server.stop().await;
}

#[tokio::test]
async fn production_shows_metrics_nowhere_unless_asked() {
    let rig = Rig::production();
    rig.run(&["migrate"]).answer();
    let server = rig.serve().await;
    let answer = http().get(format!("{}/metrics", rig.address())).send().await.expect("an answer");
    assert_eq!(answer.status(), 404);
    server.stop().await;
}
