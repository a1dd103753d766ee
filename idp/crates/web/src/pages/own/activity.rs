//! "What happened lately": log-ins, refused ones too, and changes, in plain words. What has no words here is the machine
//! room's business, and is not shown.

use askama::Template;
use idp_domain::Timestamp;
use idp_domain::audit::{AuditAction, Place};

use super::program_of;
use crate::locale::{Key, Texts};
use crate::moment::moment;
use crate::pages::{Chrome, OwnMenu};

#[derive(Debug, Clone, Template)]
#[template(path = "activity.html")]
pub struct ActivityPage {
    pub chrome: Chrome,
    pub menu: OwnMenu,
    pub events: Vec<Happened>,
    /// Where a new password is chosen.
    pub password_url: String,
}

/// One event.
#[derive(Debug, Clone)]
pub struct Happened {
    pub at: Timestamp,
    words: Key,
    /// Where the person, or whoever it was, came from; `None` for what a program did.
    pub place: Option<Place>,
    pub agency: Option<String>,
    pub client: Option<String>,
}

impl Happened {
    /// `None` for what means nothing to people.
    pub fn new(action: AuditAction, at: Timestamp) -> Option<Self> {
        Some(Self { at, words: words(action)?, place: None, agency: None, client: None })
    }
}

#[expect(clippy::too_many_lines, reason = "a map: one line an event")]
const fn words(action: AuditAction) -> Option<Key> {
    use AuditAction as A;
    Some(match action {
        A::SignedIn => Key("activity-signed-in"),
        A::SignInRefused => Key("activity-sign-in-refused"),
        A::SessionEnded => Key("activity-session-ended"),
        A::AccountActivated => Key("activity-account-activated"),
        A::QuestionsEnrolled => Key("activity-questions-enrolled"),
        A::QuestionsChanged => Key("activity-questions-changed"),
        A::PasswordChanged => Key("activity-password-changed"),
        A::PasswordForgotten => Key("activity-password-forgotten"),
        A::PasswordReset => Key("activity-password-reset"),
        A::ResetRefused => Key("activity-reset-refused"),
        A::PasswordRefused => Key("activity-password-refused"),
        A::RecoveryCodeMade => Key("activity-recovery-code-made"),
        A::RecoveryCodeUsed => Key("activity-recovery-code-used"),
        A::RecoveryCodeRemoved => Key("activity-recovery-code-removed"),
        A::EmailVerified => Key("activity-email-verified"),
        A::EmailVerificationRefused => Key("activity-email-verification-refused"),
        A::EmailChangeProposed => Key("activity-email-change-proposed"),
        A::EmailChanged => Key("activity-email-changed"),
        A::EmailChangeCancelled => Key("activity-email-change-cancelled"),
        A::EmailRestored => Key("activity-email-restored"),
        A::GuessesThrottled => Key("activity-throttled"),
        A::SignedOutEverywhere => Key("activity-signed-out-everywhere"),
        A::AccountExported => Key("activity-exported"),
        A::AccountClosed => Key("activity-closed"),
        A::AccountDisabled => Key("activity-account-disabled"),
        A::AccountEnabled => Key("activity-account-enabled"),
        A::OperatorAdded => Key("activity-operator-added"),
        A::MemberProvisioned => Key("activity-member-provisioned"),
        A::MemberChanged | A::MemberAddressCorrected => Key("activity-member-changed"),
        A::MemberActivated => Key("activity-member-activated"),
        A::MemberDeactivated => Key("activity-member-deactivated"),
        A::MemberRemoved => Key("activity-member-removed"),
        A::MemberSignedIn => Key("activity-member-signed-in"),
        A::MemberUnlocked => Key("activity-member-unlocked"),
        A::MemberSessionsEnded => Key("activity-member-sessions-ended"),
        A::ResetStarted => Key("activity-reset-started"),
        A::InvitationRevoked => Key("activity-invitation-revoked"),
        A::PasswordConfirmed => Key("activity-password-confirmed"),
        A::MembershipAccepted => Key("activity-membership-accepted"),
        A::MembershipLeft => Key("activity-membership-left"),
        A::InvitationResent => Key("activity-invitation-resent"),
        A::ConsentGiven => Key("activity-consent-given"),
        A::ConsentWithdrawn => Key("activity-consent-withdrawn"),
        A::ProfileChanged => Key("activity-profile-changed"),
        A::GrantRevoked => Key("activity-app-signed-out"),
        A::DeviceApproved => Key("activity-device-approved"),
        A::DeviceAbroad => Key("activity-device-abroad"),
        A::DeviceDenied => Key("activity-device-denied"),
        A::CompanySwitched => Key("activity-company-switched"),
        A::CodeReplayed | A::RefreshReplayed | A::DeviceCodeReplayed => Key("activity-replayed"),
        A::InvitationSent
        | A::InvitationUndeliverable
        | A::CompanyAlarm
        | A::UserCodeAlarm
        | A::CompanyCreated
        | A::CompanyChanged
        | A::CompanySuspended
        | A::CompanyResumed
        | A::CompanyAliasAdded
        | A::CompanyAliasReleased
        | A::BulkProposed
        | A::BulkConfirmed
        | A::BulkDone
        | A::BulkCancelled
        | A::ClientCreated
        | A::ClientChanged
        | A::ClientRemoved
        | A::AuditViewed
        | A::AuditExported
        | A::OperatorLinkMade
        | A::ClientSecretRotated
        | A::ClientEnabled
        | A::ClientDisabled
        | A::InitialTokenMade
        | A::InitialTokenRevoked
        | A::LogoutUndeliverable
        | A::SigningKeyMade
        | A::SigningKeyDropped
        | A::Seeded => return None,
    })
}

impl ActivityPage {
    /// The texts, which may mention the agency.
    fn texts(&self, event: &Happened) -> Texts {
        let agency = event.agency.clone().unwrap_or_else(|| self.chrome.t("activity-an-agency"));
        self.chrome.texts.clone().with("agency", agency)
    }

    fn client(&self, event: &Happened) -> String {
        event.client.clone().unwrap_or_else(|| self.chrome.t("activity-an-app"))
    }

    /// When, with what, from where.
    fn facts(&self, event: &Happened) -> String {
        let texts = &self.chrome.texts;
        let mut facts = vec![moment(texts, event.at)];
        if let Some(place) = &event.place {
            facts.push(program_of(&self.chrome, place));
            let network =
                |address: std::net::IpAddr| texts.t_with("own-network", "address", address.to_string());
            facts.extend(place.address.map(network));
        }
        facts.join(" · ")
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for ActivityPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let at = Timestamp::from_seconds(1_795_262_400);
        let happened = |action: &AuditAction| Happened::new(*action, at);
        let place = Place {
            address: "2001:db8::17".parse().ok(),
            user_agent: Some(
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned(),
            ),
        };
        let everything = AuditAction::VARIANTS.iter().filter_map(happened).map(|event| Happened {
            place: Some(place.clone()),
            agency: Some("Maple Home Care".to_owned()),
            client: Some("\"><script>alert(1)</script>".to_owned()),
            ..event
        });
        let nameless = AuditAction::VARIANTS.iter().filter_map(happened);
        let empty = Self {
            chrome: chrome.clone(),
            menu: OwnMenu::sample(idp_service::authorize::OwnPage::Activity),
            events: Vec::new(),
            password_url: "/account/password".to_owned(),
        };
        vec![
            ("everything", Self { events: everything.collect(), ..empty.clone() }),
            ("nameless", Self { events: nameless.collect(), ..empty.clone() }),
            ("empty", empty),
        ]
    }
}
