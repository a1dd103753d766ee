//! What only the client can read: OpenID Connect Core sections 5.3.2, 10.2 and 16.14, Registration section 2, Back-Channel Logout
//! section 2.6.

use std::sync::OnceLock;

use idp_domain::client::{
    BackchannelLogout, Client, ClientId, ClientKeys, ContentEncryption, Encryption, EncryptionAlg,
    ResponseEncryption,
};
use idp_domain::signing_key::SigningAlg;
use josekit::jwe::{self, ECDH_ES, ECDH_ES_A128KW, ECDH_ES_A256KW, JweDecrypter, RSA_OAEP, RSA_OAEP_256};
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use serde_json::{Map, Value, json};
use url::Url;

use super::private_key_jwt::{Pair, inline, with};
use super::{
    CALLBACK, FRANK, HOUR, SECOND, franks_browser, franks_tokens, is_signed_in, names, register, switch,
};
use crate::support::app::{ISSUER, PASSWORD, TestApp};
use crate::support::desktop::{Desktop, desktop};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

const NO_KEY: (u16, &str) = (400, "invalid_client_metadata");
const LISTENS: &str = "https://maple.example/backchannel-logout";

/// A client's key to encrypt to, and how.
pub(super) struct Reader {
    pub(super) alg: EncryptionAlg,
    private: Jwk,
}

impl Reader {
    fn new(alg: EncryptionAlg) -> Self {
        let private = match alg {
            EncryptionAlg::RsaOaep | EncryptionAlg::RsaOaep256 => Jwk::generate_rsa_key(2048),
            _ => Jwk::generate_ec_key(EcCurve::P256),
        };
        Self { alg, private: private.unwrap() }
    }

    /// One of each for all tests: RSA keys take their time to make.
    pub(super) fn of(alg: EncryptionAlg) -> &'static Self {
        static READERS: OnceLock<Vec<Reader>> = OnceLock::new();
        let readers = READERS.get_or_init(|| EncryptionAlg::VARIANTS.into_iter().map(Self::new).collect());
        readers.iter().find(|reader| reader.alg == alg).unwrap()
    }

    pub(super) fn how(&self, enc: ContentEncryption) -> Encryption {
        Encryption { alg: self.alg, enc }
    }

    fn published(&self, kid: &str) -> Value {
        let public = self.private.to_public_key().unwrap();
        let public: Value = serde_json::from_str(&public.to_string()).unwrap();
        with(&public, &json!({"kid": kid, "use": "enc", "alg": self.alg.as_str()}))
    }

    /// Beside a key that the client signs with.
    pub(super) fn keys(&self) -> ClientKeys {
        let signs = with(&Pair::es256().public, &json!({"use": "sig"}));
        inline(&[signs, self.published("reads")])
    }

    /// The content, and the header.
    pub(super) fn open(&self, sealed: &str) -> (String, Map<String, Value>) {
        let own = &self.private;
        let decrypter: Box<dyn JweDecrypter> = match self.alg {
            EncryptionAlg::RsaOaep => Box::new(RSA_OAEP.decrypter_from_jwk(own).unwrap()),
            EncryptionAlg::RsaOaep256 => Box::new(RSA_OAEP_256.decrypter_from_jwk(own).unwrap()),
            EncryptionAlg::EcdhEs => Box::new(ECDH_ES.decrypter_from_jwk(own).unwrap()),
            EncryptionAlg::EcdhEsA128Kw => Box::new(ECDH_ES_A128KW.decrypter_from_jwk(own).unwrap()),
            EncryptionAlg::EcdhEsA256Kw => Box::new(ECDH_ES_A256KW.decrypter_from_jwk(own).unwrap()),
        };
        let (plain, header) = jwe::deserialize_compact(sealed, &*decrypter).unwrap();
        (String::from_utf8(plain).unwrap(), header.claims_set().clone())
    }

    /// The claims of a JWT of ours that was signed, then encrypted.
    async fn claims(&self, client: &RelyingParty<'_>, sealed: &str) -> Map<String, Value> {
        let (nested, header) = self.open(sealed);
        assert_eq!(header["cty"], "JWT", "RFC 7519 section 5.2");
        client.verify(&nested).await.0
    }
}

