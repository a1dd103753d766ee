//! What a client's answers are signed with, as typed (OpenID Connect Registration section 2, RFC 9701 section 6): read, and laid
//! over what is registered.

use idp_domain::client::{Profile, ResponseAlgs};
use idp_domain::signing_key::SigningAlg;

use super::draft::present;
use crate::field::{FieldCode, Findings};

/// As typed. Blank counts as absent: what is usual, and of UserInfo plain JSON.
#[derive(Debug, Clone, Default)]
pub struct ResponseSigningDraft {
    /// `id_token_signed_response_alg`
    pub id_token: Option<String>,
    /// `access_token_signed_response_alg`
    pub access_token: Option<String>,
    /// `userinfo_signed_response_alg`
    pub userinfo: Option<String>,
    /// `introspection_signed_response_alg`
    pub introspection: Option<String>,
}

impl ResponseSigningDraft {
    /// Who asks for what its profile does not take is told, and does not get another in silence.
    pub(super) fn check(&self, profile: Profile, findings: &mut Findings) -> ResponseAlgs {
        let mut alg = |name: &'static str, typed: &Option<String>| {
            let alg = SigningAlg::parse(present(typed.as_deref())?);
            let detail = match alg {
                None => format!("must be {}", SigningAlg::VARIANTS.map(SigningAlg::as_str).join(" or ")),
                Some(asked) if profile.signs(asked) != asked => {
                    format!("must be {} for a {} client", profile.signs(asked).as_str(), profile.as_str())
                }
                Some(_) => return alg,
            };
            findings.add(name, FieldCode::ValueInvalid, detail);
            None
        };
        let usual = ResponseAlgs::default();
        ResponseAlgs {
            id_token: alg("id_token_signed_response_alg", &self.id_token).unwrap_or(usual.id_token),
            access_token: alg("access_token_signed_response_alg", &self.access_token)
                .unwrap_or(usual.access_token),
            userinfo: alg("userinfo_signed_response_alg", &self.userinfo).or(usual.userinfo),
            introspection: alg("introspection_signed_response_alg", &self.introspection)
                .unwrap_or(usual.introspection),
        }
    }

    /// What somebody must have typed for what is registered: nothing for what is usual, so that a profile may bring its own.
    pub(super) fn typed(registered: ResponseAlgs) -> Self {
        let usual = ResponseAlgs::default();
        let unusual = |alg: SigningAlg, usual: SigningAlg| (alg != usual).then(|| alg.as_str().to_owned());
        Self {
            id_token: unusual(registered.id_token, usual.id_token),
            access_token: unusual(registered.access_token, usual.access_token),
            userinfo: registered.userinfo.map(|alg| alg.as_str().to_owned()),
            introspection: unusual(registered.introspection, usual.introspection),
        }
    }

    pub(super) fn laid_over(self, below: Self) -> Self {
        Self {
            id_token: self.id_token.or(below.id_token),
            access_token: self.access_token.or(below.access_token),
            userinfo: self.userinfo.or(below.userinfo),
            introspection: self.introspection.or(below.introspection),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(word: &str) -> ResponseSigningDraft {
        let word = Some(word.to_owned());
        ResponseSigningDraft {
            id_token: word.clone(),
            access_token: word.clone(),
            userinfo: word.clone(),
            introspection: word,
        }
    }

    fn read(draft: &ResponseSigningDraft, profile: Profile) -> Result<ResponseAlgs, Vec<String>> {
        let mut findings = Findings::default();
        let read = draft.check(profile, &mut findings);
        let found = findings.unless_any(Some(read));
        found.map_err(|found| found.into_iter().map(|problem| problem.field.into_owned()).collect())
    }

    const fn registered(alg: SigningAlg) -> ResponseAlgs {
        ResponseAlgs { id_token: alg, access_token: alg, userinfo: Some(alg), introspection: alg }
    }

    const NAMES: [&str; 4] = [
        "id_token_signed_response_alg",
        "access_token_signed_response_alg",
        "userinfo_signed_response_alg",
        "introspection_signed_response_alg",
    ];

    /// Registration section 2; FAPI 2.0 section 5.4.1: nothing is signed with RS256.
    #[test]
    fn an_algorithm_is_one_that_we_sign_with_and_that_the_profile_takes() {
        let (standard, fapi2) = (Profile::Standard, Profile::Fapi2);
        assert_eq!(read(&all(" RS256 "), standard), Ok(registered(SigningAlg::Rs256)));
        assert_eq!(read(&all("ES256"), fapi2), Ok(registered(SigningAlg::Es256)));
        for never in ["none", "HS256", "es256", "PS256"] {
            assert_eq!(read(&all(never), standard), Err(NAMES.map(str::to_owned).to_vec()), "{never}");
        }
        assert_eq!(read(&all("RS256"), fapi2), Err(NAMES.map(str::to_owned).to_vec()));
        for nothing in [all(""), ResponseSigningDraft::default()] {
            assert_eq!(read(&nothing, standard), Ok(ResponseAlgs::default()));
            assert_eq!(read(&nothing, fapi2), Ok(ResponseAlgs::default()), "what nobody chose is no mistake");
        }
    }

    #[test]
    fn a_change_takes_away_replaces_or_leaves_what_is_there() {
        let over = |above: ResponseSigningDraft, below, profile| {
            read(&above.laid_over(ResponseSigningDraft::typed(below)), profile)
        };
        let nothing = ResponseSigningDraft::default;
        for alg in SigningAlg::VARIANTS {
            assert_eq!(over(nothing(), registered(alg), Profile::Standard), Ok(registered(alg)));
            let usual = Ok(ResponseAlgs::default());
            assert_eq!(over(all(""), registered(alg), Profile::Standard), usual);
        }
        let (rs256, es256) = (registered(SigningAlg::Rs256), registered(SigningAlg::Es256));
        assert_eq!(over(all("ES256"), rs256, Profile::Fapi2), Ok(es256));
        let chosen = Err([NAMES[1], NAMES[2]].map(str::to_owned).to_vec());
        assert_eq!(over(nothing(), rs256, Profile::Fapi2), chosen, "only what somebody chose");
    }
}
