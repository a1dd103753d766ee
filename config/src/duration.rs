//! Durations as people write them: "60 s", "10 min", "72 h", "30 d". Never a bare number, whose unit one has to guess.
//! Used on a field as `#[serde(with = "duration")]`, for `chrono::Duration` (what rules count with) and
//! `std::time::Duration` (what sockets wait for).

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::ser::Serializer;

/// Seconds of each unit, the largest first.
const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
/// Longer than anything here lasts, and far from overflowing any of the types.
const LONGEST: u64 = 3_650 * 86_400;
const EXPECTED: &str = r#"a duration such as "60 s", "10 min", "72 h" or "30 d""#;

/// A type that can hold a number of whole seconds.
pub(crate) trait Span: Copy {
    fn from_seconds(seconds: u32) -> Self;
    fn seconds(self) -> u64;
}

impl Span for std::time::Duration {
    fn from_seconds(seconds: u32) -> Self {
        Self::from_secs(seconds.into())
    }

    fn seconds(self) -> u64 {
        self.as_secs()
    }
}

impl Span for chrono::Duration {
    fn from_seconds(seconds: u32) -> Self {
        Self::seconds(seconds.into())
    }

    fn seconds(self) -> u64 {
        self.num_seconds().unsigned_abs()
    }
}

/// Reads a duration; the space before the unit may be missing. The error says what to write.
pub(crate) fn parse<T: Span>(text: &str) -> Result<T, String> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let unit_seconds = UNITS.iter().find(|(name, _)| *name == unit.trim_start()).map(|(_, seconds)| *seconds);
    let seconds =
        number.parse::<u64>().ok().zip(unit_seconds).and_then(|(number, unit)| number.checked_mul(unit));
    seconds
        .filter(|seconds| *seconds <= LONGEST)
        .and_then(|seconds| u32::try_from(seconds).ok())
        .map(T::from_seconds)
        .ok_or_else(|| format!("{text:?} is not a duration; write {EXPECTED}"))
}

/// Writes a duration in the largest unit that divides it.
pub(crate) fn written<T: Span>(span: T) -> String {
    let seconds = span.seconds();
    let unit = UNITS.iter().find(|(_, unit)| seconds > 0 && seconds.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{seconds} s"), |(name, unit)| format!("{} {name}", seconds / unit))
}

pub(crate) fn serialize<T: Span, S: Serializer>(span: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&written(*span))
}

pub(crate) fn deserialize<'de, T: Span, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_str(Written).and_then(|text| parse(&text).map_err(de::Error::custom))
}

struct Written;

impl Visitor<'_> for Written {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_duration_is_a_whole_number_and_a_unit() {
        for (text, seconds) in
            [("60 s", 60), ("10 min", 600), ("72 h", 259_200), ("30 d", 2_592_000), ("0 s", 0)]
        {
            assert_eq!(
                parse::<chrono::Duration>(text).unwrap(),
                chrono::Duration::seconds(seconds),
                "{text}"
            );
        }
        assert_eq!(parse::<std::time::Duration>(" 5min ").unwrap(), std::time::Duration::from_secs(300));
    }

    #[test]
    fn what_is_not_a_duration_is_refused_with_examples() {
        for text in [
            "",
            "60",
            "s",
            "1.5 h",
            "-1 s",
            "1 week",
            "10 m",
            "1 h 30 min",
            "99999999999999999999 d",
            "3651 d",
        ] {
            let message = parse::<chrono::Duration>(text).unwrap_err();
            assert!(message.contains(r#""10 min""#), "{text}: {message}");
        }
    }

    #[test]
    fn a_duration_is_written_in_its_largest_whole_unit_and_reads_back() {
        for text in ["90 s", "1 min", "90 min", "1 h", "36 h", "1 d", "0 s", "3650 d"] {
            assert_eq!(written(parse::<chrono::Duration>(text).unwrap()), text);
        }
        assert_eq!(written(parse::<chrono::Duration>("72 h").unwrap()), "3 d");
    }
}
