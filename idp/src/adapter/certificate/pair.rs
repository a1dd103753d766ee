//! A certificate chain and its private key, as read from their files at one moment: whether TLS can be spoken with them at
//! all, and whether people's browsers will take them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use idp_domain::Timestamp;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError as Flaw, RootCertStore, client};

use super::face::Face;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// An end is announced in the last sixth of a certificate's life, and no earlier than this: two weeks of ninety days, one day
/// of six. Whoever renews by itself has done so by then.
const ANNOUNCED: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const SHARE: u32 = 6;

/// Why TLS cannot be spoken with what the files hold. Never says anything of the key itself.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unreadable(Vec<Unreadable>),
    #[error("server.tls.certificate: holds no certificate in PEM format (-----BEGIN CERTIFICATE-----)")]
    NoCertificate,
    #[error("server.tls.certificate: is damaged, or not written to its end: {}", words(.0))]
    Cut(pem::Error),
    #[error("server.tls.certificate: its certificate {number} cannot be used: {why}")]
    Unusable { number: usize, why: String },
    #[error("server.tls.key: holds no private key in PEM format, or was not written to its end")]
    NoKey,
    #[error("server.tls.key: is encrypted, and nobody types a passphrase at a start; write it without one")]
    EncryptedKey,
    #[error("server.tls.key: its kind of key is not for TLS; make one of ECDSA P-256 or RSA 2048 bits")]
    OtherKey,
    #[error(
        "server.tls.key: does not fit the first certificate of server.tls.certificate; is it another one's, or does another \
         certificate stand before it?"
    )]
    KeyOfAnother,
    #[error("server.tls: the new pair is worse than the one in use: {0}")]
    Worse(Complaint),
}

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("server.tls.{setting}: {path} cannot be read: {why}")]
pub struct Unreadable {
    pub(super) setting: &'static str,
    pub(super) path: PathBuf,
    pub(super) why: std::io::Error,
}

/// What the reader of PEM says, with the line that is missing as text.
fn words(error: &pem::Error) -> String {
    match error {
        pem::Error::MissingSectionEnd { end_marker } => {
            format!("the line -----END {}----- is missing", String::from_utf8_lossy(end_marker))
        }
        other => other.to_string(),
    }
}

/// Why browsers and clients will not take a pair that TLS could be spoken with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Complaint {
    #[error("server.tls.certificate: is over since {}; put a renewed one in its place", .0.to_rfc3339())]
    Over(Timestamp),
    #[error("server.tls.certificate: is valid from {} on, not yet; is this machine's clock right?", .0.to_rfc3339())]
    NotYet(Timestamp),
    #[error("server.tls.certificate: is not for {host}, the issuer's host, but for {named}")]
    OtherName { host: String, named: String },
    #[error(
        "server.tls.certificate: its certificate {number} did not issue the one before it; write the server's own first, then \
         each one's issuer"
    )]
    Order { number: usize },
    #[error("server.tls.certificate: its chain does not hold: {0}")]
    Chain(String),
}

/// What the files held at one moment.
pub(super) struct Written {
    pub(super) certificate: Vec<u8>,
    pub(super) key: zeroize::Zeroizing<Vec<u8>>,
}

/// A pair that TLS can be spoken with.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) certified: Arc<CertifiedKey>,
    /// The latest beginning and the earliest end in the chain.
    not_before: Timestamp,
    not_after: Timestamp,
    /// What no passing of time mends.
    lasting: Option<Complaint>,
}

/// What is to be said of a pair at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outlook {
    Good,
    /// In so many whole days.
    EndsSoon {
        days: u64,
    },
    Bad(Complaint),
}

impl Pair {
    /// `host`: whom the certificate must be for; `None` where a proxy in front shows another one.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub(super) fn read(written: &Written, host: Option<&str>) -> Result<Self, CertificateError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&written.certificate)
            .collect::<Result<_, _>>()
            .map_err(CertificateError::Cut)?;
        if chain.is_empty() {
            return Err(CertificateError::NoCertificate);
        }
        let faces = faces(&chain)?;
        let certified = Arc::new(certified(chain, private_key(&written.key)?)?);
        let not_before = faces.iter().map(|face| face.not_before).max().unwrap_or(Timestamp::from_seconds(0));
        let not_after = faces.iter().map(|face| face.not_after).min().unwrap_or(not_before);
        let lasting = order(&faces)
            .or_else(|| chain_holds(&certified.cert, not_after))
            .or_else(|| name(&certified.cert, host));
        Ok(Self { certified, not_before, not_after, lasting })
    }

    pub(super) fn not_after(&self) -> Timestamp {
        self.not_after
    }

    pub(super) fn outlook(&self, now: Timestamp) -> Outlook {
        if now >= self.not_after {
            return Outlook::Bad(Complaint::Over(self.not_after));
        }
        if now < self.not_before {
            return Outlook::Bad(Complaint::NotYet(self.not_before));
        }
        if let Some(complaint) = &self.lasting {
            return Outlook::Bad(complaint.clone());
        }
        outlook_of_dates(self.not_before, self.not_after, now)
    }
}