fn reader() -> &'static Reader {
    Reader::of(EncryptionAlg::EcdhEsA256Kw)
}

const fn of_id_tokens(how: Encryption) -> ResponseEncryption {
    ResponseEncryption { id_token: Some(how), userinfo: None }
}

fn encrypts_id_tokens(client: &mut Client) {
    client.keys = Some(reader().keys());
    client.encryption = of_id_tokens(reader().how(ContentEncryption::A256Gcm));
}

async fn code(app: &TestApp) -> String {
    app.relying_party().code(&mut app.browser(), FRANK, PASSWORD).await
}

fn is_encrypted(token: &str) -> bool {
    token.split('.').count() == 5
}

on_each_database! {
    /// Core section 10.2: signed, then encrypted, so that whoever reads it can show who wrote it.
    async fn the_id_token_of_a_log_in_and_of_a_refresh_is_signed_and_then_encrypted(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        for (alg, enc) in EncryptionAlg::VARIANTS.into_iter().zip(ContentEncryption::VARIANTS.into_iter().cycle()) {
            let reader = Reader::of(alg);
            register(&app, |client| {
                client.keys = Some(reader.keys());
                client.encryption = of_id_tokens(reader.how(enc));
            })
            .await;
            let tokens = franks_tokens(&app, &client).await;
            let header = reader.open(tokens.text("id_token")).1;
            assert_eq!((&header["alg"], &header["enc"]), (&json!(alg.as_str()), &json!(enc.as_str())));
            assert_eq!(header["kid"], "reads");
            assert!(!header.contains_key("zip"), "lengths of compressed text tell what is in it");
            let claims = reader.claims(&client, tokens.text("id_token")).await;
            assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!("portal.99999")));
            assert_eq!(claims["nonce"], "nonce-of-the-flow");

            let refreshed = client.refresh(tokens.text("refresh_token")).await;
            let again = reader.claims(&client, refreshed.text("id_token")).await;
            assert_eq!((&again["sub"], &again["auth_time"]), (&claims["sub"], &claims["auth_time"]));

            // An access token is for an API, which has no such key; UserInfo is registered by itself.
            assert!(!is_encrypted(refreshed.text("access_token")));
            let userinfo = client.userinfo(refreshed.text("access_token")).await;
            assert_eq!(userinfo.json["sub"], claims["sub"]);
        }
    }

    async fn a_computer_and_a_switch_get_encrypted_id_tokens(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let mut public = desktop();
        encrypts_id_tokens(&mut public);
        app.put_client(&public).await;
        let tokens = Desktop::new(&app).let_in(&franks_browser(&app).await).await;
        assert_eq!(reader().claims(&client, tokens.text("id_token")).await["aud"], "desktop");

        switch::register_program(&app, encrypts_id_tokens).await;
        switch::joins_birch(&app).await;
        let program = switch::program(&app);
        let tokens = program.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let refresh_token = tokens.text("refresh_token");
        let to = [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("company", "22222")];
        let switched = program.token(&to).await;
        let claims = reader().claims(&client, switched.text("id_token")).await;
        assert_eq!((&claims["aud"], &claims["company_code"]), (&json!("care"), &json!("22222")));
    }

    /// Core section 5.3.2: "signed then encrypted", or encrypted only; then the content is the claims themselves.
    async fn user_info_is_encrypted_with_a_signature_and_without(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let token = tokens.text("access_token");
        let plain = client.userinfo(token).await.json;
        let sealed = async |alg: Option<SigningAlg>| -> Answer {
            register(&app, |client| {
                client.keys = Some(reader().keys());
                let how = reader().how(ContentEncryption::A128CbcHs256);
                client.encryption = ResponseEncryption { id_token: None, userinfo: Some(how) };
                client.algs.userinfo = alg;
            })
            .await;
            let sealed = client.userinfo(token).await;
            assert_eq!((sealed.status, &sealed.headers["content-type"]), (200, &"application/jwt".parse().unwrap()));
            assert_eq!(sealed.headers["cache-control"], "no-store");
            sealed
        };
        let signed = sealed(Some(SigningAlg::Es256)).await;
        let mut claims = reader().claims(&client, &signed.body).await;
        assert_eq!(claims.remove("iss"), Some(json!(ISSUER)));
        assert_eq!(claims.remove("aud"), Some(json!("portal.99999")));
        assert_eq!(Value::Object(claims), plain);

        let (content, header) = reader().open(&sealed(None).await.body);
        assert_eq!(serde_json::from_str::<Value>(&content).unwrap(), plain);
        assert_eq!(names(&header), ["alg", "enc", "epk", "kid"], "nothing is nested in it");
        assert_eq!(client.userinfo("of nobody").await.status, 401, "a refusal is not encrypted");
    }

    /// Never in the clear because there is no key; and who mends the keys goes on with what it has.
    async fn without_a_key_that_fits_nothing_is_told_and_nothing_is_used_up(app) {
        app.enrol(FRANK).await;
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        let code = code(&app).await;
        let how = reader().how(ContentEncryption::A256Gcm);
        let both = ResponseEncryption { id_token: Some(how), userinfo: Some(how) };
        let weak = with(&reader().published("reads"), &json!({"x": "AQ"}));
        let signs = with(&Pair::es256().public, &json!({"use": "sig"}));
        let other = Reader::of(EncryptionAlg::RsaOaep).keys();
        for keys in [None, Some(inline(&[])), Some(inline(&[weak, signs])), Some(other)] {
            register(&app, |client| (client.keys, client.encryption) = (keys.clone(), both)).await;
            for refused in [client.redeem(&code).await, client.refresh(tokens.text("refresh_token")).await] {
                assert_eq!(refused.error(), NO_KEY, "{keys:?}");
                assert!(refused.text("error_description").contains("ECDH-ES+A256KW"), "{refused:?}");
                assert_eq!(refused.headers["cache-control"], "no-store");
            }
            assert_eq!(client.userinfo(tokens.text("access_token")).await.error(), NO_KEY, "{keys:?}");
        }
        register(&app, |client| (client.keys, client.encryption) = (Some(reader().keys()), both)).await;
        for answer in [client.redeem(&code).await, client.refresh(tokens.text("refresh_token")).await] {
            reader().claims(&client, answer.text("id_token")).await;
        }
        assert_eq!(client.userinfo(tokens.text("access_token")).await.status, 200);
    }

    /// Core section 10.2.1: a client that publishes its keys changes them when it likes.
    async fn published_keys_are_fetched_and_fetched_again_where_none_fits(app) {
        app.enrol(FRANK).await;
        let url: Url = "https://maple.example/jwks".parse().unwrap();
        let document = |keys: &[Value]| json!({ "keys": keys }).to_string();
        let remote = |reader: &Reader| (Some(ClientKeys::Remote(url.clone())), of_id_tokens(reader.how(ContentEncryption::A128Gcm)));
        register(&app, |client| (client.keys, client.encryption) = remote(reader())).await;
        let client = app.relying_party();
        let first = code(&app).await;
        assert_eq!(client.redeem(&first).await.error(), NO_KEY, "nothing is there yet");
        app.advance(SECOND * 30);
        app.outbound.publish(&url, document(&[reader().published("first")]));
        let tokens = client.redeem(&first).await;
        assert_eq!(reader().open(tokens.text("id_token")).1["kid"], "first");
        let fetched = app.outbound.fetched().len();
        client.refresh(tokens.text("refresh_token")).await;
        assert_eq!(app.outbound.fetched().len(), fetched, "known for an hour");

        // It registers another algorithm, and publishes a key for it.
        let rsa = Reader::of(EncryptionAlg::RsaOaep256);
        app.outbound.publish(&url, document(&[reader().published("first"), rsa.published("second")]));
        register(&app, |client| (client.keys, client.encryption) = remote(rsa)).await;
        app.advance(SECOND * 30);
        let tokens = franks_tokens(&app, &client).await;
        assert_eq!(rsa.open(tokens.text("id_token")).1["kid"], "second");

        app.outbound.publish(&url, document(&[rsa.published("third")]));
        app.advance(HOUR);
        let tokens = franks_tokens(&app, &client).await;
        assert_eq!(rsa.open(tokens.text("id_token")).1["kid"], "third");
    }

    /// Core section 3.1.2.1, `id_token_hint`: the client "MUST decrypt" it first; we cannot.
    async fn an_encrypted_hint_is_unreadable_and_what_is_in_it_is_a_hint(app) {
        app.enrol(FRANK).await;
        register(&app, encrypts_id_tokens).await;
        let client = app.relying_party();
        let mut browser = app.browser();
        let tokens = client.tokens(&mut browser, FRANK, PASSWORD).await;
        let sealed = tokens.text("id_token");
        let hint = reader().open(sealed).0;
        app.advance(SECOND);

        let silent = |hint: &str| app.relying_party().with("prompt", "none").with("id_token_hint", hint);
        let page = silent(sealed).authorize(&mut browser).await;
        assert_eq!(page.sent("error").as_deref(), Some("login_required"));
        assert!(silent(&hint).authorize(&mut browser).await.sent("code").is_some());

        let leave = |hint: &str| format!("/logout?id_token_hint={hint}");
        assert_eq!(browser.get(&leave(sealed)).await.heading(), "Do you want to log out?");
        assert!(is_signed_in(&app, &mut browser).await);
        assert_eq!(browser.get(&leave(&hint)).await.heading(), "You are signed out");
        assert!(!is_signed_in(&app, &mut browser).await);
    }

    /// Back-Channel Logout section 2.6: who negotiated encrypted ID tokens "SHOULD reject" a logout token that is not encrypted.
    async fn a_logout_token_is_encrypted_as_the_id_tokens_are(app) {
        app.enrol(FRANK).await;
        let listening = |client: &mut Client| {
            encrypts_id_tokens(client);
            let uri = LISTENS.parse().unwrap();
            client.backchannel_logout = Some(BackchannelLogout { uri, session_required: true });
        };
        register(&app, listening).await;
        let client = app.relying_party();
        let mut browser = app.browser();
        let tokens = client.tokens(&mut browser, FRANK, PASSWORD).await;
        let sid = reader().claims(&client, tokens.text("id_token")).await["sid"].clone();
        let hint = reader().open(tokens.text("id_token")).0;
        browser.get(&format!("/logout?id_token_hint={hint}")).await;

        // Without its key it is told later, not in the clear.
        register(&app, |client| {
            listening(client);
            client.keys = None;
        })
        .await;
        let dispatched = app.send_logouts().await;
        assert_eq!((dispatched.sent, dispatched.retried), (0, 1), "{dispatched:?}");
        assert!(app.outbound.take_posts().is_empty());
        register(&app, listening).await;
        app.advance(HOUR);
        assert_eq!(app.send_logouts().await.sent, 1);
        let told = app.outbound.take_posts();
        let claims = reader().claims(&client, told[0].field("logout_token").unwrap()).await;
        assert_eq!(claims["sid"], sid);
    }

    /// One client's registration is its own: another of the same person gets what it can read.
    async fn a_client_beside_one_that_encrypts_gets_plain_answers(app) {
        app.enrol(FRANK).await;
        register(&app, encrypts_id_tokens).await;
        register(&app, |client| client.id = ClientId::parse("plain").unwrap()).await;
        let plain = RelyingParty::new(&app, "plain", CALLBACK);
        let tokens = plain.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(plain.verify(tokens.text("id_token")).await.0["aud"], "plain");
    }
}
