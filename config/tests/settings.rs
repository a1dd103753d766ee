//! The settings as an operator meets them: files, variables, mistakes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time;

use chrono::Duration;
use idp_config::{
    ConfigError, DEFAULTS, DatabaseKind, Ephemeral, Mode, Settings, SmtpTls, Transport, load, reference,
    reference_table,
};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Loads a file with this content, and these variables.
fn load_text(content: &str, variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("idp.toml");
    std::fs::write(&path, content).unwrap();
    load(Some(&path), owned(variables))
}

fn owned(variables: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect::<Vec<_>>()
        .into_iter()
}

/// A development configuration with this content in it.
fn development(content: &str) -> Result<Settings, ConfigError> {
    load_text(&format!("mode = \"development\"\n{content}"), &[])
}

/// The message about this key.
fn message(outcome: Result<Settings, ConfigError>, key: &str) -> String {
    let error = outcome.expect_err("accepted");
    let problem = error.problems.iter().find(|problem| problem.key == key);
    problem.unwrap_or_else(|| panic!("nothing about {key}: {error}")).message.clone()
}

fn keys(error: &ConfigError) -> Vec<&str> {
    error.problems.iter().map(|problem| problem.key.as_str()).collect()
}

/// The dotted keys of all values in a table.
fn leaves(prefix: &str, table: &toml::Table) -> BTreeSet<String> {
    let one = |(key, value): (&String, &toml::Value)| match value {
        toml::Value::Table(inner) => leaves(&format!("{prefix}{key}."), inner),
        _ => BTreeSet::from([format!("{prefix}{key}")]),
    };
    table.iter().flat_map(one).collect()
}

#[test]
fn the_defaults_are_complete_and_good_for_development() {
    let settings =
        load(None, owned(&[("IDP__MODE", "development"), ("HOME", "/"), ("IDP_MODE", "x")])).unwrap();
    assert_eq!(settings.issuer.issuer, "http://127.0.0.1:8080");
    assert!(!settings.issuer.is_https());
    assert_eq!(settings.database.url.expose(), "sqlite://idp.db");
    assert!(matches!(settings.ephemeral, Ephemeral::Memory));
    assert!(settings.keys.master.is_none() && settings.password.pepper.is_none());
    assert_eq!(settings.server.metrics_listen, None);
    assert_eq!(settings.links.activation, Duration::hours(72));
    assert_eq!(settings.server.request_timeout, time::Duration::from_secs(30));
    assert!(matches!(settings.mail.transport, Transport::Folder(ref folder) if folder == Path::new("mail")));
}

#[test]
fn every_setting_stands_in_the_defaults_with_a_comment() {
    let shown = development("").unwrap().show();
    let known = leaves("", &shown.parse().unwrap());
    let entries = reference();
    assert_eq!(entries.iter().map(|entry| entry.key.clone()).collect::<BTreeSet<_>>(), known);
    assert_eq!(entries.len(), known.len(), "a setting stands there twice");
    for entry in entries {
        assert!(
            entry.comment.len() > 15 && entry.comment.ends_with('.'),
            "{}: {:?}",
            entry.key,
            entry.comment
        );
    }
    assert_eq!(leaves("", &DEFAULTS.parse().unwrap()), known);
}

#[test]
fn the_readme_has_the_table_of_all_settings() {
    let readme = include_str!("../README.md");
    let table = reference_table();
    assert!(readme.contains(&table), "put this into config/README.md:\n{table}");
}

#[test]
fn what_is_shown_can_be_loaded_and_shows_the_same() {
    let shown = development("[session]\nidle = \"45 min\"\n[server]\ntrusted_proxies = [\"10.0.0.0/8\"]")
        .unwrap()
        .show();
    assert!(shown.contains("idle = \"45 min\""), "{shown}");
    assert_eq!(load_text(&shown, &[]).unwrap().show(), shown);
}

