//! Notices: what happened to an account, when, from where, and what to do if it was not its person (L7, L11).

use idp_domain::outbox::SecurityEvent;
use idp_service::mail::NoticeFacts;

use super::sheet::Sheet;
use crate::locale::Key;
use crate::moment::{day, moment};
use crate::program::program;

/// What a notice lets its reader do with one button.
enum Remedy {
    None,
    /// Choose another password; also ends every session.
    Forgot,
    /// Log in and put it right: for what a forgotten password would be recovered with.
    Account,
    /// Answer the questions from before; once they do not count any more, log in.
    Former,
    /// Take the change of address back.
    Undo(Key),
}

/// The stem of the texts that tell an event: `-subject`, `-happened`, `-next`.
struct Told(&'static str);

pub(super) fn notice(sheet: Sheet, told: &NoticeFacts) -> Sheet {
    let (Told(stem), remedy) = match (told.event, &told.proposed_by) {
        (SecurityEvent::EmailChangeProposed { .. }, Some(_)) => {
            (Told("letter-email-by-agency"), Remedy::Undo(Key("letter-email-proposed-undo")))
        }
        (event, _) => told_as(event),
    };
    let proposer = told.proposed_by.clone().unwrap_or_else(|| sheet.text("letter-notice-an-agency"));
    let left = told.left.clone().unwrap_or_else(|| sheet.text("letter-notice-an-agency"));
    let address = told.new_address.as_ref().map(ToString::to_string);
    let address = address.unwrap_or_else(|| sheet.text("letter-notice-another-address"));
    let sheet = sheet
        .with("left", left)
        .with("proposer", proposer)
        .with("address", address)
        .told(&format!("{stem}-subject"))
        .say(&format!("{stem}-happened"));
    let sheet = remedied(when_and_where(sheet, told), &format!("{stem}-next"), remedy, told);
    sheet.contact(Key("letter-notice-contact"), Key("letter-notice-contact-anyhow"))
}

fn when_and_where(sheet: Sheet, told: &NoticeFacts) -> Sheet {
    let place = &told.place;
    let when = moment(&sheet.texts, told.at);
    let program = place.user_agent.as_deref().map(|agent| program(&sheet.texts, Some(agent)));
    sheet.facts([
        (Key("letter-notice-when"), Some(when)),
        (Key("letter-notice-program"), program),
        (Key("letter-notice-network"), place.address.map(|address| address.to_string())),
    ])
}

fn remedied(sheet: Sheet, next: &str, remedy: Remedy, told: &NoticeFacts) -> Sheet {
    match remedy {
        Remedy::None => sheet.say(next),
        Remedy::Forgot => sheet.say(next).button("letter-notice-forgot", &told.forgot),
        Remedy::Account => sheet.say(next).button("letter-notice-account", &told.account),
        Remedy::Former => match told.former_until {
            Some(until) => {
                let until = day(&sheet.texts, until);
                let sheet = sheet.with("until", until).say("letter-questions-changed-former");
                sheet.button("letter-notice-forgot", &told.forgot)
            }
            None => sheet.say(next).button("letter-notice-account", &told.account),
        },
        Remedy::Undo(label) => match &told.undo {
            Some(undo) => sheet.say(next).button(label.0, undo),
            None => sheet.say("letter-notice-no-longer"),
        },
    }
}

/// The texts that tell an event, and the way out of it.
const fn told_as(event: SecurityEvent) -> (Told, Remedy) {
    match event {
        SecurityEvent::PasswordChanged => (Told("letter-password-changed"), Remedy::Forgot),
        SecurityEvent::PasswordReset => (Told("letter-password-reset"), Remedy::Forgot),
        SecurityEvent::QuestionsEnrolled => (Told("letter-questions-enrolled"), Remedy::Account),
        SecurityEvent::QuestionsChanged => (Told("letter-questions-changed"), Remedy::Former),
        SecurityEvent::EmailChangeProposed { .. } => {
            (Told("letter-email-proposed"), Remedy::Undo(Key("letter-email-proposed-undo")))
        }
        SecurityEvent::EmailChanged { .. } => {
            (Told("letter-email-changed"), Remedy::Undo(Key("letter-email-changed-undo")))
        }
        SecurityEvent::EmailRestored => (Told("letter-email-restored"), Remedy::Forgot),
        SecurityEvent::NewDevice => (Told("letter-new-device"), Remedy::Forgot),
        SecurityEvent::GuessesThrottled => (Told("letter-guesses"), Remedy::Forgot),
        SecurityEvent::PasswordRefused => (Told("letter-refused"), Remedy::Forgot),
        SecurityEvent::RecoveryPaused => (Told("letter-recovery-paused"), Remedy::None),
        SecurityEvent::RecoveryCodeRemoved => (Told("letter-saved-code-removed"), Remedy::Account),
        SecurityEvent::DataDownloaded => (Told("letter-downloaded"), Remedy::Forgot),
        SecurityEvent::RecoveryCodeMade => (Told("letter-saved-code-made"), Remedy::Account),
        SecurityEvent::RecoveryCodeUsed => (Told("letter-saved-code-used"), Remedy::Forgot),
        SecurityEvent::SignedOutEverywhere => (Told("letter-signed-out"), Remedy::Forgot),
        SecurityEvent::CompanyLeft { .. } => (Told("letter-company-left"), Remedy::Forgot),
        SecurityEvent::MembershipRemoved { .. } => (Told("letter-membership-removed"), Remedy::Account),
        SecurityEvent::AccountClosed => (Told("letter-account-closed"), Remedy::None),
    }
}
