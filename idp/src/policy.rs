//! From settings to the numbers use cases work with. No number is made up here.

use std::time::Duration;

use idp_config::{
    OtherCountry, Password, Portal, PortalAuth, Questions, Recovery, Registration, RegistrationMode,
    Settings, Throttle,
};
use idp_domain::account::QuestionPolicy;
use idp_domain::delivery::RetryPolicy;
use idp_domain::grant::RefreshGrace;
use idp_domain::password::PasswordRules;
use idp_domain::session::SessionLife;
use idp_domain::signing_key::KeyCalendar;
use idp_domain::throttle::Schedule;
use idp_service::Policy;
use idp_service::companies::{PortalTemplate, SlugPattern};
use idp_service::device;
use idp_service::registration::{Admits, RegistrationPolicy};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub fn policy(settings: &Settings) -> Policy {
    let Settings { password, recovery, links, session, tokens, keys, mail, backchannel, .. } = settings;
    let Settings { throttle, branding, bulk, device, audit, registration, .. } = settings;
    Policy {
        product_name: branding.product_name.clone(),
        operator_name: branding.operator_name.clone(),
        portal: portal(&settings.portal),
        password: password_rules(password),
        questions: match recovery.questions {
            Questions::Required => QuestionPolicy::Required,
            Questions::Off => QuestionPolicy::Off,
        },
        activation_life: span(links.activation),
        reset_life: span(links.password_reset),
        agency_reset_life: span(links.agency_reset),
        email_verification_life: span(links.email_verification),
        email_change_life: span(links.email_change),
        email_undo_life: span(links.email_undo),
        resend_limits: [
            (MINUTE, links.resend_per_minute.into()),
            (MINUTE * 60, links.resend_per_hour.into()),
            (DAY, links.resend_per_day.into()),
        ],
        network_mails_per_hour: links.asked_per_network_per_hour.into(),
        session: life(session.idle, session.absolute),
        remembered_session: life(session.remember_idle, session.remember_absolute),
        office_staff_absolute: span(session.office_staff_absolute),
        provisioning_calls_per_minute: throttle.provisioning_calls_per_minute.into(),
        admin_fresh: span(session.administrator_fresh),
        fresh: span(session.fresh),
        known_device: span(throttle.known_device),
        code_life: span(tokens.authorization_code),
        id_token_life: span(tokens.id_token),
        access_token_life: span(tokens.access_token),
        admin_access_token_life: span(tokens.admin_access_token),
        dpop_nonces: tokens.dpop_nonces,
        refresh_idle: span(tokens.refresh_idle),
        refresh_absolute: span(tokens.refresh_absolute),
        refresh_grace: RefreshGrace {
            span: span(tokens.refresh_grace),
            retries: tokens.refresh_grace_retries,
        },
        offline_refresh_idle: span(tokens.offline_idle),
        offline_refresh_absolute: span(tokens.offline_absolute),
        device_code_life: span(device.code),
        device_interval: span(device.interval),
        device_fresh: span(device.fresh),
        device_other_country: match device.other_country {
            OtherCountry::Refuse => device::OtherCountry::Refuse,
            OtherCountry::Warn => device::OtherCountry::Warn,
        },
        device_session: life(device.idle, device.absolute),
        user_code_tries: device.tries_per_browser.into(),
        network_user_codes_per_hour: device.tries_per_network_per_hour.into(),
        user_codes_alarm_per_hour: device.alarm_per_hour.into(),
        device_requests_per_minute: device.requests_per_network_per_minute.into(),
        pushed_requests_per_minute: throttle.pushed_requests_per_network_per_minute.into(),
        registration: registration_policy(registration),
        keys: KeyCalendar {
            rotate_after: span(keys.rotate_after),
            announce_before: span(keys.announce_before),
            retire_after: span(keys.retire_after),
        },
        mail_retry: retry((mail.retry_first, mail.retry_cap), mail.max_attempts),
        mail_lease: span(mail.lease),
        bulk_mail_distance: Duration::from_secs(1) / bulk.mails_per_second.max(1),
        logout_retry: retry((backchannel.retry_first, backchannel.retry_cap), backchannel.max_attempts),
        logout_lease: span(backchannel.lease),
        network_failures_per_minute: throttle.network_failures_per_minute.into(),
        network_failures_per_hour: throttle.network_failures_per_hour.into(),
        company_failures_per_hour: throttle.company_failures_per_hour.into(),
        password_guesses: password_guesses(throttle),
        recovery_guesses: recovery_guesses(recovery),
        code_tries: recovery.code_tries,
        answer_tries: recovery.answer_tries,
        audit_retention: span(audit.retention),
    }
}

fn registration_policy(registration: &Registration) -> RegistrationPolicy {
    RegistrationPolicy {
        admits: match registration.mode {
            RegistrationMode::Off => Admits::Nobody,
            RegistrationMode::Token => Admits::Invited,
            RegistrationMode::Open => Admits::Anybody,
        },
        requests_per_minute: registration.requests_per_minute.into(),
        unused_life: span(registration.unused),
    }
}

fn password_rules(password: &Password) -> PasswordRules {
    let Password { min_length, max_length, max_bytes, .. } = *password;
    PasswordRules { min: min_length, max: max_length, max_bytes }
}

