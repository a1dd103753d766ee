//! Every page with every state worth looking at, for tests alone: the unit tests of this crate read the HTML, the browser
//! tests look at it (feature `samples`). Nobody's real name, address or secret is in here.

#![expect(clippy::expect_used, reason = "only tests draw samples; one that cannot be drawn fails them")]

use super::*;

/// A page with the states worth looking at.
pub trait Samples: Template + Sized {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)>;
}

pub(super) fn agency() -> Agency {
    Agency {
        name: "Maple Home Care".into(),
        phone: Some("(519) 555-0142".into()),
        email: Some("office@maple.example".into()),
        accent: Accent::default(),
        logo: None,
    }
}

/// A client's logo of so many pixels.
pub(super) fn client_logo(chrome: &Chrome, width: u32, height: u32) -> LogoImage {
    let url = format!("{}/logos/{}.png", chrome.base, "c1".repeat(32));
    LogoImage { url, width, height }
}

pub(super) fn form(action: &str) -> Form {
    let secret = |value: &str| Secret::new(value.to_owned());
    Form { action: action.into(), csrf: secret("csrf-token"), flow: Some(secret("sealed-flow")) }
}

/// A page as it leaves the server.
#[derive(Debug)]
pub struct Rendered {
    /// `page.sample.language`, such as `log_in.wrong.en`.
    pub name: String,
    pub html: String,
}

/// All of them in every language, below the path `base` of an issuer.
pub fn all_pages(base: &str) -> Vec<Rendered> {
    let brand =
        Brand { base: base.into(), product: "Home Identity".into(), operator: "Home Care Software".into() };
    Locale::all().into_iter().flat_map(|locale| pages_in(&Chrome::new(&brand, locale, 2026))).collect()
}

pub(super) fn pages_in(chrome: &Chrome) -> Vec<Rendered> {
    fn of<P: Samples>(page: &str, chrome: &Chrome) -> Vec<Rendered> {
        let named = |(sample, page_struct): (&str, P)| Rendered {
            name: format!("{page}.{sample}.{}", chrome.lang()),
            html: page_struct.render().expect("a page"),
        };
        P::samples(chrome).into_iter().map(named).collect()
    }
    [
        of::<AccountPage>("account", chrome),
        of::<ApiPage>("api", chrome),
        of::<AppsPage>("apps", chrome),
        of::<BootstrapLink>("bootstrap_link", chrome),
        of::<BootstrapPage>("bootstrap", chrome),
        of::<ChangePassword>("change_password", chrome),
        of::<CheckMail>("check_mail", chrome),
        of::<ChoosePage>("choose", chrome),
        of::<ConfirmLogout>("confirm_logout", chrome),
        of::<ConsentPage>("consent", chrome),
        of::<CreatePassword>("create_password", chrome),
        of::<DeviceAbroad>("device_abroad", chrome),
        of::<DeviceApproval>("device_approve", chrome),
        of::<DeviceCode>("device_code", chrome),
        of::<DeviceDone>("device_done", chrome),
        of::<DeviceElsewhere>("device_elsewhere", chrome),
        of::<DeviceNoAccess>("device_no_access", chrome),
        of::<DeviceOver>("device_over", chrome),
        of::<DeviceWrongPerson>("device_wrong_person", chrome),
        of::<EmailLink>("email_link", chrome),
        of::<ErrorPage>("error", chrome),
        of::<Forgot>("forgot", chrome),
        of::<FormPost>("form_post", chrome),
        of::<LinkProblem>("link_problem", chrome),
        of::<LinkSent>("link_sent", chrome),
        of::<LogIn>("log_in", chrome),
        of::<NoAccess>("no_access", chrome),
        of::<OwnEmailPage>("own_email", chrome),
        of::<PasswordCreated>("password_created", chrome),
        of::<RecoveryCodePage>("recovery_code", chrome),
        of::<RecoveryCodeShown>("recovery_code_shown", chrome),
        of::<RecoveryStop>("recovery_stop", chrome),
        of::<ResetQuestions>("reset_questions", chrome),
        of::<ResetRecoveryCode>("reset_recovery_code", chrome),
        of::<SecurityPage>("security", chrome),
        of::<SecurityQuestions>("security_questions", chrome),
        of::<SignedOut>("signed_out", chrome),
        of::<Stopped>("stopped", chrome),
        of::<VerifyEmail>("verify_email", chrome),
        of::<AccountClosed>("account_closed", chrome),
        of::<ActivityPage>("activity", chrome),
        of::<CloseAccount>("close_account", chrome),
        of::<CompaniesPage>("companies", chrome),
        of::<ExportPage>("export", chrome),
        of::<SessionsPage>("sessions", chrome),
        of::<office::AddPage>("office_add", chrome),
        of::<office::AgenciesPage>("office_agencies", chrome),
        of::<office::AgencyOpened>("office_agency_opened", chrome),
        of::<office::AwayPage>("office_away", chrome),
        of::<office::InstructionsPage>("office_instructions", chrome),
        of::<office::LogoPage>("office_logo", chrome),
        of::<office::NobodyPage>("office_nobody", chrome),
        of::<office::OpenAgencyPage>("office_open_agency", chrome),
        of::<office::PeoplePage>("office_people", chrome),
        of::<office::PersonPage>("office_person", chrome),
        of::<office::SurePage>("office_sure", chrome),
        of::<office::BulkPage>("office_bulk", chrome),
        of::<office::ListPage>("office_list", chrome),
        of::<office::JobPage>("office_job", chrome),
        of::<Welcome>("welcome", chrome),
    ]
    .into_iter()
    .flatten()
    .collect()
}