fn outlook_of_dates(not_before: Timestamp, not_after: Timestamp, now: Timestamp) -> Outlook {
    let left = not_after.since(now);
    if left > (not_after.since(not_before) / SHARE).min(ANNOUNCED) {
        return Outlook::Good;
    }
    Outlook::EndsSoon { days: left.as_secs() / DAY.as_secs() }
}

fn faces(chain: &[CertificateDer<'_>]) -> Result<Vec<Face>, CertificateError> {
    let face = |(at, certificate): (usize, &CertificateDer<'_>)| {
        Face::read(certificate)
            .map_err(|why| CertificateError::Unusable { number: at + 1, why: why.to_string() })
    };
    chain.iter().enumerate().map(face).collect()
}

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, CertificateError> {
    const ENCRYPTED: &[u8] = b"ENCRYPTED";
    // What the reader of PEM says of a bad line could have some of the key in it.
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
        if pem.windows(ENCRYPTED.len()).any(|word| word == ENCRYPTED) {
            CertificateError::EncryptedKey
        } else {
            CertificateError::NoKey
        }
    })
}

fn certified(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<CertifiedKey, CertificateError> {
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => CertificateError::KeyOfAnother,
        rustls::Error::InvalidCertificate(why) => {
            CertificateError::Unusable { number: 1, why: why.to_string() }
        }
        _ => CertificateError::OtherKey,
    })
}

/// RFC 5246 section 7.4.2: each certificate certifies the one before it. TLS 1.3 lets a server off, many clients do not.
fn order(faces: &[Face]) -> Option<Complaint> {
    let stranger =
        faces.windows(2).position(|two| matches!(two, [one, next] if one.issuer != next.subject))?;
    Some(Complaint::Order { number: stranger + 2 })
}

/// Whether the first certificate is signed all the way by the last, at a time when all of them are valid.
fn chain_holds(chain: &[CertificateDer<'static>], not_after: Timestamp) -> Option<Complaint> {
    let [own, between @ .., last] = chain else { return None };
    let when = UnixTime::since_unix_epoch(
        Duration::from_millis(u64::try_from(not_after.millis()).unwrap_or(0)).saturating_sub(DAY / 24),
    );
    let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
    let holds = || {
        let mut roots = RootCertStore::empty();
        roots.add(last.clone())?;
        let own = ParsedCertificate::try_from(own)?;
        client::verify_server_cert_signed_by_trust_anchor(&own, &roots, between, when, algorithms.all)
    };
    holds().err().map(|why| Complaint::Chain(why.to_string()))
}

fn name(chain: &[CertificateDer<'static>], host: Option<&str>) -> Option<Complaint> {
    let (own, host) = (chain.first()?, host?);
    let is_for = || {
        let name = ServerName::try_from(host).map_err(|_| rustls::Error::General("is no name".to_owned()))?;
        client::verify_server_name(&ParsedCertificate::try_from(own)?, &name)
    };
    let named = match is_for() {
        Ok(()) => return None,
        Err(rustls::Error::InvalidCertificate(Flaw::NotValidForNameContext { presented, .. })) => {
            presented.iter().map(|name| bare(name)).collect::<Vec<_>>().join(", ")
        }
        Err(other) => other.to_string(),
    };
    let named = if named.is_empty() { "nobody (it has no subjectAltName)".to_owned() } else { named };
    Some(Complaint::OtherName { host: host.to_owned(), named })
}

/// `DnsName("login.example.org")` as rustls tells it is `login.example.org` for people.
fn bare(presented: &str) -> &str {
    let inner = presented.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(presented).trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who renews at two thirds of a certificate's life, as most programs do, never reads a warning.
    #[test]
    fn an_end_is_announced_in_the_last_sixth_of_a_life_and_at_most_a_month_before() {
        let day = |days: i64| Timestamp::from_seconds(days * 24 * 60 * 60);
        for (life, announced) in [(6, 1), (90, 15), (398, 30), (3650, 30)] {
            let at = |left: i64| outlook_of_dates(day(0), day(life), day(life - left));
            assert_eq!(at(announced + 1), Outlook::Good, "{life}");
            assert_eq!(at(announced), Outlook::EndsSoon { days: announced.unsigned_abs() }, "{life}");
        }
    }
}
