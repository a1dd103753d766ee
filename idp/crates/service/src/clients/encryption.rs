//! Which answers a client wants encrypted, as typed (OpenID Connect Registration section 2): read, and laid over what is
//! registered.

use idp_domain::client::{ContentEncryption, Encryption, EncryptionAlg, ResponseEncryption};

use super::draft::present;
use crate::field::{FieldCode, Findings};

/// As typed. Blank counts as absent.
#[derive(Debug, Clone, Default)]
pub struct EncryptionDraft {
    /// `id_token_encrypted_response_…`
    pub id_token: TypedEncryption,
    /// `userinfo_encrypted_response_…`
    pub userinfo: TypedEncryption,
}

/// Of one kind of answer.
#[derive(Debug, Clone, Default)]
pub struct TypedEncryption {
    pub alg: Option<String>,
    /// `A128CBC-HS256` when absent.
    pub enc: Option<String>,
}

impl EncryptionDraft {
    /// `has_keys`: whether the client says where its keys are.
    pub(super) fn check(&self, has_keys: bool, findings: &mut Findings) -> ResponseEncryption {
        let id_token = ["id_token_encrypted_response_alg", "id_token_encrypted_response_enc"];
        let userinfo = ["userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc"];
        ResponseEncryption {
            id_token: self.id_token.check(id_token, has_keys, findings),
            userinfo: self.userinfo.check(userinfo, has_keys, findings),
        }
    }

    /// What somebody would have typed for what is registered.
    pub fn typed(ResponseEncryption { id_token, userinfo }: ResponseEncryption) -> Self {
        Self { id_token: TypedEncryption::of(id_token), userinfo: TypedEncryption::of(userinfo) }
    }

    pub(super) fn laid_over(self, below: Self) -> Self {
        Self {
            id_token: self.id_token.laid_over(below.id_token),
            userinfo: self.userinfo.laid_over(below.userinfo),
        }
    }
}

impl TypedEncryption {
    fn of(how: Option<Encryption>) -> Self {
        Self {
            alg: how.map(|how| how.alg.as_str().to_owned()),
            enc: how.map(|how| how.enc.as_str().to_owned()),
        }
    }

    /// Whoever takes an `alg` away need not mention its `enc`.
    fn laid_over(self, below: Self) -> Self {
        let stays = self.alg.is_none() || present(self.alg.as_deref()).is_some();
        Self { alg: self.alg.or(below.alg), enc: self.enc.or(below.enc.filter(|_| stays)) }
    }

    fn check(
        &self,
        [alg_name, enc_name]: [&'static str; 2],
        has_keys: bool,
        findings: &mut Findings,
    ) -> Option<Encryption> {
        let (alg, enc) = (present(self.alg.as_deref()), present(self.enc.as_deref()));
        if alg.is_none() && enc.is_some() {
            findings.add(alg_name, FieldCode::ValueMissing, format!("must be sent with {enc_name}"));
        }
        if alg.is_some() && !has_keys {
            let detail = "needs jwks or jwks_uri, with a key to encrypt to";
            findings.add(alg_name, FieldCode::ValueInvalid, detail);
        }
        let mut unknown = |name, words: &[&str]| {
            findings.add(name, FieldCode::ValueInvalid, format!("must be one of {}", words.join(", ")));
        };
        let enc = match enc.map(ContentEncryption::parse) {
            Some(None) => {
                unknown(enc_name, &ContentEncryption::VARIANTS.map(ContentEncryption::as_str));
                None
            }
            enc => enc.flatten(),
        };
        let alg = EncryptionAlg::parse(alg?).or_else(|| {
            unknown(alg_name, &EncryptionAlg::VARIANTS.map(EncryptionAlg::as_str));
            None
        })?;
        Some(Encryption { alg, enc: enc.unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(alg: &str, enc: &str) -> EncryptionDraft {
        let id_token = TypedEncryption { alg: Some(alg.to_owned()), enc: Some(enc.to_owned()) };
        EncryptionDraft { id_token, userinfo: TypedEncryption::default() }
    }

    /// What is read, or the names of the bad fields.
    fn read(draft: &EncryptionDraft, has_keys: bool) -> Result<Option<Encryption>, Vec<String>> {
        let mut findings = Findings::default();
        let read = draft.check(has_keys, &mut findings).id_token;
        let found = findings.unless_any(Some(read));
        found.map_err(|found| found.into_iter().map(|problem| problem.field.into_owned()).collect())
    }

    /// Registration section 2: the default of `enc`, and that it is not there without `alg`.
    #[test]
    fn an_algorithm_is_enough_and_an_encryption_alone_is_not() {
        let how = |enc| Ok(Some(Encryption { alg: EncryptionAlg::EcdhEs, enc }));
        assert_eq!(read(&draft("ECDH-ES", ""), true), how(ContentEncryption::A128CbcHs256));
        assert_eq!(read(&draft(" ECDH-ES ", "A256GCM"), true), how(ContentEncryption::A256Gcm));
        assert_eq!(read(&draft("", ""), false), Ok(None));
        let refused = |names: &[&str]| Err(names.iter().map(|&name| name.to_owned()).collect());
        let [alg, enc] = ["id_token_encrypted_response_alg", "id_token_encrypted_response_enc"];
        assert_eq!(read(&draft("", "A256GCM"), true), refused(&[alg]));
        assert_eq!(read(&draft("RSA1_5", "A64GCM"), true), refused(&[enc, alg]));
        assert_eq!(read(&draft("RSA-OAEP", ""), false), refused(&[alg]), "no key to encrypt to");
    }

    #[test]
    fn a_change_takes_away_replaces_or_leaves_what_is_there() {
        let over = |alg: Option<&str>, enc: Option<&str>| {
            let id_token = TypedEncryption { alg: alg.map(str::to_owned), enc: enc.map(str::to_owned) };
            let above = EncryptionDraft { id_token, userinfo: TypedEncryption::default() };
            read(&above.laid_over(draft("ECDH-ES", "A256GCM")), true)
        };
        let how = |alg, enc| Ok(Some(Encryption { alg, enc }));
        assert_eq!(over(None, None), how(EncryptionAlg::EcdhEs, ContentEncryption::A256Gcm));
        assert_eq!(over(Some(""), None), Ok(None));
        assert_eq!(over(Some("RSA-OAEP"), None), how(EncryptionAlg::RsaOaep, ContentEncryption::A256Gcm));
        assert_eq!(over(None, Some("")), how(EncryptionAlg::EcdhEs, ContentEncryption::A128CbcHs256));
    }
}
