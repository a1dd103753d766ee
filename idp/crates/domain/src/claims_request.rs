//! The `claims` parameter (OpenID Connect Core section 5.5): claims asked for one by one, and where they are to appear.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::scope::{Scope, Scopes};

/// The longest `claims` parameter we read, bytes.
const LONGEST: usize = 4096;

macro_rules! claims {
    ($($variant:ident = $text:literal in $scope:ident),+ $(,)?) => {
        /// The claims about a person that can be asked for by name (Core section 5.4).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ClaimName { $($variant),+ }

        impl ClaimName {
            pub const VARIANTS: &'static [Self] = &[$(Self::$variant),+];
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),+ } }
            /// The scope that stands for the claim: who may ask for that may ask for this.
            pub const fn scope(self) -> Scope { match self { $(Self::$variant => Scope::$scope),+ } }
        }
    };
}

claims! {
    Name = "name" in Profile,
    GivenName = "given_name" in Profile,
    FamilyName = "family_name" in Profile,
    MiddleName = "middle_name" in Profile,
    Nickname = "nickname" in Profile,
    PreferredUsername = "preferred_username" in Profile,
    Profile = "profile" in Profile,
    Picture = "picture" in Profile,
    Website = "website" in Profile,
    Gender = "gender" in Profile,
    Birthdate = "birthdate" in Profile,
    Zoneinfo = "zoneinfo" in Profile,
    Locale = "locale" in Profile,
    UpdatedAt = "updated_at" in Profile,
    Email = "email" in Email,
    EmailVerified = "email_verified" in Email,
    Address = "address" in Address,
    PhoneNumber = "phone_number" in Phone,
    PhoneNumberVerified = "phone_number_verified" in Phone,
}

impl ClaimName {
    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|claim| claim.as_str() == text)
    }
}

/// What is asked for beyond the scopes. Claims we do not know are ignored (Core section 5.5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestedClaims {
    pub userinfo: BTreeSet<ClaimName>,
    pub id_token: BTreeSet<ClaimName>,
    /// The subject the ID token must be about, if it was given a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The context classes of which one is essential; empty when none is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub essential_acr: Vec<String>,
}

/// Why a `claims` parameter is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    #[error("claims is no JSON object with the members userinfo and id_token")]
    Shape,
    #[error("claims is longer than {LONGEST} bytes")]
    TooLong,
}

impl RequestedClaims {
    /// # Errors
    /// [`ClaimsError`].
    pub fn parse(text: &str) -> Result<Self, ClaimsError> {
        if text.len() > LONGEST {
            return Err(ClaimsError::TooLong);
        }
        let document: Map<String, Value> = serde_json::from_str(text).map_err(|_| ClaimsError::Shape)?;
        let userinfo = member(&document, "userinfo")?;
        let id_token = member(&document, "id_token")?;
        let wish = |name: &str| id_token.get(name).and_then(Value::as_object);
        let subject = wish("sub").and_then(|sub| sub.get("value")).and_then(Value::as_str).map(str::to_owned);
        let acr = wish("acr").filter(|acr| acr.get("essential") == Some(&Value::Bool(true)));
        Ok(Self {
            userinfo: names(&userinfo),
            id_token: names(&id_token),
            subject,
            essential_acr: acr.map(values).unwrap_or_default(),
        })
    }

    /// Keeps only what the client may know by its scopes.
    pub fn keep_allowed(&mut self, may_ask: impl Fn(Scope) -> bool) {
        self.userinfo.retain(|claim| may_ask(claim.scope()));
        self.id_token.retain(|claim| may_ask(claim.scope()));
    }

    /// `scopes`, and those that say in a person's words what is asked for one by one: what consent is about.
    pub fn beside(&self, scopes: &Scopes) -> Scopes {
        scopes.iter().chain(self.userinfo.iter().chain(&self.id_token).map(|claim| claim.scope())).collect()
    }
}

fn member(document: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, ClaimsError> {
    match document.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(claims)) if claims.values().all(|wish| wish.is_null() || wish.is_object()) => {
            Ok(claims.clone())
        }
        Some(_) => Err(ClaimsError::Shape),
    }
}

fn names(claims: &Map<String, Value>) -> BTreeSet<ClaimName> {
    claims.keys().filter_map(|name| ClaimName::parse(name)).collect()
}

/// `value` or `values`, as far as they are text.
fn values(wish: &Map<String, Value>) -> Vec<String> {
    let listed = wish.get("values").and_then(Value::as_array).into_iter().flatten();
    let texts = wish.get("value").into_iter().chain(listed).filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Core section 5.5, shortened.
    #[test]
    fn the_example_of_the_specification_reads() {
        let claims = RequestedClaims::parse(
            r#"{"userinfo": {"given_name": {"essential": true}, "nickname": null, "http://example.info/claims/groups": null},
                "id_token": {"auth_time": {"essential": true}, "sub": {"value": "acc_1"},
                             "acr": {"essential": true, "values": ["1", "2"]}, "email": {"essential": false}}}"#,
        );
        let claims = claims.expect("reads");
        assert_eq!(claims.userinfo, [ClaimName::GivenName, ClaimName::Nickname].into());
        assert_eq!(claims.id_token, [ClaimName::Email].into());
        assert_eq!(claims.subject.as_deref(), Some("acc_1"));
        assert_eq!(claims.essential_acr, ["1", "2"]);
        assert_eq!(claims.beside(&Scopes::parse("openid")), Scopes::parse("openid profile email"));
    }

    #[test]
    fn what_is_voluntary_demands_nothing() {
        let voluntary = RequestedClaims::parse(r#"{"id_token": {"acr": {"values": ["9"]}, "sub": null}}"#);
        assert_eq!(voluntary, Ok(RequestedClaims::default()));
    }

    #[test]
    fn what_is_no_request_for_claims_is_refused() {
        for text in ["", "[]", "1", "{", r#"{"userinfo": []}"#, r#"{"id_token": {"name": "yes"}}"#] {
            assert_eq!(RequestedClaims::parse(text), Err(ClaimsError::Shape), "{text}");
        }
        let long = format!("{{{}}}", " ".repeat(LONGEST));
        assert_eq!(RequestedClaims::parse(&long), Err(ClaimsError::TooLong));
    }

    #[test]
    fn a_claim_outside_the_clients_scopes_is_not_asked_for() {
        let mut claims =
            RequestedClaims::parse(r#"{"userinfo": {"email": null, "phone_number": null}}"#).expect("reads");
        claims.keep_allowed(|scope| scope == Scope::Email);
        assert_eq!(claims.userinfo, [ClaimName::Email].into());
    }
}
