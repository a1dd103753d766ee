//! `Accept` (RFC 9110 section 12.5.1): which of two representations a caller wants.

use axum::http::{HeaderMap, header};

/// Whether the caller names `special`, and wants it no less than `usual`. Whoever names neither gets the usual one.
pub(crate) fn asks_for(headers: &HeaderMap, special: &str, usual: &str) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<(&str, f32)> = values.flat_map(|value| value.split(',')).map(range).collect();
    let weight = |named: &str| {
        let found = ranges.iter().find(|(range, _)| range.eq_ignore_ascii_case(named));
        found.map(|(_, weight)| *weight)
    };
    let group = usual.split('/').next().unwrap_or_default();
    // The most specific range that covers it counts.
    let usual = weight(usual).or_else(|| weight(&format!("{group}/*"))).or_else(|| weight("*/*"));
    weight(special).is_some_and(|special| special > 0.0 && special >= usual.unwrap_or(0.0))
}

/// A media range and its weight, 0 to 1; one whose weight cannot be read is not wanted.
fn range(text: &str) -> (&str, f32) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| {
        let (parameter, value) = part.split_once('=')?;
        parameter.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    let read = |text: &str| text.parse().ok().filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or(0.0);
    (name, weight.map_or(1.0, read))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests")]
    use super::*;

    const JWT: &str = "application/token-introspection+jwt";

    fn asks(accept: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(header::ACCEPT, value.parse().expect("a value"));
        }
        asks_for(&headers, JWT, "application/json")
    }

    #[test]
    fn the_special_one_is_given_to_those_who_name_and_want_it() {
        for accept in [
            &[JWT][..],
            &["Application/Token-Introspection+JWT"],
            &["application/token-introspection+jwt; q=0.5"],
            &["application/json;q=0.9, application/token-introspection+jwt"],
            &["application/json", JWT],
            &["application/token-introspection+jwt;q=0.3, application/json;q=0.1, */*"],
            &["application/token-introspection+jwt;q=0.3, application/*;q=0.2, */*"],
            &["*/*;q=0.1, application/token-introspection+jwt;v=1;Q=1.000"],
        ] {
            assert!(asks(accept), "{accept:?}");
        }
    }

    #[test]
    fn everybody_else_is_given_the_usual_one() {
        for accept in [
            &[][..],
            &[""],
            &["*/*"],
            &["application/*"],
            &["application/json"],
            &["application/jwt"],
            &["application/token-introspection+jwt;q=0"],
            &["application/token-introspection+jwt;q=0.000, */*;q=0"],
            &["application/token-introspection+jwt;q=0.8, application/json;q=0.9"],
            &["application/token-introspection+jwt;q=0.8, */*"],
            &["application/token-introspection+jwt;q=nan"],
            &["application/token-introspection+jwt;q=-1"],
            &["application/token-introspection+jwt;q=2"],
            &["application/token-introspection+jwt;q="],
        ] {
            assert!(!asks(accept), "{accept:?}");
        }
    }
}
