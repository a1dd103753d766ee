//! What stands on the face of an X.509 certificate (RFC 5280 section 4.1): who issued it, for whom, from when until when.
//! Whether any of it is true is for rustls to say.

use der::asn1::{GeneralizedTime, UtcTime};
use der::{Decode as _, Reader, SliceReader, Tag, TagNumber};
use idp_domain::Timestamp;

/// The names are as encoded: RFC 5280 section 7.1 lets them be compared as they are where one authority writes both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Face {
    pub(super) issuer: Vec<u8>,
    pub(super) subject: Vec<u8>,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

impl Face {
    /// # Errors
    /// When this is no certificate in DER.
    pub(super) fn read(certificate: &[u8]) -> Result<Self, der::Error> {
        SliceReader::new(certificate)?.sequence(|certificate| {
            let face = certificate.sequence(|signed| {
                if Tag::peek(signed)? == VERSION {
                    signed.tlv_bytes()?;
                }
                let _serial_number = signed.tlv_bytes()?;
                let _signature = signed.tlv_bytes()?;
                let issuer = signed.tlv_bytes()?.to_vec();
                let (not_before, not_after) =
                    signed.sequence(|it| Ok::<_, der::Error>((time(it)?, time(it)?)))?;
                let subject = signed.tlv_bytes()?.to_vec();
                skip_rest(signed)?;
                Ok::<_, der::Error>(Self { issuer, subject, not_before, not_after })
            })?;
            skip_rest(certificate)?;
            Ok(face)
        })
    }
}

const VERSION: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };

/// RFC 5280 section 4.1.2.5: UTCTime until 2049, GeneralizedTime from then on.
fn time<'a>(reader: &mut SliceReader<'a>) -> Result<Timestamp, der::Error> {
    let since_epoch = match Tag::peek(reader)? {
        Tag::UtcTime => UtcTime::decode(reader)?.to_unix_duration(),
        _ => GeneralizedTime::decode(reader)?.to_unix_duration(),
    };
    Ok(Timestamp::from_seconds(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)))
}

fn skip_rest(reader: &mut SliceReader<'_>) -> Result<(), der::Error> {
    while !reader.is_finished() {
        reader.tlv_bytes()?;
    }
    Ok(())
}
