//! `idp config check` reads the pair as a browser will, before anybody else does.

use super::Secured;
use crate::support::authority::{Until, Wish};

#[test]
fn a_pair_that_cannot_work_is_refused_by_check_and_serve_with_what_to_do() {
    let secured = Secured::new();
    let good = secured.authority.issue(Wish::LOCALHOST);
    let another = secured.authority.issue(Wish::LOCALHOST);
    let encrypted = good.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let turned = format!("{}{}", good.intermediate, good.own);
    let damaged = good.own.replacen("MII", "AAA", 1);
    for (certificate, key, told) in [
        (good.chain().as_str(), another.key.as_str(), "server.tls.key: does not fit the first certificate"),
        (&turned, &good.key, "does another certificate stand before it?"),
        (&good.chain(), &encrypted, "server.tls.key: is encrypted"),
        (&good.chain(), "", "server.tls.key: holds no private key"),
        (&good.key, &good.key, "server.tls.certificate: holds no certificate"),
        (&damaged, &good.key, "server.tls.certificate: its certificate 1 cannot be used"),
    ] {
        secured.put_texts(certificate, key);
        for command in [&["config", "check"][..], &["serve"]] {
            let complaint = secured.rig.run(command).complaint(2);
            assert!(complaint.contains(told), "{told} in {complaint}");
            assert_eq!(complaint.lines().filter(|line| line.starts_with("idp: ")).count(), 1, "{complaint}");
        }
    }
    secured.put_texts(&good.chain()[..good.chain().len() - 40], &good.key);
    let complaint = secured.check().complaint(2);
    assert!(complaint.contains("to its end: the line -----END CERTIFICATE----- is missing"), "{complaint}");
    std::fs::remove_file(secured.rig.path("fullchain.pem")).expect("it was there");
    std::fs::remove_file(secured.rig.path("privkey.pem")).expect("it was there");
    let complaint = secured.check().complaint(2);
    assert!(
        complaint.contains("server.tls.certificate: ") && complaint.contains("fullchain.pem cannot be read"),
        "{complaint}"
    );
    let of_key = complaint.contains("server.tls.key: ") && complaint.contains("privkey.pem cannot be read");
    assert!(of_key, "one does not hide the other: {complaint}");
}

#[test]
fn a_pair_that_clients_will_not_take_is_refused_by_check() {
    let secured = Secured::new();
    let over = Wish { until: Until::At("20200201000000Z"), ..Wish::LOCALHOST };
    let ahead = Wish { from: "20980101000000Z", until: Until::At("20990101000000Z"), ..Wish::LOCALHOST };
    let other = Wish { names: "DNS:login.example.org,DNS:*.example.org", ..Wish::LOCALHOST };
    for (wish, told) in [
        (over, "is over since 2020-02-01T00:00:00.000Z; put a renewed one in its place"),
        (ahead, "is valid from 2098-01-01T00:00:00.000Z on, not yet"),
        (other, "is not for localhost, the issuer's host, but for login.example.org, *.example.org"),
    ] {
        secured.put(&secured.authority.issue(wish));
        let complaint = secured.check().complaint(2);
        assert!(complaint.contains(&format!("server.tls.certificate: {told}")), "{told} in {complaint}");
    }

    let stranger = Secured::new();
    let (own, foreign) =
        (secured.authority.issue(Wish::LOCALHOST), stranger.authority.issue(Wish::LOCALHOST));
    // The same name, another key: only the signature tells them apart.
    secured.put_texts(&format!("{}{}", own.own, foreign.intermediate), &own.key);
    let complaint = secured.check().complaint(2);
    assert!(complaint.contains("server.tls.certificate: its chain does not hold"), "{complaint}");
    secured.put_texts(&format!("{}{}{}", own.own, own.own, own.intermediate), &own.key);
    let complaint = secured.check().complaint(2);
    assert!(complaint.contains("its certificate 2 did not issue the one before it"), "{complaint}");
}

#[test]
fn a_good_pair_is_told_with_its_end() {
    let mut secured = Secured::new();
    let verdict = secured.check().answer();
    assert!(verdict.contains("ephemeral state in memory, TLS with a certificate until 20"), "{verdict}");
    secured.put(&secured.authority.issue(Wish { until: Until::Days(3), ..Wish::LOCALHOST }));
    let verdict = secured.check().answer();
    assert!(verdict.contains(", TLS with a certificate that ends in 2 days (20"), "{verdict}");
    secured.put(&secured.authority.issue(Wish { until: Until::Days(2), ..Wish::LOCALHOST }));
    let verdict = secured.check().answer();
    assert!(verdict.contains(", TLS with a certificate that ends in 1 day (20"), "{verdict}");
    // Alone, without those that certify it: an authority of the company's own may issue directly.
    let issued = secured.authority.issue(Wish::LOCALHOST);
    secured.put_texts(&issued.own, &issued.key);
    secured.check().answer();
    // Behind a proxy that speaks TLS to us, people see the proxy's certificate.
    secured.put(&secured.authority.issue(Wish { names: "DNS:node-1.internal", ..Wish::LOCALHOST }));
    secured.rig.set("server.trusted_proxies", vec!["10.0.0.0/8"]);
    secured.check().answer();
}
