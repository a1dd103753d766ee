//! Clients as the seed registers them (RFC 7591 section 2), and what their own side keeps.

use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jwk::alg::ed::EdCurve;
use serde_json::{Value, json};
use toml::Table;

/// A client's metadata, and the private half of its `jwks`.
#[derive(Clone)]
pub(super) struct Registration {
    metadata: Table,
    private_key: Option<Jwk>,
    /// The private half of what is encrypted to.
    decryption_key: Option<Jwk>,
    /// What it does beyond the code flow with PKCE: `par`, `dpop`, `jar`.
    ways: Vec<&'static str>,
    /// With which it registers itself (RFC 7591); otherwise the seed did.
    initial_access_token: Option<String>,
}

impl Registration {
    /// The portal of the example seed.
    pub(super) fn portal() -> Self {
        let metadata = example()["client"][0].as_table().expect("the portal").clone();
        Self::of(metadata)
    }

    fn of(metadata: Table) -> Self {
        Self {
            metadata,
            private_key: None,
            decryption_key: None,
            ways: Vec::new(),
            initial_access_token: None,
        }
    }

    /// A web application that nobody registered yet.
    pub(super) fn stranger(initial_access_token: &str) -> Self {
        let metadata = r#"
            client_name = "Shift Swap"
            token_endpoint_auth_method = "client_secret_basic"
            grant_types = ["authorization_code", "refresh_token"]
            response_types = ["code"]
            redirect_uris = ["https://shifts.example/callback"]
            post_logout_redirect_uris = ["https://shifts.example/signed-out"]
            scope = "openid profile email address company"
            id_token_signed_response_alg = "RS256"
            contacts = ["ops@shifts.example"]
        "#;
        let initial_access_token = Some(initial_access_token.to_owned());
        Self { initial_access_token, ..Self::of(metadata.parse().expect("TOML")) }
    }

    /// A program on people's computers, of every agency (RFC 8628).
    pub(super) fn desktop() -> Self {
        let metadata = r#"
            client_id = "front-desk"
            client_name = "Front Desk"
            token_endpoint_auth_method = "none"
            grant_types = ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]
            scope = "openid profile email company"
            require_device_pkce = true
        "#;
        Self::of(metadata.parse().expect("TOML"))
    }

    /// The same with this metadata.
    pub(super) fn with(mut self, name: &str, value: impl Into<toml::Value>) -> Self {
        self.metadata.insert(name.to_owned(), value.into());
        self
    }

    /// The same without a secret: a public client.
    pub(super) fn public(mut self) -> Self {
        self.metadata.remove("client_secret");
        self.with("token_endpoint_auth_method", "none")
    }

    /// The same with a key of its own instead of the secret (RFC 7523 section 2.2).
    pub(super) fn keyed(mut self, alg: &str) -> Self {
        let key = match alg {
            "RS256" | "PS256" => Jwk::generate_rsa_key(2048),
            "ES256" => Jwk::generate_ec_key(EcCurve::P256),
            "Ed25519" | "EdDSA" => Jwk::generate_ed_key(EdCurve::Ed25519),
            other => panic!("no key for {other}"),
        };
        let private = key.expect("a key");
        let public = private.to_public_key().expect("its public half");
        let [private, public] = [private, public].map(|mut half| {
            half.set_key_id(format!("of-{alg}"));
            half.set_algorithm(alg);
            half
        });
        let jwks = json!({ "keys": [public] });
        self.metadata.remove("client_secret");
        self.private_key = Some(private);
        self.with("jwks", toml::Value::try_from(jwks).expect("TOML"))
            .with("token_endpoint_auth_method", "private_key_jwt")
    }

    /// The same, with ID tokens and UserInfo that nobody else can read (OpenID Connect Core section 10.2).
    pub(super) fn encrypted(mut self, alg: &str, enc: &str) -> Self {
        let key = match alg {
            "RSA-OAEP" | "RSA-OAEP-256" => Jwk::generate_rsa_key(2048),
            _ => Jwk::generate_ec_key(EcCurve::P256),
        };
        let mut private = key.expect("a key");
        private.set_key_id("reads");
        private.set_algorithm(alg);
        let mut public = private.to_public_key().expect("its public half");
        public.set_key_id("reads");
        public.set_algorithm(alg);
        public.set_key_use("enc");
        self.decryption_key = Some(private);
        self.with("jwks", toml::Value::try_from(json!({ "keys": [public] })).expect("TOML"))
            .with("id_token_encrypted_response_alg", alg)
            .with("id_token_encrypted_response_enc", enc)
            .with("userinfo_encrypted_response_alg", alg)
            .with("userinfo_encrypted_response_enc", enc)
    }

    /// The same, which pushes its requests (RFC 9126), holds a key for its tokens (RFC 9449), or signs its requests (RFC 9101).
    pub(super) fn by(mut self, ways: &[&'static str]) -> Self {
        self.ways = ways.into();
        self
    }

    /// The same, held to the FAPI 2.0 Security Profile, with all it may do.
    pub(super) fn fapi2(self) -> Self {
        self.with("profile", "fapi2")
            .with("require_signed_request_object", true)
            .with("redirect_uris", vec!["https://portal.example/callback"])
            .with("id_token_signed_response_alg", "ES256")
            .by(&["par", "dpop", "jar"])
    }

    /// Whether its refresh tokens are replaced when they are used.
    pub(super) fn rotates(&self) -> bool {
        !self.has("profile")
    }

    /// The same person's other client, which knows them by a name of its own (OpenID Connect Core section 8.1).
    pub(super) fn pairwise(self) -> Self {
        self.with("client_id", "stranger.99999")
            .with("subject_type", "pairwise")
            .with("sector_identifier_uri", "https://sector.example/uris.json")
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.metadata[name].as_str().unwrap_or_else(|| panic!("{name} is no text"))
    }

    pub(super) const fn registers_itself(&self) -> bool {
        self.initial_access_token.is_some()
    }

    /// Where a browser lands after a log-out.
    pub(super) fn signed_out(&self) -> &str {
        self.metadata["post_logout_redirect_uris"][0].as_str().expect("an address")
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.metadata.contains_key(name)
    }

    /// What a library is told: the metadata, its private key, and the issuer; the rest it has to discover.
    pub(super) fn told(&self, issuer: &str) -> Value {
        let mut told = serde_json::to_value(&self.metadata).expect("JSON");
        told["issuer"] = issuer.into();
        told["private_key"] = json!(self.private_key);
        if let Some(key) = &self.decryption_key {
            told["decryption_key"] = json!(key);
        }
        if let Some(token) = &self.initial_access_token {
            told["initial_access_token"] = token.as_str().into();
        }
        if !self.ways.is_empty() {
            told["ways"] = json!(self.ways);
        }
        told
    }
}

/// The example seed with these clients in the place of its portal.
pub(super) fn seed(clients: &[&Registration]) -> String {
    let mut seed = example();
    let written = seed["client"].as_array_mut().expect("a list");
    written.splice(..1, clients.iter().map(|client| client.metadata.clone().into()));
    seed.to_string()
}

fn example() -> Table {
    idp::seed_file::EXAMPLE.parse().expect("the example is TOML")
}