fn life(idle: chrono::Duration, absolute: chrono::Duration) -> SessionLife {
    SessionLife { idle: span(idle), absolute: span(absolute) }
}

fn retry((first, cap): (chrono::Duration, chrono::Duration), max_attempts: u32) -> RetryPolicy {
    RetryPolicy { first: span(first), cap: span(cap), max_attempts }
}

/// The template of portal clients; an empty `url` says that there is none.
fn portal(written: &Portal) -> Option<PortalTemplate> {
    let pattern = |text: &String| SlugPattern::new(text.clone());
    let optional = |text: &String| (!text.is_empty()).then(|| pattern(text));
    Some(PortalTemplate {
        url: optional(&written.url)?,
        redirect_uris: written.redirect_uris.iter().map(pattern).collect(),
        post_logout_redirect_uris: written.post_logout_redirect_uris.iter().map(pattern).collect(),
        backchannel_logout_uri: optional(&written.backchannel_logout_uri),
        initiate_login_uri: pattern(&written.initiate_login_uri),
        jwks_uri: match written.auth_method {
            PortalAuth::ClientSecretBasic => None,
            PortalAuth::PrivateKeyJwt => optional(&written.jwks_uri),
        },
    })
}

fn password_guesses(throttle: &Throttle) -> Schedule {
    Schedule {
        free: throttle.password_free,
        first: span(throttle.password_first),
        cap: span(throttle.password_cap),
        ceiling: Some(throttle.password_ceiling),
        forget_after: None,
    }
}

/// The last failure of a day begins the pause (Q8), and so is not free.
fn recovery_guesses(recovery: &Recovery) -> Schedule {
    let pause = span(recovery.pause);
    Schedule {
        free: recovery.failures_per_day.saturating_sub(1),
        first: pause,
        cap: pause,
        ceiling: None,
        forget_after: Some(DAY),
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

    /// The policy of a development server with one setting of its own.
    fn policy_with(key: &str, value: &str) -> Policy {
        let written = [("MODE", "development"), (key, value)];
        let written = written.map(|(key, value)| (format!("IDP__{key}"), value.to_owned()));
        policy(&idp_config::load(None, written.into_iter()).unwrap())
    }

    /// L6.
    #[test]
    fn mails_asked_for_are_limited_as_configured() {
        let policy = policy_with("LINKS__RESEND_PER_HOUR", "7");
        let seconds = policy.resend_limits.map(|(span, limit)| (span.as_secs(), limit));
        assert_eq!(seconds, [(60, 1), (3600, 7), (86_400, 10)]);
        assert_eq!(policy.network_mails_per_hour, 30);
    }

    /// Rules section 4: five are free, the sixth costs 30 s, no wait is longer than 30 min; then comes the ceiling.
    #[test]
    fn passwords_are_guessed_on_the_schedule_of_the_rules() {
        let guesses = policy_with("THROTTLE__PASSWORD_CEILING", "50").password_guesses;
        assert_eq!([5, 6, 7, 99].map(|failures| guesses.pause(failures).as_secs()), [0, 30, 60, 1800]);
        assert_eq!((guesses.ceiling, guesses.forget_after), (Some(50), None));
    }

    /// Q8: the tenth failure within 24 hours turns the questions off for 24 hours.
    #[test]
    fn the_tenth_wrong_set_of_answers_begins_the_pause() {
        let guesses = policy_with("RECOVERY__ANSWER_TRIES", "3").recovery_guesses;
        assert_eq!(
            [1, 9, 10, 11].map(|failures| guesses.pause(failures)),
            [Duration::ZERO, Duration::ZERO, DAY, DAY]
        );
        assert_eq!((guesses.ceiling, guesses.forget_after), (None, Some(DAY)));
    }

    /// Rules sections 5 and 6: a desktop rests for an hour, and a phone for a week.
    #[test]
    fn computers_and_phones_stay_signed_in_as_long_as_the_rules_say() {
        let policy = policy_with("DEVICE__INTERVAL", "7 s");
        assert_eq!((policy.device_code_life, policy.device_fresh), (MINUTE * 10, MINUTE * 10));
        assert_eq!(policy.device_interval, Duration::from_secs(7));
        let computer = SessionLife { idle: MINUTE * 60, absolute: DAY / 2 };
        assert_eq!(policy.device_session, computer);
        assert_eq!((policy.offline_refresh_idle, policy.offline_refresh_absolute), (DAY * 7, DAY * 30));
        assert_eq!((policy.user_code_tries, policy.network_user_codes_per_hour), (5, 20));
        assert_eq!((policy.user_codes_alarm_per_hour, policy.device_requests_per_minute), (200, 300));
    }

    /// Rules L2 and Q9, and section 4 on known devices.
    #[test]
    fn the_lives_around_an_account_are_those_of_the_rules() {
        let policy = policy_with("LINKS__EMAIL_VERIFICATION", "45 min");
        assert_eq!((policy.reset_life, policy.email_verification_life), (MINUTE * 30, MINUTE * 45));
        assert_eq!(policy.agency_reset_life, DAY);
        assert_eq!((policy.email_change_life, policy.email_undo_life), (DAY, DAY * 7));
        assert_eq!((policy.fresh, policy.known_device), (MINUTE * 5, DAY * 90));
        assert_eq!((policy.code_tries, policy.answer_tries, policy.company_failures_per_hour), (5, 5, 2000));
    }
}
