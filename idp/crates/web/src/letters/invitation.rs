//! Mail 1, the activation mail (requirements section 5, R35-R38): the guides' sentences in the guides' order. And the mail
//! a person with an account gets when another agency adds them (R77): never a link to a password.

use idp_domain::company::Company;
use idp_service::mail::LogInAt;

use super::sheet::Sheet;
use crate::locale::Key;

pub(super) fn activation(sheet: Sheet, agency: &Company, (link, log_in_at): (&str, &LogInAt)) -> Sheet {
    let sheet = sheet
        .titled("letter-activation")
        .say("letter-activation-granted")
        .button("letter-activation-link", link);
    let sheet = how_to_log_in(sheet, agency);
    match log_in_at {
        LogInAt::Portal(portal) => sheet.address("letter-bookmark", portal),
        LogInAt::Here(address) => sheet.address("letter-bookmark-here", address),
    }
}

pub(super) fn membership_added(sheet: Sheet, agency: &Company, log_in_at: &LogInAt) -> Sheet {
    let sheet = how_to_log_in(sheet.titled("letter-member").say("letter-member-granted"), agency);
    match log_in_at {
        LogInAt::Portal(portal) => sheet.say("letter-bookmark").button("letter-member-portal", portal),
        LogInAt::Here(address) => sheet.say("letter-bookmark-here").button("letter-member-here", address),
    }
}

fn how_to_log_in(sheet: Sheet, agency: &Company) -> Sheet {
    let username = sheet.username.clone();
    sheet.facts([
        (Key("letter-company-code"), Some(agency.code.to_string())),
        (Key("letter-username"), Some(username)),
    ])
}
