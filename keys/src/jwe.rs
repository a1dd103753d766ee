//! One form of JWE (RFC 7516 section 7.1) and no other: compact, `dir`, `A256GCM`, with the `kid` of a master key.
//!
//! The header is held against that form before anything is decrypted: josekit would inflate `zip` without a limit and
//! hand a shortened authentication tag to OpenSSL, which then checks only as much of it as there is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::JoseError;
use josekit::jwe::{self, Dir, JweHeader};
use serde::Deserialize;
use zeroize::Zeroizing;

const ALG: &str = "dir";
const ENC: &str = "A256GCM";
/// 96 bits in base64url.
const IV_CHARS: usize = 16;
/// 128 bits in base64url.
const TAG_CHARS: usize = 22;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    enc: String,
    kid: String,
}

/// Encrypts under a 256-bit content key; OpenSSL draws the nonce.
pub(crate) fn encrypt(kid: &str, key: &[u8; 32], plain: &[u8]) -> Result<String, JoseError> {
    let mut header = JweHeader::new();
    header.set_content_encryption(ENC);
    header.set_key_id(kid);
    jwe::serialize_compact(plain, &header, &*Dir.encrypter_from_bytes(key)?)
}

/// The `kid` of a text that has our form; `None` for any other.
pub(crate) fn kid(sealed: &str) -> Option<String> {
    let mut parts = sealed.split('.');
    let (header, key, iv) = (parts.next()?, parts.next()?, parts.next()?);
    let (_ciphertext, tag) = (parts.next()?, parts.next()?);
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    let ours = header.alg == ALG && header.enc == ENC && key.is_empty();
    let whole = iv.len() == IV_CHARS && tag.len() == TAG_CHARS && parts.next().is_none();
    (ours && whole).then_some(header.kid)
}

/// What was encrypted under `key`; `None` for anything altered, foreign or of another form.
pub(crate) fn decrypt(key: &[u8; 32], sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
    kid(sealed)?;
    let decrypter = Dir.decrypter_from_bytes(key).ok()?;
    let (plain, _) = jwe::deserialize_compact(sealed, &*decrypter).ok()?;
    Some(Zeroizing::new(plain))
}
