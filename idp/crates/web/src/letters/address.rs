//! Mails that prove an address: the one an account has, and the one it is to have (R72).

use super::sheet::Sheet;

pub(super) fn verification(sheet: Sheet, code: &str) -> Sheet {
    sheet
        .titled("letter-verify")
        .say("letter-verify-code")
        .code(code)
        .say("letter-code-is-yours")
        .say("letter-not-you")
}

/// To the new address that an agency proposed: what its office typed may be a stranger's, or its own.
pub(super) fn proposed(sheet: Sheet, link: &str) -> Sheet {
    sheet
        .titled("letter-change")
        .unnamed()
        .say("letter-proposed-asked")
        .button("letter-proposed-link", link)
        .say("letter-proposed-next")
        .say("letter-not-you")
}

/// To the new address. It may have been mistyped and be a stranger's, who learns neither a name nor the old address.
pub(super) fn change(sheet: Sheet, link: &str) -> Sheet {
    sheet
        .titled("letter-change")
        .unnamed()
        .say("letter-change-asked")
        .button("letter-change-link", link)
        .say("letter-change-next")
        .say("letter-not-you")
}
