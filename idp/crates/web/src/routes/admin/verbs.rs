//! What is done to one member besides reading, changing and removing: `POST .../members/{member}:resend` and the like. The verb
//! is the end of the last segment, which no router can match, so one route takes them all apart; in the description of the API
//! each is a path of its own.

use idp_service::provision::MemberAction;
use serde_json::{Value, json};

use super::call::Call;
use super::problem::Problem;
use super::wire::ProposedEmailBody;

macro_rules! verbs {
    ($($variant:ident = $word:literal $operation:literal $summary:literal $description:literal),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Verb { $($variant),+ }

        impl Verb {
            const VARIANTS: &'static [Self] = &[$(Self::$variant),+];
            const fn as_str(self) -> &'static str { match self { $(Self::$variant => $word),+ } }
            /// Operation id, summary and description.
            const fn words(self) -> [&'static str; 3] {
                match self { $(Self::$variant => [$operation, $summary, $description]),+ }
            }
        }
    };
}

verbs! {
    Resend = "resend" "resendInvitation" "Send the invitation again"
        "Queues another mail. The links of older ones are dead. 409 when the person has accepted, is inactive or removed, or when \
         mails to the address come back.",
    RevokeInvitation = "revoke-invitation" "revokeInvitation" "Take the invitation back"
        "The mail that is out opens nothing any more, and the member is inactive.",
    Activate = "activate" "activateMember" "Set the status to Active"
        "Whoever had accepted is back with the password from before; whoever had not gets a new mail.",
    Deactivate = "deactivate" "deactivateMember" "Set the status to Inactive"
        "The person gets no new tokens for this company, and those they hold are refused at once. Other agencies are untouched.",
    ResetPassword = "reset-password" "resetPassword" "Mail a link for another password"
        "The link goes to the person and to nobody else. The old password works until another one is chosen.",
    RevokeSessions = "revoke-sessions" "revokeSessions" "End what the person has open"
        "At this company: tokens are refused at once, and its programs are told to log the person out.",
    Unlock = "unlock" "unlockMember" "Forget wrong passwords"
        "The person need not wait any longer. Nothing else changes.",
    ProposeEmail = "propose-email" "proposeEmail" "Propose another e-mail address"
        "For somebody who has accepted: in effect when the person confirms it, by a link mailed to the new \
         address and with their password. 409 while the person is changing the address themselves. Of somebody who \
         has not accepted, PATCH corrects the address.",
}

impl Verb {
    /// The member's id and what to do; `None` when the segment names nothing that can be done.
    pub(super) fn split(segment: &str) -> Option<(&str, Self)> {
        let (member, word) = segment.split_once(':')?;
        let verb = Self::VARIANTS.iter().find(|verb| verb.as_str() == word)?;
        Some((member, *verb))
    }

    /// # Errors
    /// A body that is not the verb's.
    pub(super) fn read(self, call: &Call, body: &[u8]) -> Result<MemberAction, Problem> {
        if self != Self::ProposeEmail {
            without_body(body)?;
        }
        Ok(match self {
            Self::Resend => MemberAction::Resend,
            Self::RevokeInvitation => MemberAction::RevokeInvitation,
            Self::Activate => MemberAction::Activate,
            Self::Deactivate => MemberAction::Deactivate,
            Self::ResetPassword => MemberAction::ResetPassword,
            Self::RevokeSessions => MemberAction::RevokeSessions,
            Self::Unlock => MemberAction::Unlock,
            Self::ProposeEmail => {
                let ProposedEmailBody { email } = call.json(body)?;
                MemberAction::propose(&email).map_err(Problem::invalid_member)?
            }
        })
    }

    /// Path and operation of every verb. `like` is an operation with the same parameters and answers.
    pub(super) fn describe(path: &str, like: &Value) -> Vec<(String, Value)> {
        let described = |verb: &Self| {
            let mut operation = like.clone();
            let [id, summary, description] = verb.words();
            operation["operationId"] = json!(id);
            operation["summary"] = json!(summary);
            operation["description"] = json!(description);
            if let Some(operation) = operation.as_object_mut() {
                operation.remove("requestBody");
            }
            if *verb == Self::ProposeEmail {
                let schema = json!({"$ref": "#/components/schemas/ProposedEmailBody"});
                operation["requestBody"] =
                    json!({"required": true, "content": {"application/json": {"schema": schema}}});
            }
            (format!("{path}:{}", verb.as_str()), json!({ "post": operation }))
        };
        Self::VARIANTS.iter().map(described).collect()
    }
}

/// # Errors
/// A body that says something: it would not be heard.
pub(super) fn without_body(body: &[u8]) -> Result<(), Problem> {
    match body.trim_ascii() {
        b"" | b"{}" => Ok(()),
        _ => Err(Problem::invalid_body("Send no body, or an empty JSON object.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_a_member_and_a_known_verb_or_nothing() {
        assert_eq!(Verb::split("mbr_1:propose-email"), Some(("mbr_1", Verb::ProposeEmail)));
        assert_eq!(Verb::split(":resend"), Some(("", Verb::Resend)));
        for none in
            ["mbr_1", "mbr_1:", "mbr_1:Resend", "mbr_1:resend:", "mbr_1:resend:unlock", "mbr_1: unlock"]
        {
            assert_eq!(Verb::split(none), None, "{none}");
        }
    }
}