#[test]
fn production_says_what_it_needs_all_at_once() {
    let error = load(None, owned(&[])).unwrap_err();
    let needed =
        ["keys.master", "mail.transport", "mail.from_address", "branding.operator_name", "issuer.url"];
    assert_eq!(keys(&error), needed, "{error}");
    let shown = error.to_string();
    assert!(
        shown.starts_with("the configuration has 5 problems:\n  keys.master: production needs"),
        "{shown}"
    );
}

#[test]
fn the_development_sample_loads() {
    let settings = load(Some(&beside("development.toml")), owned(&[])).unwrap();
    assert_eq!(settings.mode, Mode::Development);
}

#[test]
fn the_production_sample_loads_with_its_secrets_in_files() {
    let folder = tempfile::tempdir().unwrap();
    for (file, content) in [
        ("database_url", "postgres://idp:pg-s3cret@db.example.org/idp?sslmode=verify-full\n"),
        ("redis_url", "rediss://:redis-s3cret@redis.example.org/0\n"),
        ("master_2026-11", &format!("{KEY}\n")),
        ("pepper_2026-11", &format!("{KEY}\n")),
        ("smtp_password", "smtp-s3cret\n"),
    ] {
        std::fs::write(folder.path().join(file), content).unwrap();
    }
    let sample = std::fs::read_to_string(beside("production.example.toml")).unwrap();
    let settings =
        load_text(&sample.replace("/etc/idp/secrets", folder.path().to_str().unwrap()), &[]).unwrap();
    assert!(settings.issuer.is_https());
    assert_eq!(settings.database.kind, DatabaseKind::Postgres);
    assert!(settings.database.url.expose().ends_with("sslmode=verify-full"));
    assert!(matches!(settings.ephemeral, Ephemeral::Redis { .. }));
    let master = settings.keys.master.as_ref().unwrap();
    assert_eq!(
        (master.active.id.as_str(), master.active.key.expose()[31], master.older.len()),
        ("2026-11", 31, 0)
    );
    let Transport::Smtp(smtp) = &settings.mail.transport else { panic!("not SMTP") };
    assert_eq!(
        (smtp.tls, smtp.credentials.as_ref().unwrap().password.expose().as_str()),
        (SmtpTls::StartTls, "smtp-s3cret")
    );
    for shown in [settings.show(), format!("{settings:?}")] {
        assert!(!shown.contains("s3cret") && !shown.contains(KEY), "{shown}");
    }
}

#[test]
fn a_secret_written_in_the_settings_is_hidden_everywhere() {
    let settings = development(&format!(
        "[database]\nurl = \"postgres://idp:s3cret@db/idp\"\n[[keys.master]]\nid = \"a\"\nsecret = \"{KEY}\"\n\
         [mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"mx\"\nusername = \"u\"\npassword = \"s3cret\"\n"
    ))
    .unwrap();
    let shown = settings.show();
    assert!(shown.contains("url = \"postgres://idp:(hidden)@db/idp\""), "{shown}");
    assert!(shown.contains("password = \"(hidden)\"") && shown.contains("secret = \"(hidden)\""), "{shown}");
    for text in [shown, format!("{settings:?}"), format!("{settings:#?}")] {
        assert!(!text.contains("s3cret") && !text.contains(KEY), "{text}");
    }
}

#[test]
fn a_variable_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = "mode = \"development\"\n[session]\nidle = \"20 min\"\nabsolute = \"10 h\"\n";
    let settings =
        load_text(file, &[("IDP__SESSION__IDLE", "5 min"), ("IDP__SERVER__MAX_BODY", "2048")]).unwrap();
    assert_eq!(settings.session.idle, Duration::minutes(5));
    assert_eq!(settings.session.absolute, Duration::hours(10));
    assert_eq!(settings.session.remember_idle, Duration::days(7));
    assert_eq!(settings.server.max_body, 2048);
}

