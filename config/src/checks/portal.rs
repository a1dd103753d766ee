//! `[portal]`: an address with a gap that is an address with every slug in it, and all of them together or none
//! (`company.md` section 3, "Portals"). The slug stands in the host or the path, where it leads to one agency only.

use url::Url;

use crate::address::is_loopback;
use crate::keyword::PortalAuth;
use crate::problem::Problems;
use crate::section::Portal;

const GAP: &str = "{slug}";
/// A slug that no address has by itself.
const SAMPLE: &str = "a-sample-0-slug";

pub(super) fn check(portal: &Portal, problems: &mut Problems) {
    let Portal {
        url,
        redirect_uris,
        post_logout_redirect_uris,
        backchannel_logout_uri,
        initiate_login_uri,
        auth_method,
        jwks_uri,
    } = portal;
    let signs = *auth_method == PortalAuth::PrivateKeyJwt;
    if url.is_empty() {
        let others = [backchannel_logout_uri, initiate_login_uri, jwks_uri];
        let alone = redirect_uris.is_empty() && post_logout_redirect_uris.is_empty();
        problems.ensure(alone && others.iter().all(|uri| uri.is_empty()), "portal.url", || {
            "is missing; write it, or nothing else in [portal]".to_owned()
        });
        return;
    }
    ensure_pattern("portal.url", url, problems);
    ensure_pattern("portal.initiate_login_uri", initiate_login_uri, problems);
    problems.ensure(!redirect_uris.is_empty(), "portal.redirect_uris", || {
        "is empty; write where log-ins come back to".to_owned()
    });
    for (key, uris) in [
        ("portal.redirect_uris", redirect_uris),
        ("portal.post_logout_redirect_uris", post_logout_redirect_uris),
    ] {
        for (at, uri) in uris.iter().enumerate() {
            ensure_pattern(&format!("{key}[{at}]"), uri, problems);
        }
    }
    if !backchannel_logout_uri.is_empty() {
        ensure_pattern("portal.backchannel_logout_uri", backchannel_logout_uri, problems);
    }
    problems.ensure(signs != jwks_uri.is_empty(), "portal.jwks_uri", || match signs {
        true => "is missing; private_key_jwt needs to know where the keys are".to_owned(),
        false => r#"is for auth_method = "private_key_jwt"; leave it out"#.to_owned(),
    });
    if jwks_uri.contains(GAP) {
        ensure_pattern("portal.jwks_uri", jwks_uri, problems);
    } else if !jwks_uri.is_empty() {
        problems.ensure(is_safe(jwks_uri).is_some(), "portal.jwks_uri", || not_an_address(jwks_uri));
    }
}

fn ensure_pattern(key: &str, pattern: &str, problems: &mut Problems) {
    problems.ensure(is_pattern(pattern), key, || not_an_address(pattern));
}

fn not_an_address(text: &str) -> String {
    format!(
        r#"{text:?} is no https address with {GAP} once in its host or path; write one such as "https://{GAP}.portal.example.org/callback""#
    )
}

/// The gap is there once, in the path or in a label of the host that is not the last one; anywhere else it would name
/// another site, or none.
fn is_pattern(pattern: &str) -> bool {
    let Some(url) = is_safe(&pattern.replace(GAP, SAMPLE)) else { return false };
    let in_host = url.host_str().map_or(0, |host| host.matches(SAMPLE).count());
    let is_last =
        url.host_str().and_then(|host| host.rsplit('.').next()).is_some_and(|it| it.contains(SAMPLE));
    let in_path = url.path().matches(SAMPLE).count();
    pattern.matches(GAP).count() == 1 && in_host + in_path == 1 && !is_last
}

/// What a client may register (RFC 9700 section 2.1): https, or http on this machine; nothing hidden in it, no wildcard.
fn is_safe(text: &str) -> Option<Url> {
    let plain =
        !text.contains(['#', '\\', '*', '{', '}']) && text.bytes().all(|byte| byte.is_ascii_graphic());
    let url = Url::parse(text).ok().filter(|_| plain)?;
    let nobody = url.username().is_empty() && url.password().is_none();
    let host = url.host_str().filter(|_| nobody)?;
    let fits = url.scheme() == "https" || url.scheme() == "http" && is_loopback(host);
    // Kept byte for byte: what is registered is what the portal sends.
    (fits && (url.as_str() == text || url.as_str() == format!("{text}/"))).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slug_leads_to_one_agency_of_one_site() {
        for good in [
            "https://{slug}.portal.example/callback",
            "https://portal.example/{slug}/callback",
            "https://ht-{slug}.example",
            "http://127.0.0.1:8090/{slug}",
        ] {
            assert!(is_pattern(good), "{good}");
        }
        for bad in [
            "https://portal.example/callback",
            "https://{slug}.example/{slug}",
            "https://{slug}/callback",
            "https://portal.{slug}/callback",
            "https://portal.example/?agency={slug}",
            "https://{slug}@portal.example/",
            "https://portal.example/#{slug}",
            "https://*.example/{slug}",
            "http://{slug}.portal.example/",
            "{slug}://portal.example/",
            "javascript:{slug}",
            "https://Portal.example/{slug}",
            "",
        ] {
            assert!(!is_pattern(bad), "{bad}");
        }
    }
}
