//! Mails to somebody who forgot the password (R45, R53, R90; L6) or the company code (R84). Anybody may have asked for
//! them: each says what to do if it was not its reader.

use idp_domain::company::Company;
use idp_service::mail::CompanyCode;

use super::sheet::Sheet;
use crate::locale::Key;
use crate::pages::wait_text;

pub(super) fn password_reset(sheet: Sheet, link: &str, code: &str) -> Sheet {
    sheet
        .titled("letter-reset")
        .say("letter-reset-asked")
        .button("letter-reset-link", link)
        .say("letter-reset-code")
        .code(code)
        .say("letter-reset-life")
        .say("letter-code-is-yours")
        .say("letter-reset-not-asked")
}

/// An agency started it (L10): no page waits for a code, and the agency has neither the link nor the password.
pub(super) fn agency_reset(sheet: Sheet, link: &str, minutes: u64) -> Sheet {
    let life = wait_text(&sheet.texts, u32::try_from(minutes.saturating_mul(60)).unwrap_or(u32::MAX));
    sheet
        .with("life", life)
        .titled("letter-agency-reset")
        .say("letter-agency-reset-started")
        .button("letter-reset-link", link)
        .say("letter-agency-reset-life")
        .say("letter-agency-reset-yours")
        .say("letter-reset-not-asked")
}

/// There is nothing to click: the agency helps.
pub(super) fn help(sheet: Sheet, agency: Option<&Company>) -> Sheet {
    let sheet = sheet.titled("letter-help").say("letter-help-asked");
    let sheet = match agency {
        Some(agency) => sheet.say("letter-help-agency").facts([
            (Key("letter-phone"), agency.contact.phone.as_ref().map(ToString::to_string)),
            (Key("letter-email"), agency.contact.email.as_ref().map(ToString::to_string)),
        ]),
        None => sheet.say("letter-help-nobody"),
    };
    sheet.say("letter-reset-not-asked")
}

pub(super) fn company_codes(sheet: Sheet, codes: &[CompanyCode]) -> Sheet {
    let sheet = sheet.with("count", codes.len()).titled("letter-codes").say("letter-codes-lead");
    let sheet = codes.iter().fold(sheet, |sheet, at| {
        let sheet = sheet.facts([
            (Key("letter-agency"), Some(at.name.clone())),
            (Key("letter-company-code"), Some(at.code.clone())),
        ]);
        match &at.portal_url {
            Some(portal) => sheet.address("letter-codes-portal", portal),
            None => sheet,
        }
    });
    sheet.say("letter-codes-not-asked")
}
