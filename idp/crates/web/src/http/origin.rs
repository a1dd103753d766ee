//! Where a request comes from: its id, the client's address as far as trusted proxies tell it, and whether another site
//! made the browser send it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, header};
use idp_domain::audit;
use idp_domain::id::RequestId;

use super::state::AppState;

/// Put into every request by the outermost layer.
#[derive(Debug, Clone, Default)]
pub(crate) struct RequestOrigin(pub(crate) audit::Origin);

impl RequestOrigin {
    pub(crate) fn of(state: &AppState, request: &Request) -> Self {
        let env = &state.env;
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        Self(audit::Origin {
            request_id: Some(RequestId::new(env.now(), &*env.entropy).to_string()),
            address: peer.map(|peer| client_address(peer, request.headers(), &*state.options.trusted_proxy)),
            user_agent: agent.map(|agent| agent.chars().filter(|c| !c.is_control()).take(256).collect()),
        })
    }

    pub(crate) fn request_id(&self) -> &str {
        self.0.request_id.as_deref().unwrap_or_default()
    }
}

/// The last address in the chain that is not a trusted proxy; what lies before it could be anybody's invention
/// (CVE-2024-47070).
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &dyn Fn(IpAddr) -> bool) -> IpAddr {
    let chain = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = chain.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut address = peer;
    for hop in hops.into_iter().rev() {
        if !trusted(address) {
            break;
        }
        match hop_address(hop) {
            Some(earlier) => address = earlier,
            None => break,
        }
    }
    address
}

/// Some proxies write the port, too, and some write brackets around an IPv6 address.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    bare.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|hop| hop.ip()))
}

/// Browsers that say where a form comes from must say it comes from us.
pub(super) fn is_same_origin(headers: &HeaderMap, own: &str) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text("origin").is_none_or(|origin| origin == own);
    let site = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    origin && site
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attack 34 (CVE-2024-47070).
    #[test]
    fn forwarded_addresses_are_believed_from_trusted_proxies_only() {
        let proxy: IpAddr = [10, 0, 0, 1].into();
        let stranger: IpAddr = [203, 0, 113, 9].into();
        let trusted = |address: IpAddr| address == proxy;
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "1.1.1.1, 198.51.100.7".parse().expect("a value"));
        assert_eq!(client_address(proxy, &headers, &trusted).to_string(), "198.51.100.7");
        assert_eq!(client_address(stranger, &headers, &trusted), stranger);
        for (written, meant) in [
            ("203.0.113.7:50000", "203.0.113.7"),
            ("[2001:db8::7]:50000", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("2001:db8::7", "2001:db8::7"),
        ] {
            headers.insert("x-forwarded-for", written.parse().expect("a value"));
            assert_eq!(client_address(proxy, &headers, &trusted).to_string(), meant, "{written}");
        }
        headers.append("x-forwarded-for", "nonsense".parse().expect("a value"));
        assert_eq!(client_address(proxy, &headers, &trusted), proxy);
    }

    /// Attack 79 (CVE-2023-34927).
    #[test]
    fn a_form_from_another_origin_is_foreign() {
        let own = "https://id.example";
        let with = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().expect("a value"));
            is_same_origin(&headers, own)
        };
        assert!(is_same_origin(&HeaderMap::new(), own));
        assert!(with("origin", own) && with("sec-fetch-site", "same-origin"));
        for foreign in
            ["null", "https://evil.example", "https://id.example.evil.example", "http://id.example"]
        {
            assert!(!with("origin", foreign), "{foreign}");
        }
        assert!(!with("sec-fetch-site", "cross-site") && !with("sec-fetch-site", "same-site"));
    }
}
