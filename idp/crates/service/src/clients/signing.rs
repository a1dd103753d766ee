//! What a client signs its JWTs with, as typed (OpenID Connect Registration section 2): read, and laid over what is registered.

use idp_domain::client::{AssertionAlg, RequestAlgs};

use super::draft::present;
use crate::field::{FieldCode, Findings};

/// Under the names of the metadata. Blank counts as absent: with any algorithm that discovery names.
#[derive(Debug, Clone, Default)]
pub struct SigningDraft {
    pub token_endpoint_auth_signing_alg: Option<String>,
    pub request_object_signing_alg: Option<String>,
}

impl SigningDraft {
    /// `has_keys`: whether the client says where its keys are.
    pub(super) fn check(&self, has_keys: bool, findings: &mut Findings) -> RequestAlgs {
        let mut alg = |name: &'static str, typed: &Option<String>| {
            let word = present(typed.as_deref())?;
            let alg = AssertionAlg::parse(word);
            if alg.is_none() {
                let words = AssertionAlg::VARIANTS.map(AssertionAlg::as_str).join(", ");
                findings.add(name, FieldCode::ValueInvalid, format!("must be one of {words}"));
            } else if !has_keys {
                findings.add(
                    name,
                    FieldCode::ValueInvalid,
                    "needs jwks or jwks_uri, with a key to verify with",
                );
            }
            alg
        };
        RequestAlgs {
            token_endpoint_auth_signing_alg: alg(
                "token_endpoint_auth_signing_alg",
                &self.token_endpoint_auth_signing_alg,
            ),
            request_object_signing_alg: alg("request_object_signing_alg", &self.request_object_signing_alg),
        }
    }

    /// What somebody would have typed for what is registered.
    pub fn typed(registered: RequestAlgs) -> Self {
        let word = |alg: Option<AssertionAlg>| alg.map(|alg| alg.as_str().to_owned());
        Self {
            token_endpoint_auth_signing_alg: word(registered.token_endpoint_auth_signing_alg),
            request_object_signing_alg: word(registered.request_object_signing_alg),
        }
    }

    pub(super) fn laid_over(self, below: Self) -> Self {
        Self {
            token_endpoint_auth_signing_alg: self
                .token_endpoint_auth_signing_alg
                .or(below.token_endpoint_auth_signing_alg),
            request_object_signing_alg: self.request_object_signing_alg.or(below.request_object_signing_alg),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(assertion: Option<&str>, request_object: Option<&str>) -> SigningDraft {
        SigningDraft {
            token_endpoint_auth_signing_alg: assertion.map(str::to_owned),
            request_object_signing_alg: request_object.map(str::to_owned),
        }
    }

    fn read(draft: &SigningDraft, has_keys: bool) -> Result<RequestAlgs, Vec<String>> {
        let mut findings = Findings::default();
        let read = draft.check(has_keys, &mut findings);
        let found = findings.unless_any(Some(read));
        found.map_err(|found| found.into_iter().map(|problem| problem.field.into_owned()).collect())
    }

    /// Registration section 2; `none` is nobody's signature, and HMAC is everybody's who knows the secret.
    #[test]
    fn an_algorithm_is_one_of_a_key_pair() {
        let algs = RequestAlgs {
            token_endpoint_auth_signing_alg: Some(AssertionAlg::Es256),
            request_object_signing_alg: Some(AssertionAlg::Ps256),
        };
        assert_eq!(read(&draft(Some("ES256"), Some(" PS256 ")), true), Ok(algs));
        assert_eq!(read(&draft(Some(""), None), false), Ok(RequestAlgs::default()));
        let names = ["token_endpoint_auth_signing_alg".to_owned(), "request_object_signing_alg".to_owned()];
        for never in ["none", "HS256", "es256", "RS1"] {
            assert_eq!(read(&draft(Some(never), Some(never)), true), Err(names.to_vec()), "{never}");
        }
        assert_eq!(read(&draft(Some("ES256"), Some("ES256")), false), Err(names.to_vec()), "no key");
    }

    #[test]
    fn a_change_takes_away_replaces_or_leaves_what_is_there() {
        let over = |above: SigningDraft| read(&above.laid_over(draft(Some("ES256"), Some("PS256"))), true);
        let algs = |assertion, request_object| {
            Ok(RequestAlgs {
                token_endpoint_auth_signing_alg: assertion,
                request_object_signing_alg: request_object,
            })
        };
        let (es256, ps256) = (Some(AssertionAlg::Es256), Some(AssertionAlg::Ps256));
        assert_eq!(over(SigningDraft::default()), algs(es256, ps256));
        assert_eq!(over(draft(Some(""), Some("ES256"))), algs(None, es256));
    }
}
