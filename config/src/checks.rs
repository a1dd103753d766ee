//! What settings must be in relation to one another and to the mode: the only place for such rules.
//! What a single one must be stands in its type, in `limits` and in `convert`.

mod portal;

use crate::address::is_loopback;
use crate::duration::{self, Span};
use crate::keyword::{Mode, SmtpTls, TransportKind};
use crate::layers::Layers;
use crate::problem::Problems;
use crate::raw::RawSettings;

pub(crate) fn check(raw: &RawSettings, layers: &Layers, problems: &mut Problems) {
    if raw.mode == Mode::Production {
        production(raw, layers, problems);
    }
    server(raw, problems);
    password(raw, problems);
    lifetimes(raw, problems);
    mail(raw, problems);
    backchannel(raw, problems);
    guesses(raw, problems);
    rates(raw, problems);
    names(raw, problems);
    portal::check(&raw.portal, problems);
}

/// What is only good for trying things out is refused where real people are.
fn production(raw: &RawSettings, layers: &Layers, problems: &mut Problems) {
    problems.ensure(!raw.keys.master.is_empty(), "keys.master", || {
        r#"production needs a master key; write [[keys.master]] with id = "2026-11" and secret_file = "PATH", made with `openssl rand -hex 32`"#.to_owned()
    });
    let folder = raw.mail.transport == TransportKind::Folder && !raw.mail.allow_folder_in_production;
    problems.ensure(!folder, "mail.transport", || {
        r#""folder" sends nothing; write "smtp", or allow_folder_in_production = true if something picks the files up"#.to_owned()
    });
    for key in ["mail.from_address", "branding.operator_name"] {
        problems.ensure(layers.is_written(key), key, || {
            "has only its sample value; production needs your own".to_owned()
        });
    }
    // Rule P7: m=19456 t=2, or m=47104 t=1, and more.
    let argon2 = raw.password.argon2;
    problems.ensure(argon2.memory_kib >= 19_456, "password.argon2.memory_kib", || {
        format!("{} is too cheap for production; write at least 19456", argon2.memory_kib)
    });
    problems.ensure(
        argon2.iterations >= 2 || argon2.memory_kib >= 47_104,
        "password.argon2.iterations",
        || "1 is too cheap for production; write at least 2, or memory_kib = 47104".to_owned(),
    );
    let unprotected = raw.mail.transport == TransportKind::Smtp && raw.mail.smtp.tls == SmtpTls::None;
    problems.ensure(!unprotected || is_loopback(&raw.mail.smtp.host), "mail.smtp.tls", || {
        r#""none" is for loopback hosts only; write "starttls" or "tls""#.to_owned()
    });
}

fn server(raw: &RawSettings, problems: &mut Problems) {
    let listen = raw.server.listen;
    let same = raw.server.metrics_listen == Some(listen) && listen.port() != 0;
    problems.ensure(!same, "server.metrics_listen", || {
        format!("is the same address as server.listen; write another port than {}", listen.port())
    });
    let tls = raw.server.tls_as_written();
    let (certificate, key) = (!tls.certificate.as_os_str().is_empty(), !tls.key.as_os_str().is_empty());
    problems.ensure(certificate || !key, "server.tls.certificate", || {
        "is missing; write it beside the key, or remove the key".to_owned()
    });
    problems.ensure(key || !certificate, "server.tls.key", || {
        "is missing; write it beside the certificate, or remove the certificate".to_owned()
    });
    problems.ensure(!certificate || !raw.issuer.url.starts_with("http:"), "issuer.url", || {
        "is http, but with server.tls.certificate this node speaks https alone; write https://…".to_owned()
    });
}

fn password(raw: &RawSettings, problems: &mut Problems) {
    let password = &raw.password;
    // Rule P2: the limit in code points has to be the one that is met first, whatever the script.
    problems.ensure(
        password.max_length.saturating_mul(4) <= password.max_bytes,
        "password.max_bytes",
        || {
            format!(
                "is too small for {} code points of four bytes; write at least {}",
                password.max_length,
                password.max_length.saturating_mul(4)
            )
        },
    );
    problems.ensure(
        raw.password.argon2.memory_kib / 8 >= raw.password.argon2.parallelism,
        "password.argon2.memory_kib",
        || {
            format!(
                "is less than 8 KiB a lane; write at least {}",
                raw.password.argon2.parallelism.saturating_mul(8)
            )
        },
    );
}

fn lifetimes(raw: &RawSettings, problems: &mut Problems) {
    let RawSettings { keys, session, tokens, device, .. } = raw;
    let mut at_most = |key, value, cap_key, cap| at_most(problems, (key, value), (cap_key, cap));
    at_most("session.idle", session.idle, "session.absolute", session.absolute);
    at_most(
        "session.remember_idle",
        session.remember_idle,
        "session.remember_absolute",
        session.remember_absolute,
    );
    at_most("tokens.refresh_idle", tokens.refresh_idle, "tokens.refresh_absolute", tokens.refresh_absolute);
    at_most("tokens.offline_idle", tokens.offline_idle, "tokens.offline_absolute", tokens.offline_absolute);
    at_most("device.idle", device.idle, "device.absolute", device.absolute);
    for (key, value, limit_key, limit) in [
        ("keys.announce_before", keys.announce_before, "keys.rotate_after", keys.rotate_after),
        ("tokens.access_token", tokens.access_token, "tokens.refresh_idle", tokens.refresh_idle),
        ("tokens.access_token", tokens.access_token, "tokens.offline_idle", tokens.offline_idle),
        ("tokens.access_token", tokens.access_token, "device.idle", device.idle),
    ] {
        problems.ensure(value < limit, key, || shorter(value, limit_key, limit, "less than"));
    }
}

