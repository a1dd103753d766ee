//! The range of every number and duration: one list, checked here and against the comments of `default.toml` by a test.
//! What a setting must be in relation to others stands in `checks`.

use std::fmt;

use crate::duration::{self, Span};
use crate::problem::Problems;
use crate::raw::RawSettings;

/// Something that is counted, or a time in seconds.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Amount {
    Count(u64),
    Seconds(u64),
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Seconds(seconds) => {
                f.write_str(&duration::written(std::time::Duration::from_secs(*seconds)))
            }
        }
    }
}

/// A setting with the lowest and the highest it may be.
struct Limit {
    key: &'static str,
    value: Amount,
    low: Amount,
    high: Amount,
}

impl Limit {
    /// As it is written in messages and in `default.toml`: `1 h to 7 d`.
    fn range(&self) -> String {
        format!("{} to {}", self.low, self.high)
    }
}

pub(crate) fn check(raw: &RawSettings, problems: &mut Problems) {
    for limit in limits(raw) {
        let Limit { key, value, low, high } = limit;
        problems.ensure(low <= value && value <= high, key, || {
            format!("{value} is out of range; write {}", limit.range())
        });
    }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

fn count<T: TryInto<u64>>(key: &'static str, value: T, low: u64, high: u64) -> Limit {
    let value = Amount::Count(value.try_into().unwrap_or(u64::MAX));
    Limit { key, value, low: Amount::Count(low), high: Amount::Count(high) }
}

fn span(key: &'static str, value: impl Span, low: u64, high: u64) -> Limit {
    Limit {
        key,
        value: Amount::Seconds(value.seconds()),
        low: Amount::Seconds(low),
        high: Amount::Seconds(high),
    }
}

fn limits(raw: &RawSettings) -> impl Iterator<Item = Limit> {
    server(raw)
        .into_iter()
        .chain(passwords(raw))
        .chain(lifetimes(raw))
        .chain(mail(raw))
        .chain(device(raw))
        .chain(registration(raw))
        .chain(calls(raw))
        .chain(guesses(raw))
        .chain(rates(raw))
}

fn server(raw: &RawSettings) -> Vec<Limit> {
    vec![
        span("server.shutdown_grace", raw.server.shutdown_grace, 1, 10 * MINUTE),
        span("server.request_timeout", raw.server.request_timeout, 1, 10 * MINUTE),
        count("server.max_body", raw.server.max_body, 1024, 16_777_216),
        count("database.max_connections", raw.database.max_connections, 1, 1000),
    ]
}

fn passwords(raw: &RawSettings) -> Vec<Limit> {
    let password = &raw.password;
    vec![
        count("password.min_length", password.min_length, 15, 64),
        count("password.max_length", password.max_length, 64, 1024),
        count("password.max_bytes", password.max_bytes, 256, 4096),
        count("password.queue_limit", password.queue_limit, 1, 10_000),
        count("password.argon2.memory_kib", password.argon2.memory_kib, 8, 1_048_576),
        count("password.argon2.iterations", password.argon2.iterations, 1, 20),
        count("password.argon2.parallelism", password.argon2.parallelism, 1, 16),
    ]
}

fn lifetimes(raw: &RawSettings) -> Vec<Limit> {
    let RawSettings { keys, links, session, tokens, .. } = raw;
    vec![
        span("keys.rotate_after", keys.rotate_after, DAY, 365 * DAY),
        span("keys.announce_before", keys.announce_before, 10 * MINUTE, 30 * DAY),
        span("keys.retire_after", keys.retire_after, DAY, 90 * DAY),
        span("keys.poll", keys.poll, 1, 10 * MINUTE),
        span("links.activation", links.activation, HOUR, 7 * DAY),
        span("links.password_reset", links.password_reset, 5 * MINUTE, DAY),
        span("links.agency_reset", links.agency_reset, 15 * MINUTE, 3 * DAY),
        span("links.email_verification", links.email_verification, 5 * MINUTE, DAY),
        span("links.email_change", links.email_change, 5 * MINUTE, DAY),
        span("links.email_undo", links.email_undo, DAY, 30 * DAY),
        span("audit.retention", raw.audit.retention, 30 * DAY, 36_500 * DAY),
        span("session.idle", session.idle, MINUTE, DAY),
        span("session.absolute", session.absolute, 5 * MINUTE, DAY),
        span("session.remember_idle", session.remember_idle, HOUR, 30 * DAY),
        span("session.remember_absolute", session.remember_absolute, HOUR, 30 * DAY),
        span("session.office_staff_absolute", session.office_staff_absolute, 5 * MINUTE, DAY),
        span("session.fresh", session.fresh, MINUTE, 15 * MINUTE),
        span("session.administrator_fresh", session.administrator_fresh, MINUTE, 60 * MINUTE),
        span("tokens.authorization_code", tokens.authorization_code, 10, 10 * MINUTE),
        span("tokens.id_token", tokens.id_token, MINUTE, HOUR),
        span("tokens.access_token", tokens.access_token, MINUTE, HOUR),
        span("tokens.admin_access_token", tokens.admin_access_token, MINUTE, 15 * MINUTE),
        span("tokens.refresh_absolute", tokens.refresh_absolute, 10 * MINUTE, 30 * DAY),
        span("tokens.refresh_idle", tokens.refresh_idle, 10 * MINUTE, 30 * DAY),
        span("tokens.offline_absolute", tokens.offline_absolute, HOUR, 30 * DAY),
        span("tokens.offline_idle", tokens.offline_idle, HOUR, 30 * DAY),
        span("tokens.refresh_grace", tokens.refresh_grace, 0, MINUTE),
        count("tokens.refresh_grace_retries", tokens.refresh_grace_retries, 0, 100),
    ]
}

fn mail(raw: &RawSettings) -> Vec<Limit> {
    let mail = &raw.mail;
    vec![
        count("mail.rate_per_second", mail.rate_per_second, 1, 1000),
        count("bulk.mails_per_second", raw.bulk.mails_per_second, 1, 1000),
        count("mail.max_attempts", mail.max_attempts, 1, 100),
        span("mail.retry_first", mail.retry_first, 1, HOUR),
        span("mail.retry_cap", mail.retry_cap, MINUTE, DAY),
        span("mail.lease", mail.lease, 10, HOUR),
        span("mail.poll", mail.poll, 1, 5 * MINUTE),
        count("mail.smtp.port", mail.smtp.port, 1, 65_535),
        span("mail.smtp.timeout", mail.smtp.timeout, 1, 10 * MINUTE),
        count("mail.smtp.pool_size", mail.smtp.pool_size, 1, 100),
    ]
}

fn device(raw: &RawSettings) -> Vec<Limit> {
    let device = &raw.device;
    vec![
        span("device.code", device.code, MINUTE, 30 * MINUTE),
        span("device.interval", device.interval, 2, MINUTE),
        span("device.fresh", device.fresh, MINUTE, HOUR),
        span("device.absolute", device.absolute, HOUR, DAY),
        span("device.idle", device.idle, 15 * MINUTE, DAY),
        count("device.tries_per_browser", device.tries_per_browser, 1, 20),
        count("device.tries_per_network_per_hour", device.tries_per_network_per_hour, 1, 1000),
        count("device.alarm_per_hour", device.alarm_per_hour, 1, 100_000),
        count("device.requests_per_network_per_minute", device.requests_per_network_per_minute, 1, 100_000),
    ]
}

fn registration(raw: &RawSettings) -> Vec<Limit> {
    let registration = &raw.registration;
    vec![
        count("registration.requests_per_minute", registration.requests_per_minute, 1, 100_000),
        span("registration.unused", registration.unused, DAY, 3650 * DAY),
    ]
}

fn calls(raw: &RawSettings) -> Vec<Limit> {
    let RawSettings { outbound, backchannel, .. } = raw;
    vec![
        span("outbound.timeout", outbound.timeout, 1, MINUTE),
        count("outbound.max_body", outbound.max_body, 1024, 16_777_216),
        span("backchannel.retry_first", backchannel.retry_first, 1, HOUR),
        span("backchannel.retry_cap", backchannel.retry_cap, MINUTE, DAY),
        count("backchannel.max_attempts", backchannel.max_attempts, 1, 100),
        span("backchannel.lease", backchannel.lease, 10, HOUR),
        span("backchannel.poll", backchannel.poll, 1, 5 * MINUTE),
    ]
}

fn guesses(raw: &RawSettings) -> Vec<Limit> {
    let RawSettings { throttle, recovery, .. } = raw;
    vec![
        count("throttle.password_free", throttle.password_free, 1, 20),
        span("throttle.password_first", throttle.password_first, 1, HOUR),
        span("throttle.password_cap", throttle.password_cap, MINUTE, DAY),
        count("throttle.password_ceiling", throttle.password_ceiling, 10, 100),
        span("throttle.known_device", throttle.known_device, DAY, 365 * DAY),
        count("recovery.code_tries", recovery.code_tries, 1, 10),
        count("recovery.answer_tries", recovery.answer_tries, 1, 10),
        count("recovery.failures_per_day", recovery.failures_per_day, 1, 20),
        span("recovery.pause", recovery.pause, HOUR, 7 * DAY),
    ]
}

fn rates(raw: &RawSettings) -> Vec<Limit> {
    let RawSettings { throttle, links, .. } = raw;
    vec![
        count("links.resend_per_minute", links.resend_per_minute, 1, 100),
        count("links.resend_per_hour", links.resend_per_hour, 1, 1000),
        count("links.resend_per_day", links.resend_per_day, 1, 1000),
        count("links.asked_per_network_per_hour", links.asked_per_network_per_hour, 1, 10_000),
        count("throttle.network_failures_per_minute", throttle.network_failures_per_minute, 1, 10_000),
        count("throttle.network_failures_per_hour", throttle.network_failures_per_hour, 1, 100_000),
        count("throttle.company_failures_per_hour", throttle.company_failures_per_hour, 1, 1_000_000),
        count(
            "throttle.provisioning_calls_per_minute",
            throttle.provisioning_calls_per_minute,
            10,
            1_000_000,
        ),
        count(
            "throttle.pushed_requests_per_network_per_minute",
            throttle.pushed_requests_per_network_per_minute,
            1,
            100_000,
        ),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::reference::reference;

    #[test]
    fn every_limit_stands_in_the_comment_of_its_setting_and_the_other_way_round() {
        let raw: RawSettings = toml::from_str(crate::DEFAULTS).unwrap();
        let limits: Vec<Limit> = limits(&raw).collect();
        for entry in reference() {
            let limit = limits.iter().find(|limit| limit.key == entry.key);
            if let Some(limit) = limit {
                assert!(
                    entry.comment.contains(&limit.range()),
                    "{}: {} not in {:?}",
                    entry.key,
                    limit.range(),
                    entry.comment
                );
            }
            let is_amount = entry.default.parse::<u64>().is_ok()
                || duration::parse::<chrono::Duration>(&entry.default).is_ok();
            assert_eq!(limit.is_some(), is_amount, "{} = {}", entry.key, entry.default);
        }
    }
}
