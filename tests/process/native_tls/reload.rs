//! A certificate is replaced while the server runs: whole or not at all, without a restart and without a lost request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::task::JoinSet;

use super::Secured;
use crate::support::authority::{Until, Wish};
use crate::support::process::{Running, eventually};

async fn until_said(server: &Running, what: &str) {
    eventually(what, async || server.said().contains(what).then_some(())).await;
}

async fn until_another_than(secured: &Secured, before: &[u8]) -> Vec<u8> {
    eventually("the new certificate", async || Some(secured.shown().await).filter(|shown| shown != before))
        .await
}

/// New connections see the new certificate, those that stand go on, and nobody notices.
#[tokio::test]
async fn a_renewed_pair_is_taken_under_load_without_a_restart_or_a_lost_request() {
    let secured = Secured::new();
    let server = secured.serve().await;
    let first = secured.shown().await;
    let (over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut load = JoinSet::new();
    // Two with a connection for each request, one on a connection that stands all the time.
    for kept in [0, 0, 1] {
        let (http, address) = (secured.http_keeping(kept), format!("{}/jwks", secured.issuer()));
        let (over, answered) = (Arc::clone(&over), Arc::clone(&answered));
        load.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                let answer = http.get(&address).send().await.expect("no request is lost");
                assert_eq!(answer.status(), 200);
                answer.bytes().await.expect("a whole answer");
                answered.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    secured.put(&secured.authority.issue(Wish::LOCALHOST));
    let second = until_another_than(&secured, &first).await;
    secured.put(&secured.authority.issue(Wish::LOCALHOST));
    until_another_than(&secured, &second).await;
    over.store(true, Ordering::Relaxed);
    while let Some(ended) = load.join_next().await {
        ended.expect("no request is lost");
    }
    assert!(answered.load(Ordering::Relaxed) > 20, "{answered:?}");
    server.stop().await;
}

/// As other servers are told: SIGHUP reads the pair now, and ends nothing.
#[tokio::test]
async fn sighup_looks_at_the_files_and_ends_nobody() {
    let secured = Secured::new();
    let server = secured.serve().await;
    let first = secured.shown().await;
    secured.put(&secured.authority.issue(Wish::LOCALHOST));
    server.hang_up();
    until_said(&server, "SIGHUP: looking at the certificate and key of server.tls now").await;
    until_another_than(&secured, &first).await;
    let told = "speaking TLS with the certificate of server.tls";
    eventually("both pairs", async || (server.said().matches(told).count() == 2).then_some(())).await;
    server.stop().await;
}

/// Whatever lies there meanwhile, the pair of before is shown; why, the operator reads once; of the key, nothing.
#[tokio::test]
async fn a_half_written_or_worse_pair_changes_nothing_and_is_told() {
    let secured = Secured::new();
    let mut server = secured.serve().await;
    let good = secured.shown().await;
    let renewed = secured.authority.issue(Wish::LOCALHOST);
    let over = secured.authority.issue(Wish { until: Until::At("20200201000000Z"), ..Wish::LOCALHOST });
    let other = secured.authority.issue(Wish { names: "DNS:id.example.org", ..Wish::LOCALHOST });
    let cut = &renewed.chain()[..renewed.chain().len() - 40];
    for (certificate, key, told) in [
        (renewed.chain().as_str(), over.key.as_str(), "server.tls.key: does not fit the first certificate"),
        (cut, &renewed.key, "server.tls.certificate: is damaged, or not written to its end"),
        (&renewed.chain(), &renewed.key[..100], "server.tls.key: holds no private key in PEM format"),
        ("", &renewed.key, "server.tls.certificate: holds no certificate"),
        (&over.chain(), &over.key, "is worse than the one in use: server.tls.certificate: is over since"),
        (
            &other.chain(),
            &other.key,
            "server.tls.certificate: is not for localhost, the issuer's host, but for id.example.org",
        ),
    ] {
        secured.put_texts(certificate, key);
        until_said(&server, told).await;
        assert_eq!(server.said().matches(told).count(), 1, "{}", server.said());
        assert!(secured.shown().await == good, "after: {told}");
    }
    std::fs::remove_file(secured.rig.path("privkey.pem")).expect("it was there");
    until_said(&server, "privkey.pem cannot be read").await;
    assert!(secured.shown().await == good);

    secured.put(&renewed);
    until_another_than(&secured, &good).await;
    let said = server.said();
    for key in [&renewed.key, &over.key, &other.key] {
        let secret = key.lines().nth(1).expect("base64");
        assert!(!said.contains(&secret[..20]), "{said}");
    }
    server.until("told", async || true).await;
    server.stop().await;
}

/// An expired pair is better than a server that does not start: a renewed one takes its place without a restart.
#[tokio::test]
async fn a_server_with_an_expired_certificate_says_so_and_takes_a_renewed_one() {
    let secured = Secured::new();
    secured.put(&secured.authority.issue(Wish { until: Until::At("20200201000000Z"), ..Wish::LOCALHOST }));
    let mut server = secured.rig.start();
    let told = "browsers and clients will not take this certificate";
    let teller = server.teller();
    server
        .until("told", async || teller().contains(told) && teller().contains("is over since 2020-02-01"))
        .await;
    secured.put(&secured.authority.issue(Wish::LOCALHOST));
    let (http, jwks) = (secured.http(), format!("{}/jwks", secured.issuer()));
    server.until("ready", async || http.get(&jwks).send().await.is_ok()).await;
    server.stop().await;
}

/// In time: in the log, and as a metric for whoever watches a hundred nodes.
#[tokio::test]
async fn the_end_of_a_certificate_is_told_in_the_log_and_as_a_metric() {
    let secured = Secured::new();
    secured.put(&secured.authority.issue(Wish { until: Until::Days(10), ..Wish::LOCALHOST }));
    let server = secured.serve().await;
    until_said(&server, "the certificate of server.tls ends soon; renew it").await;
    let metrics =
        secured.http().get(format!("{}/metrics", secured.issuer())).send().await.expect("an answer");
    let metrics = metrics.text().await.expect("metrics");
    let name = "\nidp_tls_certificate_expiration_timestamp_seconds ";
    let value = metrics.split_once(name).expect("the metric").1.lines().next().expect("a value");
    let ends: f64 = value.parse().expect("a number");
    let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs_f64();
    let days = (ends - now) / 86_400.0;
    assert!((9.0..=10.0).contains(&days), "{days}");
    server.stop().await;
}