fn mail(raw: &RawSettings, problems: &mut Problems) {
    let mail = &raw.mail;
    at_most(problems, ("mail.retry_first", mail.retry_first), ("mail.retry_cap", mail.retry_cap));
    // A mail whose lease ends while it is being sent would be sent twice.
    let timeout = mail.smtp.timeout;
    problems.ensure(mail.lease.seconds() > timeout.seconds(), "mail.lease", || {
        format!("is not longer than mail.smtp.timeout; write more than {}", duration::written(timeout))
    });
    // A password reset passes between the mails of a list (R34).
    let (bulk, rate) = (raw.bulk.mails_per_second, mail.rate_per_second);
    problems.ensure(bulk < rate || rate == 1, "bulk.mails_per_second", || {
        format!(
            "is not less than mail.rate_per_second; write less than {rate}, or raise mail.rate_per_second"
        )
    });
    problems.ensure(is_mail_address(&mail.from_address), "mail.from_address", || {
        format!(
            r#"{:?} is not a mail address; write one such as "no-reply@login.example.org""#,
            mail.from_address
        )
    });
}

fn backchannel(raw: &RawSettings, problems: &mut Problems) {
    let RawSettings { backchannel, outbound, .. } = raw;
    at_most(
        problems,
        ("backchannel.retry_first", backchannel.retry_first),
        ("backchannel.retry_cap", backchannel.retry_cap),
    );
    // A logout token whose lease ends while it is being sent would be sent twice.
    let timeout = outbound.timeout;
    problems.ensure(backchannel.lease.seconds() > timeout.seconds(), "backchannel.lease", || {
        format!("is not longer than outbound.timeout; write more than {}", duration::written(timeout))
    });
}

/// Each limit on guesses can be reached before the next harder one.
fn guesses(raw: &RawSettings, problems: &mut Problems) {
    let RawSettings { throttle, recovery, .. } = raw;
    at_most(
        problems,
        ("throttle.password_first", throttle.password_first),
        ("throttle.password_cap", throttle.password_cap),
    );
    problems.ensure(throttle.password_free < throttle.password_ceiling, "throttle.password_free", || {
        format!("is not less than password_ceiling; write less than {}", throttle.password_ceiling)
    });
    problems.ensure(recovery.answer_tries <= recovery.failures_per_day, "recovery.answer_tries", || {
        format!("is more than failures_per_day; write at most {}", recovery.failures_per_day)
    });
}

/// A longer time allows at least as much as a shorter one.
fn rates(raw: &RawSettings, problems: &mut Problems) {
    let RawSettings { throttle, links, .. } = raw;
    let (minute, hour) = (throttle.network_failures_per_minute, throttle.network_failures_per_hour);
    problems.ensure(minute <= hour, "throttle.network_failures_per_hour", || {
        format!("is less than network_failures_per_minute; write at least {minute}")
    });
    let (minute, hour, day) = (links.resend_per_minute, links.resend_per_hour, links.resend_per_day);
    problems.ensure(minute <= hour, "links.resend_per_hour", || {
        format!("is less than resend_per_minute; write at least {minute}")
    });
    problems.ensure(hour <= day, "links.resend_per_day", || {
        format!("is less than resend_per_hour; write at least {hour}")
    });
}

fn names(raw: &RawSettings, problems: &mut Problems) {
    for (key, name) in [
        ("branding.product_name", &raw.branding.product_name),
        ("branding.operator_name", &raw.branding.operator_name),
    ] {
        let fits =
            !name.trim().is_empty() && name.chars().count() <= 100 && !name.chars().any(char::is_control);
        problems.ensure(fits, key, || "is not a name; write 1 to 100 characters on one line".to_owned());
    }
    let is_level = |level: &str| ["error", "warn", "info", "debug", "trace", "off"].contains(&level);
    let fits = raw.log.level.split(',').all(|part| match part.split_once('=') {
        Some((target, level)) => !target.trim().is_empty() && is_level(level.trim()),
        None => is_level(part.trim()),
    });
    problems.ensure(fits, "log.level", || {
        format!(r#"{:?} is not a level; write error, warn, info, debug, trace or off, or such as "info,idp_storage=debug""#, raw.log.level)
    });
}

type Named<'a> = (&'a str, chrono::Duration);

fn at_most(problems: &mut Problems, (key, value): Named<'_>, (cap_key, cap): Named<'_>) {
    problems.ensure(value <= cap, key, || shorter(value, cap_key, cap, "at most"));
}

fn shorter(value: chrono::Duration, limit_key: &str, limit: chrono::Duration, bound: &str) -> String {
    let (value, limit) = (duration::written(value), duration::written(limit));
    format!("{value} does not fit {limit_key}; write {bound} {limit}, or change {limit_key}")
}

/// Enough to catch a typing error; whether it can receive mail only the mail server knows.
fn is_mail_address(text: &str) -> bool {
    let clean = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;:\"".contains(c);
    text.chars().all(clean)
        && text
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
}
