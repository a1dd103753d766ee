//! From settings to the numbers use cases work with. No number is made up here.

use std::time::Duration;

use idp_config::{Questions, Settings};
use idp_domain::account::QuestionPolicy;
use idp_domain::delivery::RetryPolicy;
use idp_domain::grant::RefreshGrace;
use idp_domain::password::PasswordRules;
use idp_domain::session::SessionLife;
use idp_domain::signing_key::KeyCalendar;
use idp_service::Policy;

const MINUTE: Duration = Duration::from_secs(60);

pub fn policy(settings: &Settings) -> Policy {
    let Settings { password, links, session, tokens, keys, mail, backchannel, throttle, branding, .. } =
        settings;
    Policy {
        product_name: branding.product_name.clone(),
        operator_name: branding.operator_name.clone(),
        password: PasswordRules {
            min: password.min_length,
            max: password.max_length,
            max_bytes: password.max_bytes,
        },
        questions: match settings.recovery.questions {
            Questions::Required => QuestionPolicy::Required,
            Questions::Off => QuestionPolicy::Off,
        },
        activation_life: span(links.activation),
        resend_limits: [
            (MINUTE, links.resend_per_minute.into()),
            (MINUTE * 60, links.resend_per_hour.into()),
            (MINUTE * 60 * 24, links.resend_per_day.into()),
        ],
        session: SessionLife { idle: span(session.idle), absolute: span(session.absolute) },
        remembered_session: SessionLife {
            idle: span(session.remember_idle),
            absolute: span(session.remember_absolute),
        },
        office_staff_absolute: span(session.office_staff_absolute),
        code_life: span(tokens.authorization_code),
        id_token_life: span(tokens.id_token),
        access_token_life: span(tokens.access_token),
        admin_access_token_life: span(tokens.admin_access_token),
        refresh_idle: span(tokens.refresh_idle),
        refresh_absolute: span(tokens.refresh_absolute),
        refresh_grace: RefreshGrace {
            span: span(tokens.refresh_grace),
            retries: tokens.refresh_grace_retries,
        },
        keys: KeyCalendar {
            rotate_after: span(keys.rotate_after),
            announce_before: span(keys.announce_before),
            retire_after: span(keys.retire_after),
        },
        mail_retry: RetryPolicy {
            first: span(mail.retry_first),
            cap: span(mail.retry_cap),
            max_attempts: mail.max_attempts,
        },
        mail_lease: span(mail.lease),
        logout_retry: RetryPolicy {
            first: span(backchannel.retry_first),
            cap: span(backchannel.retry_cap),
            max_attempts: backchannel.max_attempts,
        },
        logout_lease: span(backchannel.lease),
        network_failures_per_minute: throttle.network_failures_per_minute.into(),
        network_failures_per_hour: throttle.network_failures_per_hour.into(),
    }
}

/// Settings are never negative (`idp-config`, `duration`).
fn span(setting: chrono::Duration) -> Duration {
    setting.to_std().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// L6.
    #[test]
    fn mails_asked_for_are_limited_as_configured() {
        let written = [("MODE", "development"), ("LINKS__RESEND_PER_HOUR", "7")];
        let written = written.map(|(key, value)| (format!("IDP__{key}"), value.to_owned()));
        let policy = policy(&idp_config::load(None, written.into_iter()).unwrap());
        let seconds = policy.resend_limits.map(|(span, limit)| (span.as_secs(), limit));
        assert_eq!(seconds, [(60, 1), (3600, 7), (86_400, 10)]);
    }
}