#[test]
fn variables_can_hold_lists_and_texts_that_look_like_numbers() {
    let master = format!(r#"[{{id="new", secret="{KEY}"}}, {{id="old", secret="{KEY}"}}]"#);
    let settings = load_text(
        "mode = \"development\"\n[mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"mx\"\nusername = \"u\"\n",
        &[
            ("IDP__KEYS__MASTER", &master),
            ("IDP__SERVER__TRUSTED_PROXIES", r#"["10.0.0.0/8", "::1"]"#),
            ("IDP__MAIL__SMTP__PASSWORD", "0123"),
            ("IDP__BRANDING__OPERATOR_NAME", "true"),
        ],
    )
    .unwrap();
    let chain = settings.keys.master.unwrap();
    assert_eq!((chain.active.id.as_str(), chain.older[0].id.as_str()), ("new", "old"));
    assert_eq!(settings.server.trusted_proxies.len(), 2);
    let Transport::Smtp(smtp) = settings.mail.transport else { panic!("not SMTP") };
    assert_eq!(smtp.credentials.unwrap().password.expose(), "0123");
    assert_eq!(settings.branding.operator_name, "true");
}

#[test]
fn an_unknown_key_is_named_with_the_one_that_was_meant() {
    let error = development(
        "colour = \"red\"\n[sesion]\nidle = \"1 h\"\n[server]\nlisten_on = \"x\"\nretry_cap = \"1 h\"",
    )
    .unwrap_err();
    let meant = ["session?", "server.listen?", "mail.retry_cap?"];
    for (key, meant) in ["sesion", "server.listen_on", "server.retry_cap"].into_iter().zip(meant) {
        assert_eq!(message(Err(error.clone()), key), format!("is not a setting; did you mean {meant}"));
    }
    assert_eq!(message(Err(error.clone()), "colour"), "is not a setting; remove it");
    assert_eq!(error.problems.len(), 4, "{error}");
    let variable = load_text("mode = \"development\"", &[("IDP__SERVER__LISTNE", "x")]);
    assert_eq!(
        message(variable, "server.listne"),
        "is not a setting; did you mean server.listen? (set by IDP__SERVER__LISTNE)"
    );
    let in_list = development(&format!("[[keys.master]]\nid = \"a\"\nsecret = \"{KEY}\"\nfile = \"x\""));
    assert!(message(in_list, "keys.master[0].file").contains("is not a setting"));
}

#[test]
fn problems_of_every_sort_are_reported_at_once() {
    let error = development(
        "[issuer]\nurl = \"http://login.example.org\"\n[server]\nmax_body = \"big\"\nlisten = \"8080\"\nport = 1\n\
         [session]\nidle = 3600\nabsolute = \"1 week\"\n[tokens]\nauthorization_code = \"1 h\"\nrefresh_idle = \"13 h\"\n\
         [mail]\ntransport = \"pigeon\"\nmax_attempts = -1\nfrom_address = \"nobody\"\n[throttle]\nnetwork_failures_per_minute = 0\n\
         [database]\nurl = \"mysql://db\"\n[recovery]\nquestions = 1\n[log]\nlevel = \"loud\"\n[branding]\nproduct_name = \"\"\n",
    )
    .unwrap_err();
    let found: BTreeSet<_> = keys(&error).into_iter().collect();
    let wrong = BTreeSet::from([
        "issuer.url",
        "server.max_body",
        "server.listen",
        "server.port",
        "session.idle",
        "session.absolute",
        "tokens.authorization_code",
        "tokens.refresh_idle",
        "mail.transport",
        "mail.max_attempts",
        "mail.from_address",
        "throttle.network_failures_per_minute",
        "database.url",
        "recovery.questions",
        "log.level",
        "branding.product_name",
    ]);
    assert_eq!(found, wrong, "{error}");
    let text = error.to_string();
    for line in [
        "server.max_body: found a text; write a whole number, 0 or more",
        "session.idle: found a whole number; write a duration such as \"60 s\", \"10 min\", \"72 h\" or \"30 d\"",
        "mail.transport: \"pigeon\" is unknown here; write \"folder\" or \"smtp\"",
        "mail.max_attempts: found a negative number; write a whole number from 0 to 4294967295",
        "tokens.authorization_code: 1 h is out of range; write 10 s to 10 min",
        "tokens.refresh_idle: 13 h does not fit tokens.refresh_absolute; write at most 12 h, or change tokens.refresh_absolute",
        "recovery.questions: found a whole number; write a text in quotes",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
}

#[test]
fn a_secret_and_its_file_are_never_both_written() {
    let error = development(
        "[database]\nurl = \"sqlite://a.db\"\nurl_file = \"f\"\n[[keys.master]]\nid = \"a\"\nsecret = \"s3cret\"\nsecret_file = \"f\"\n\
         [mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"mx\"\nusername = \"u\"\npassword = \"s3cret\"\npassword_file = \"f\"",
    )
    .unwrap_err();
    assert_eq!(keys(&error), ["database.url", "keys.master[0].secret", "mail.smtp.password"], "{error}");
    let both = "database.url and database.url_file are both written; keep one of them";
    assert_eq!(message(Err(error.clone()), "database.url"), both);
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[test]
fn a_url_file_takes_the_place_of_the_default_url() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    std::fs::write(&path, "sqlite://other.db\n").unwrap();
    let variables = [("IDP__MODE", "development"), ("IDP__DATABASE__URL_FILE", path.to_str().unwrap())];
    assert_eq!(load(None, owned(&variables)).unwrap().database.url.expose(), "sqlite://other.db");
}

#[test]
fn bad_secrets_are_reported_and_not_repeated() {
    let error = development(
        "[[keys.master]]\nid = \"a\"\nsecret = \"s3cret\"\n[[keys.master]]\nid = \"a\"\nsecret_file = \"/nowhere/s\"\n\
         [[keys.master]]\nid = \"two words\"\n[[password.pepper]]\nid = \"p\"\n[ephemeral]\nurl = \"s3cret\"",
    )
    .unwrap_err();
    let expected = [
        "keys.master[0].secret",
        "keys.master[1].id",
        "keys.master[1].secret_file",
        "keys.master[2].id",
        "password.pepper[0].secret",
        "ephemeral.url",
    ];
    assert_eq!(keys(&error).into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(expected), "{error}");
    assert!(!error.to_string().contains("s3cret"), "{error}");
    let wrong_type = development("[keys]\nmaster = \"s3cret\"").unwrap_err().to_string();
    assert!(
        wrong_type.contains("keys.master: found a text; write a list") && !wrong_type.contains("s3cret"),
        "{wrong_type}"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_the_only_problem() {
    let missing = load(Some(Path::new("/nowhere/idp.toml")), owned(&[]));
    assert!(message(missing, "--config").starts_with("/nowhere/idp.toml cannot be read: "));
    let error = load_text("mode = \"development\"\n\n[mail.smtp]\npassword = \"s3cret\n", &[]).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("is not TOML, see line 4") && !text.contains("s3cret"), "{text}");
    assert_eq!(error.problems.len(), 1);
}

/// Rule L5: clients compare the issuer byte for byte, so it has one spelling and stays as written.
#[test]
fn the_issuer_stays_as_written_and_has_one_spelling() {
    for url in [
        "https://id.example.org",
        "https://id.example.org/",
        "https://id.example.org/a",
        "https://id.example.org:8443/a/",
    ] {
        let settings = development(&format!("[issuer]\nurl = \"{url}\"")).unwrap();
        assert_eq!(settings.issuer.issuer, url);
    }
    for (url, hint) in [
        ("login", "not an absolute URL"),
        ("ftp://id.example.org", "not an absolute URL"),
        ("mailto:a@example.org", "not an absolute URL"),
        ("https://id.example.org/?a=b", "query"),
        ("https://id.example.org/#top", "fragment"),
        ("https://me@id.example.org", "user name"),
        ("https://ID.example.org", "write \"https://id.example.org/\""),
        ("https://id.example.org:443", "write \"https://id.example.org/\""),
        (" https://id.example.org", "write \"https://id.example.org/\""),
        ("http://id.example.org", "not loopback"),
        ("http://127.0.0.1.example.org", "not loopback"),
    ] {
        let message = message(development(&format!("[issuer]\nurl = \"{url}\"")), "issuer.url");
        assert!(message.contains(hint), "{url}: {message}");
    }
    for url in ["http://localhost:1", "http://127.0.0.1:8080", "http://[::1]:8080"] {
        assert!(development(&format!("[issuer]\nurl = \"{url}\"")).is_ok(), "{url}");
        assert!(
            message(load_text(&format!("[issuer]\nurl = \"{url}\""), &[]), "issuer.url").contains("https")
        );
    }
}

#[test]
fn a_mail_server_with_a_certificate_of_its_own_is_trusted_when_its_file_is_named() {
    let smtp = |more: &str| {
        let settings =
            development(&format!("[mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"mx\"\n{more}"));
        let Transport::Smtp(smtp) = settings.unwrap().mail.transport else { panic!("not SMTP") };
        smtp.extra_roots
    };
    assert_eq!(smtp(""), None);
    let named = smtp("extra_roots = \"/etc/idp/mail-ca.pem\"");
    assert_eq!(named.as_deref(), Some(Path::new("/etc/idp/mail-ca.pem")));
}

/// `protocol.md`, "PAR, DPoP, FAPI 2.0": TLS, when the product terminates it itself.
#[test]
fn tls_takes_a_certificate_and_its_key_and_an_https_issuer() {
    assert_eq!(development("").unwrap().server.tls(), None);
    let with = |tls: &str, url: &str| development(&format!("[issuer]\nurl = \"{url}\"\n[server.tls]\n{tls}"));
    let (issuer, both) = ("https://id.example.org", "certificate = \"fullchain.pem\"\nkey = \"privkey.pem\"");
    let server = with(both, issuer).unwrap().server;
    let paths = server.tls().unwrap();
    assert_eq!((paths.certificate, paths.key), (Path::new("fullchain.pem"), Path::new("privkey.pem")));
    for (alone, missing) in
        [("certificate = \"a\"", "server.tls.key"), ("key = \"a\"", "server.tls.certificate")]
    {
        assert!(message(with(alone, issuer), missing).starts_with("is missing; write it beside the"));
    }
    let clear = message(with(both, "http://127.0.0.1:8080"), "issuer.url");
    assert!(clear.contains("this node speaks https alone"), "{clear}");
}

/// `protocol.md`, "Dynamic registration": an intranet and a test rig are let in by name, in production too.
#[test]
fn outbound_calls_trust_and_reach_what_is_named_and_nothing_more() {
    let outbound = development("").unwrap().outbound;
    assert_eq!((outbound.timeout, outbound.max_body), (time::Duration::from_secs(5), 262_144));
    assert!(outbound.extra_roots.is_none() && outbound.allowed_private_hosts.is_empty());

    let file = "[outbound]\nextra_roots = \"/etc/idp/intranet-ca.pem\"\nallowed_private_hosts = [\"Portal.intranet\"]";
    let settings = development(file).unwrap();
    assert!(settings.show().contains("allowed_private_hosts = [\"portal.intranet\"]"), "{}", settings.show());
    let outbound = settings.outbound;
    assert_eq!(outbound.extra_roots.as_deref(), Some(Path::new("/etc/idp/intranet-ca.pem")));
    assert!(outbound.allowed_private_hosts[0].is_at(&"http://portal.intranet:8080/jwks".parse().unwrap()));
    assert!(!outbound.allowed_private_hosts[0].is_at(&"https://intranet/jwks".parse().unwrap()));

    let wrong =
        development("[outbound]\nallowed_private_hosts = [\"portal.intranet\", \"https://10.0.0.1\"]");
    assert!(
        message(wrong, "outbound.allowed_private_hosts[1]")
            .contains("is not a host; write its name or address")
    );
}

/// Rule P7 holds in production; a test rig may hash cheaply.
#[test]
fn production_refuses_cheap_hashes_and_mail_without_tls() {
    let cheap = "[password.argon2]\nmemory_kib = 64\niterations = 1\n[mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"mx\"\ntls = \"none\"";
    assert!(development(cheap).is_ok());
    let error = load_text(cheap, &[]).unwrap_err();
    for key in ["password.argon2.memory_kib", "password.argon2.iterations", "mail.smtp.tls"] {
        assert!(keys(&error).contains(&key), "{key} is not in {error}");
    }
    let owasp = load_text("[password.argon2]\nmemory_kib = 47104\niterations = 1\n", &[]).unwrap_err();
    assert!(!owasp.to_string().contains("argon2"), "{owasp}");
    let loopback =
        load_text("[mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"127.0.0.1\"\ntls = \"none\"", &[])
            .unwrap_err();
    assert!(!keys(&loopback).contains(&"mail.smtp.tls"), "{loopback}");
}

/// Rules L2, Q8, Q9 and section 4; NIST SP 800-63B-4 caps a mailed recovery code at 24 hours and failures in a row at 100.
#[test]
fn what_protects_an_account_can_be_loosened_only_so_far() {
    for (content, key, range) in [
        ("[links]\npassword_reset = \"25 h\"", "links.password_reset", "5 min to 1 d"),
        ("[links]\nagency_reset = \"73 h\"", "links.agency_reset", "15 min to 3 d"),
        ("[links]\nemail_change = \"25 h\"", "links.email_change", "5 min to 1 d"),
        ("[session]\nfresh = \"16 min\"", "session.fresh", "1 min to 15 min"),
        ("[throttle]\npassword_ceiling = 101", "throttle.password_ceiling", "10 to 100"),
        ("[recovery]\ncode_tries = 11", "recovery.code_tries", "1 to 10"),
        ("[recovery]\nanswer_tries = 0", "recovery.answer_tries", "1 to 10"),
        ("[recovery]\nfailures_per_day = 21", "recovery.failures_per_day", "1 to 20"),
        ("[recovery]\npause = \"59 min\"", "recovery.pause", "1 h to 7 d"),
    ] {
        let error = development(content).expect_err(content);
        assert_eq!(keys(&error), [key], "{content}: {error}");
        assert!(message(Err(error), key).ends_with(&format!("is out of range; write {range}")), "{content}");
    }
}

/// Rules sections 5 and 6; RFC 8628 sections 5.1 and 5.2: a code that is short enough to be typed lives shortly.
#[test]
fn what_protects_the_device_grant_can_be_loosened_only_so_far() {
    for (content, key, range) in [
        ("code = \"31 min\"", "device.code", "1 min to 30 min"),
        ("interval = \"1 s\"", "device.interval", "2 s to 1 min"),
        ("fresh = \"61 min\"", "device.fresh", "1 min to 1 h"),
        ("absolute = \"25 h\"", "device.absolute", "1 h to 1 d"),
        ("idle = \"14 min\"", "device.idle", "15 min to 1 d"),
        ("tries_per_browser = 21", "device.tries_per_browser", "1 to 20"),
        ("tries_per_network_per_hour = 1001", "device.tries_per_network_per_hour", "1 to 1000"),
        ("alarm_per_hour = 0", "device.alarm_per_hour", "1 to 100000"),
        ("requests_per_network_per_minute = 0", "device.requests_per_network_per_minute", "1 to 100000"),
    ] {
        let error = development(&format!("[device]\n{content}")).expect_err(content);
        assert_eq!(keys(&error), [key], "{content}: {error}");
        assert!(message(Err(error), key).ends_with(&format!("is out of range; write {range}")), "{content}");
    }
    for content in ["offline_absolute = \"31 d\"", "offline_idle = \"59 min\""] {
        let error = development(&format!("[tokens]\n{content}")).expect_err(content);
        assert!(error.to_string().contains("is out of range; write 1 h to 30 d"), "{error}");
    }
}

/// A template of portal clients with these lines in it.
fn portal(lines: &str) -> String {
    let url = "https://{slug}.p.example/";
    format!("[portal]\nurl = {url:?}\ninitiate_login_uri = {url:?}\n{lines}")
}

#[test]
fn settings_that_contradict_one_another_are_refused() {
    for (content, key) in [
        ("[server]\nmetrics_listen = \"127.0.0.1:8080\"", "server.metrics_listen"),
        ("[session]\nremember_idle = \"30 d\"\nremember_absolute = \"7 d\"", "session.remember_idle"),
        ("[keys]\nrotate_after = \"1 d\"", "keys.announce_before"),
        ("[tokens]\naccess_token = \"30 min\"\nrefresh_idle = \"20 min\"", "tokens.access_token"),
        ("[tokens]\naccess_token = \"30 min\"\n[device]\nidle = \"30 min\"", "tokens.access_token"),
        ("[tokens]\noffline_idle = \"8 d\"\noffline_absolute = \"7 d\"", "tokens.offline_idle"),
        ("[device]\nidle = \"3 h\"\nabsolute = \"2 h\"", "device.idle"),
        ("[mail]\nlease = \"30 s\"", "mail.lease"),
        ("[mail]\nretry_first = \"10 min\"\nretry_cap = \"5 min\"", "mail.retry_first"),
        ("[mail]\nrate_per_second = 4", "bulk.mails_per_second"),
        ("[bulk]\nmails_per_second = 5", "bulk.mails_per_second"),
        ("[mail]\ntransport = \"smtp\"", "mail.smtp.host"),
        ("[backchannel]\nlease = \"10 s\"\n[outbound]\ntimeout = \"10 s\"", "backchannel.lease"),
        ("[backchannel]\nretry_first = \"1 h\"", "backchannel.retry_first"),
        ("[mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"mx\"\nusername = \"u\"", "mail.smtp.password"),
        ("[mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"mx\"\npassword = \"u\"", "mail.smtp.username"),
        ("[password]\nmax_length = 512", "password.max_bytes"),
        ("[links]\nresend_per_minute = 6", "links.resend_per_hour"),
        ("[links]\nresend_per_hour = 11", "links.resend_per_day"),
        ("[throttle]\nnetwork_failures_per_hour = 10", "throttle.network_failures_per_hour"),
        ("[throttle]\npassword_first = \"1 h\"", "throttle.password_first"),
        ("[throttle]\npassword_free = 10\npassword_ceiling = 10", "throttle.password_free"),
        ("[recovery]\nfailures_per_day = 4", "recovery.answer_tries"),
        ("[portal]\njwks_uri = \"https://portal.example/jwks\"", "portal.url"),
        (&portal("redirect_uris = []"), "portal.redirect_uris"),
        (&portal("redirect_uris = [\"https://*.example/\"]"), "portal.redirect_uris[0]"),
        (
            &portal("redirect_uris = [\"https://{slug}.p.example/\"]\njwks_uri = \"https://p.example\""),
            "portal.jwks_uri",
        ),
        (
            &portal("redirect_uris = [\"https://{slug}.p.example/\"]\nauth_method = \"private_key_jwt\""),
            "portal.jwks_uri",
        ),
    ] {
        let error = development(content).expect_err(content);
        assert_eq!(keys(&error), [key], "{content}: {error}");
    }
}

#[test]
fn a_section_and_its_setting_in_two_variables_contradict_one_another() {
    let variables =
        [("IDP__MODE", "development"), ("IDP__SESSION", "{idle=\"1 h\"}"), ("IDP__SESSION__IDLE", "2 h")];
    assert!(message(load(None, owned(&variables)), "IDP__SESSION__IDLE").contains("keep one of them"));
    let scalar = load(None, owned(&[("IDP__MODE", "development"), ("IDP__SESSION", "5")]));
    assert!(message(scalar, "session").starts_with("found a whole number; write a table of settings"));
}

fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Every mistake at once, in a list, too; each by where it stands in the file.
#[test]
fn every_bad_entry_of_a_list_is_reported_with_its_place() {
    let written = "[server]\ntrusted_proxies = [\"x\", \"10.0.0.0/8\", 3, \"y\"]\n\
                   [outbound]\nallowed_private_hosts = [\"*.a\", \"*.b\"]\n\
                   [[keys.master]]\nid = 1\nsecret = \"a\"\n[[keys.master]]\nid = \"a\"\nsecret = 2\n";
    let error = development(written).expect_err("accepted");
    let mut found = keys(&error);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "keys.master[0].id",
            "keys.master[1].secret",
            "outbound.allowed_private_hosts[0]",
            "outbound.allowed_private_hosts[1]",
            "server.trusted_proxies[0]",
            "server.trusted_proxies[2]",
            "server.trusted_proxies[3]",
        ],
        "{error}"
    );
}
