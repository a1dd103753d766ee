//! Request objects by value (RFC 9101, OpenID Connect Core section 6.1): authorization requests that the client signed, so that
//! nobody can change them on their way through the browser. What stands beside one never counts.

use idp_domain::Timestamp;
use idp_domain::client::Client;
use idp_domain::ports::{ClientJwt, JwtRefused};
use serde_json::{Map, Value};

use super::judge::Asked;
use crate::client_jwt::{self, SKEW, Span};
use crate::endpoint::Issuer;
use crate::env::Env;
use crate::oauth_error::{OAuthCode, OAuthError, ensure};
use crate::params::Params;

/// What a request object may say it is, if it says so (RFC 9101 section 4).
const TYPES: [&str; 2] = ["JWT", "oauth-authz-req+jwt"];
/// Parameters that are texts, in a query and so in JSON.
const TEXTS: [&str; 19] = [
    "response_type",
    "response_mode",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "prompt",
    "display",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "login_hint",
    "id_token_hint",
    "acr_values",
    "ui_locales",
    "claims_locales",
    "company",
    "tenant",
    "max_age",
];
/// The dots of a compact JWE (RFC 7516 section 3.1).
const DOTS_OF_ENCRYPTED: usize = 4;

/// The parameters inside, which the client signed.
pub(super) async fn open(env: &Env, client: &Client, object: &str) -> Result<Asked, OAuthError> {
    ensure(client.keys.is_some(), || {
        OAuthError::new(
            OAuthCode::RequestNotSupported,
            "this client has registered no key to verify request objects with",
        )
    })?;
    ensure(object.matches('.').count() != DOTS_OF_ENCRYPTED, || {
        invalid("the request object is encrypted: sign it and nothing more")
    })?;
    let jwt = client_jwt::verify(env, client, object).await.map_err(unproven)?;
    let signed = Some(jwt.alg);
    Ok(Asked { params: read(jwt, client, &env.issuer, env.now())?, signed })
}

/// What an object with a good signature asks for.
pub(crate) fn read(
    jwt: ClientJwt,
    client: &Client,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<Params, OAuthError> {
    judge(&jwt, client, issuer, now).map_err(invalid)?;
    Ok(params(jwt.claims))
}

/// The parameters inside a request object that nobody has verified, if it can be read: only to find the address of the client
/// that is told so. Never more than a registered one is answered.
pub(super) fn peek(env: &Env, object: &str) -> Option<Params> {
    env.client_jwts.peek(object).map(params)
}

fn invalid(why: &'static str) -> OAuthError {
    OAuthError::new(OAuthCode::InvalidRequestObject, why)
}

fn unproven(why: JwtRefused) -> OAuthError {
    invalid(match why {
        JwtRefused::Malformed => {
            "the request object is no JWT, or not signed with RS256, PS256, ES256 or Ed25519"
        }
        JwtRefused::UnknownKey => "no key that this client registered fits the request object",
        JwtRefused::WrongSignature => "the signature of the request object is wrong",
    })
}

/// Whether it is a request of this client to us, now.
fn judge(jwt: &ClientJwt, client: &Client, issuer: &Issuer, now: Timestamp) -> Result<(), &'static str> {
    let claim = |name| jwt.claims.get(name);
    let is_client = |value: &Value| value == client.id.as_str();
    let is_us = |value: &Value| value == issuer.as_str();
    let is_for_us = |aud: &Value| is_us(aud) || aud.as_array().is_some_and(|named| named.iter().any(is_us));
    let check = |holds: bool, why| if holds { Ok(()) } else { Err(why) };

    check(client.may_ask_with(jwt.alg), "the request object is not signed with the registered algorithm")?;
    check(client_jwt::is_of_type(jwt, &TYPES), "the typ of the request object must be oauth-authz-req+jwt")?;
    // Sections 4, 5 and 10.8; without the claim, whatever else the client signs could be taken for a request.
    check(
        claim("client_id").is_some_and(is_client),
        "client_id in the request object must be that of the client",
    )?;
    check(claim("iss").is_none_or(is_client), "iss in the request object must be the client_id")?;
    check(claim("aud").is_none_or(is_for_us), "aud in the request object must be the issuer")?;
    check(
        claim("request").is_none() && claim("request_uri").is_none(),
        "a request object must not contain request or request_uri",
    )?;
    check(
        !claim("sub").is_some_and(is_client),
        "sub in the request object must not be the client_id: it would prove the client to us",
    )?;
    check(
        !TEXTS.iter().filter_map(|name| claim(name)).any(is_structured),
        "a parameter in the request object is a list, an object, true or false, and must be a text",
    )?;
    let span = Span::of(&jwt.claims, now).map_err(|_| "the request object has expired, or lies ahead")?;
    let Some(longest) = client.profile.longest_request_object() else { return Ok(()) };
    let (Some(begins), Some(ends), Some(_)) = (span.not_before, span.expires, claim("aud")) else {
        return Err("this client must say aud, nbf and exp in its request objects");
    };
    check(
        begins + longest + SKEW > now && ends <= begins + longest,
        "nbf and exp in the request object must be at most an hour apart, and nbf at most an hour ago",
    )
}

/// A number may be written for a text: many libraries do (RFC 9101 section 4).
fn is_structured(value: &Value) -> bool {
    value.is_array() || value.is_object() || value.is_boolean()
}

/// Texts as they are, and everything else as its JSON: a number in its digits, `claims` as the object it is (Core section 6.1).
/// A list of `resource` is as many of them (RFC 8707 section 2).
fn params(claims: Map<String, Value>) -> Params {
    let each = |(name, value): (String, Value)| match value {
        Value::Array(listed) if name == "resource" => {
            listed.into_iter().map(|one| (name.clone(), text(one))).collect()
        }
        value => vec![(name, text(value))],
    };
    claims.into_iter().flat_map(each).collect()
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use idp_domain::client::{AssertionAlg, AuthMethod, ClientId, Profile};
    use idp_domain::text::Line;
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;
    const US: &str = "https://id.example";

    fn client(profile: Profile) -> Client {
        let id = ClientId::parse("portal").unwrap();
        Client { profile, ..Client::new(id, Line::parse("Portal").unwrap(), AuthMethod::PrivateKeyJwt) }
    }

    /// A request that is in order, with these members; those that are null are taken out.
    fn request(members: &Value) -> ClientJwt {
        let mut claims = json!({"client_id": "portal", "aud": US, "nbf": NOW - 10, "exp": NOW + 60});
        claims.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let mut claims = claims.as_object().unwrap().clone();
        claims.retain(|_, value| !value.is_null());
        ClientJwt { alg: AssertionAlg::Es256, typ: None, claims }
    }

    fn judged(jwt: &ClientJwt, client: &Client) -> Result<(), &'static str> {
        judge(jwt, client, &Issuer::new(US.to_owned()).unwrap(), Timestamp::from_seconds(NOW))
    }

    /// RFC 9101 sections 4, 5 and 10.8.
    #[test]
    fn a_request_object_is_from_the_client_for_us_and_for_now() {
        let standard = client(Profile::Standard);
        for good in [
            json!({}),
            json!({"aud": null, "nbf": null, "exp": null}),
            json!({"iss": "portal", "aud": ["https://other.example", US], "sub": "somebody"}),
            json!({"exp": NOW - 59}),
            json!({"nbf": NOW + 60, "iat": NOW + 60}),
            json!({"exp": NOW + 10_000_000}),
            json!({"max_age": 300, "state": 5, "of its own": [true]}),
            json!({"claims": {"userinfo": {}}, "resource": ["https://a.example/"]}),
        ] {
            assert_eq!(judged(&request(&good), &standard), Ok(()), "{good}");
        }
        for bad in [
            json!({"client_id": null}),
            json!({"client_id": "other"}),
            json!({"client_id": ["portal"]}),
            json!({"client_id": "portal "}),
            json!({"iss": "other"}),
            json!({"iss": US}),
            json!({"sub": "portal"}),
            json!({"aud": "https://other.example"}),
            json!({"aud": []}),
            json!({"aud": format!("{US}/")}),
            json!({"aud": {"a": US}}),
            json!({"request": "e30.e30."}),
            json!({"request": ""}),
            json!({"state": ["a"]}),
            json!({"nonce": {"a": "b"}}),
            json!({"scope": ["openid"]}),
            json!({"prompt": true}),
            json!({"redirect_uri": ["https://portal.example/callback"]}),
            json!({"max_age": [300]}),
            json!({"request_uri": "https://portal.example/request"}),
            json!({"exp": NOW - 60}),
            json!({"nbf": NOW + 61}),
            json!({"iat": NOW + 61}),
        ] {
            assert!(judged(&request(&bad), &standard).is_err(), "{bad}");
        }
    }

    /// RFC 8725 section 3.11, RFC 9101 section 10.8.
    #[test]
    fn what_the_client_signed_for_something_else_is_no_request() {
        let of_type = |typ: &str| ClientJwt { typ: Some(typ.to_owned()), ..request(&json!({})) };
        for typ in [
            "JWT",
            "jwt",
            "oauth-authz-req+jwt",
            "OAuth-Authz-Req+JWT",
            "application/oauth-authz-req+jwt",
            "APPLICATION/jwt",
        ] {
            assert_eq!(judged(&of_type(typ), &client(Profile::Standard)), Ok(()), "{typ}");
        }
        for typ in [
            "",
            "client-authentication+jwt",
            "dpop+jwt",
            "at+jwt",
            "logout+jwt",
            "JOSE",
            "/JWT",
            "text/JWT",
            "application/at+jwt",
            "application/application/jwt",
        ] {
            assert!(judged(&of_type(typ), &client(Profile::Standard)).is_err(), "{typ}");
        }
    }

    /// OpenID Connect Registration section 2, `request_object_signing_alg`.
    #[test]
    fn only_the_registered_algorithm_signs_requests() {
        for own in AssertionAlg::VARIANTS {
            let mut client = client(Profile::Standard);
            client.request_algs.request_object_signing_alg = Some(own);
            for alg in AssertionAlg::VARIANTS {
                let jwt = ClientJwt { alg, ..request(&json!({})) };
                assert_eq!(judged(&jwt, &client).is_ok(), own.is_same(alg), "{own:?} {alg:?}");
            }
        }
        let rs256 = ClientJwt { alg: AssertionAlg::Rs256, ..request(&json!({})) };
        assert!(judged(&rs256, &client(Profile::Standard)).is_ok());
        assert!(judged(&rs256, &client(Profile::Fapi2)).is_err(), "FAPI 2.0 section 5.4.1");
    }

    /// FAPI 2.0 Message Signing section 5.3.1.
    #[test]
    fn a_fapi2_request_object_says_for_whom_and_for_how_long_it_is() {
        let fapi2 = client(Profile::Fapi2);
        for good in [
            json!({}),
            json!({"nbf": NOW - 3600, "exp": NOW}),
            json!({"nbf": NOW + 10, "exp": NOW + 3610}),
            json!({"aud": [US]}),
        ] {
            assert_eq!(judged(&request(&good), &fapi2), Ok(()), "{good}");
        }
        for bad in [
            json!({"aud": null}),
            json!({"nbf": null}),
            json!({"exp": null}),
            json!({"nbf": NOW - 10, "exp": NOW + 3591}),
            json!({"nbf": NOW - 3660, "exp": NOW}),
        ] {
            assert!(judged(&request(&bad), &fapi2).is_err(), "{bad}");
        }
    }

    /// Core section 6.1; RFC 9101 section 4: numbers and lists are JSON, and mean what they mean in a query.
    #[test]
    fn what_is_inside_means_what_it_means_in_a_query() {
        let claims = json!({
            "state": "a \"b\"", "max_age": 300, "claims": {"userinfo": {"name": null}}, "nonce": null, "login_hint": "",
            "resource": ["https://a.example/", "https://b.example/"], "scope": ["openid"], "prompt": true,
        });
        let params = params(claims.as_object().unwrap().clone());
        assert_eq!(params.get("state"), Some("a \"b\""));
        assert_eq!(params.get("max_age"), Some("300"));
        assert_eq!(params.get("claims"), Some(r#"{"userinfo":{"name":null}}"#));
        assert_eq!(params.all("resource").collect::<Vec<_>>(), ["https://a.example/", "https://b.example/"]);
        assert_eq!((params.get("nonce"), params.get("login_hint")), (None, None));
        // Never left out, so that nobody takes it for a request without.
        assert_eq!((params.get("scope"), params.get("prompt")), (Some(r#"["openid"]"#), Some("true")));
        assert_eq!(params.repeated(), None);
    }
}
