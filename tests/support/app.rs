//! The whole provider in this process: real router, real database, real keys; a clock and an entropy that obey.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use idp_domain::client::{AuthMethod, Client, ClientId, ClientSecret, GrantType};
use idp_domain::company::{Company, CompanyCode};
use idp_domain::member::{Authority, MemberType, Particulars, SecurityRole};
use idp_domain::ports::{Envelope, Ephemeral, Geography, Keyring, Store};
use idp_domain::scope::Scopes;
use idp_domain::signing_key::{SigningAlg, SigningKey};
use idp_domain::text::Line;
use idp_domain::{Clock as _, Digest, Secret, Timestamp};
use idp_keys::{ClientEncrypter, ClientJwtVerifier, MasterKey, MasterKeys, ProofVerifier, Ring};
use idp_service::client_keys::KeyCache;
use idp_service::dispatch::Dispatched;
use idp_service::endpoint::Issuer;
use idp_service::env::{Bell, Queue};
use idp_service::mail::Dispatcher;
use idp_service::{Env, Policy, backchannel};
use idp_testkit::{FastHasher, MockClock, RecordingOutbound, RecordingPostman, Samples, SeededEntropy};
use idp_web::{Letters, WebOptions};
use tower::ServiceExt as _;

use super::admin::Admin;
use super::browser::Browser;
use super::database::TestDatabase;
use super::relying_party::RelyingParty;

/// When every test begins: 2026-11-21 12:00:00 UTC.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_795_262_400);
pub(crate) const ISSUER: &str = "https://id.example";
/// The master key that every provider of the tests begins with.
pub(crate) const MASTER: &str = "test";
/// What the clients of the tests present.
pub(crate) const SECRET: &str = "a secret of a client, long enough";
/// The password of every person that was activated by [`TestApp::activate`].
pub(crate) const PASSWORD: &str = "copper ladder quiet meadow";

/// A provider with two agencies: Maple Home Care (`99999`) and Birch Home Care (`22222`), each with a portal client
/// (`portal.<code>`) and a provisioning client (`office.<code>`).
pub(crate) struct TestApp {
    pub(crate) env: Env,
    pub(crate) clock: Arc<MockClock>,
    pub(crate) hasher: Arc<FastHasher>,
    pub(crate) postman: Arc<RecordingPostman>,
    pub(crate) outbound: Arc<RecordingOutbound>,
    pub(crate) maple: Company,
    pub(crate) birch: Company,
    router: Router,
    /// Dropped last: the database lives as long as the app.
    pub(super) database: Arc<TestDatabase>,
}

struct Silent;

impl Bell for Silent {
    fn ring(&self, _: Queue) {}
}

/// RSA keys take their time to make: one set serves every test, sealed under the tests' master key.
fn signing_keys() -> &'static [SigningKey] {
    static KEYS: OnceLock<Vec<SigningKey>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let ring = Ring::new(master_keys(&[MASTER]));
        SigningAlg::VARIANTS.iter().map(|alg| ring.make(*alg, START, START).expect("a key")).collect()
    })
}

/// By name; the same name is always the same key.
fn master_keys(ids: &[&str]) -> Arc<MasterKeys> {
    let key = |id: &&str| {
        let secret = Secret::new(*Digest::of(id.as_bytes()).bytes());
        MasterKey { id: (*id).to_owned(), secret }
    };
    Arc::new(MasterKeys::new(ids.iter().map(key).collect()).expect("master keys"))
}

/// What serves requests, with its signing keys read.
async fn opened(env: &Env) -> Router {
    idp_service::keys::turn(env).await.expect("the ring turns");
    let options = WebOptions {
        trusted_proxy: Arc::new(|address| address.is_loopback()),
        max_body: 65_536,
        request_timeout: Duration::from_secs(30),
        metrics: None,
    };
    idp_web::router(env.clone(), options)
}

/// The defaults of `default.toml`.
pub(crate) fn default_policy() -> Policy {
    let development = [("IDP__MODE".to_owned(), "development".to_owned())];
    idp::policy::policy(&idp_config::load(None, development.into_iter()).expect("the defaults load"))
}

impl TestApp {
    pub(crate) async fn on(database: TestDatabase) -> Self {
        Self::with(database, default_policy()).await
    }

    pub(crate) async fn with(database: TestDatabase, policy: Policy) -> Self {
        let clock = Arc::new(MockClock::at(START));
        let hasher = Arc::new(FastHasher::new());
        let outbound = Arc::new(RecordingOutbound::new());
        let masters = master_keys(&[MASTER]);
        let env = Env {
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(1)),
            store: database.store(),
            ephemeral: running(&clock),
            keyring: Arc::new(Ring::new(masters.clone())),
            sealer: masters,
            hasher: hasher.clone(),
            client_jwts: Arc::new(ClientJwtVerifier::default()),
            client_encryption: Arc::new(ClientEncrypter),
            dpop_proofs: Arc::new(ProofVerifier::default()),
            client_keys: Arc::new(KeyCache::default()),
            outbound: outbound.clone(),
            pictures: Arc::new(idp::adapter::PictureReader::default()),
            geography: Arc::new(idp::adapter::NoGeography),
            bell: Arc::new(Silent),
            issuer: Arc::new(Issuer::new(ISSUER.to_owned()).expect("a URL")),
            policy: Arc::new(policy),
        };
        let (maple, birch) = seed(&*env.store).await;
        let router = opened(&env).await;
        let postman = Arc::new(RecordingPostman::new());
        let database = Arc::new(database);
        Self { env, clock, hasher, postman, outbound, maple, birch, router, database }
    }

    /// The same provider, started again with these master keys, the sealing one first. [`MASTER`] is the one it had.
    pub(crate) async fn restarted_with(self, masters: &[&str]) -> Self {
        let masters = master_keys(masters);
        let env = Env { keyring: Arc::new(Ring::new(masters.clone())), sealer: masters, ..self.env };
        let router = opened(&env).await;
        Self { env, router, ..self }
    }

    /// The same provider, started again with other settings.
    pub(crate) async fn restarted_under(self, change: impl FnOnce(&mut Policy)) -> Self {
        let mut policy = Policy::clone(&self.env.policy);
        change(&mut policy);
        let env = Env { policy: Arc::new(policy), ..self.env };
        let router = opened(&env).await;
        Self { env, router, ..self }
    }

    /// The same provider, started again with a file of locations.
    pub(crate) async fn restarted_with_places(self, geography: Arc<dyn Geography>) -> Self {
        let env = Env { geography, ..self.env };
        let router = opened(&env).await;
        Self { env, router, ..self }
    }

    /// Another node on the same database, with connections and ephemeral state of its own.
    pub(crate) async fn another_node(&self) -> Self {
        let env = Env {
            entropy: Arc::new(SeededEntropy::new(2)),
            store: self.database.another_store().await,
            ephemeral: running(&self.clock),
            keyring: Arc::new(Ring::new(master_keys(&[MASTER]))),
            ..self.env.clone()
        };
        Self {
            router: opened(&env).await,
            env,
            clock: self.clock.clone(),
            hasher: self.hasher.clone(),
            postman: self.postman.clone(),
            outbound: self.outbound.clone(),
            maple: self.maple.clone(),
            birch: self.birch.clone(),
            database: self.database.clone(),
        }
    }

    /// One request, straight to the router.
    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.expect("the router is infallible")
    }

    /// What the database counts, past the store.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.database.count(sql).await
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// The portal of Maple Home Care.
    pub(crate) fn relying_party(&self) -> RelyingParty<'_> {
        RelyingParty::new(self, "portal.99999", "https://maple.example/callback")
    }

    /// The office program of Maple Home Care.
    pub(crate) fn admin(&self) -> Admin<'_> {
        Admin::new(self, "office.99999", "99999")
    }

    /// The office program of Birch Home Care.
    pub(crate) fn other_admin(&self) -> Admin<'_> {
        Admin::new(self, "office.22222", "22222")
    }

    pub(crate) fn advance(&self, span: Duration) {
        self.clock.advance(span);
    }

    /// Sends every mail that is due now.
    pub(crate) async fn send_mails(&self) -> Dispatched {
        let typist = Letters::new();
        let dispatcher =
            Dispatcher { env: &self.env, typist: &typist, postman: &*self.postman, owner: "test" };
        dispatcher.dispatch(100).await.expect("the outbox works")
    }

    /// Tells clients of every log-out that is due now.
    pub(crate) async fn send_logouts(&self) -> Dispatched {
        backchannel::dispatch(&self.env, "test", 100).await.expect("the queue works")
    }

    /// The activation link in the newest mail to `user_name` that has one.
    pub(crate) async fn activation_link(&self, user_name: &str) -> String {
        self.send_mails().await;
        let sent = self.postman.sent();
        let to_person = sent.iter().rev().filter(|mail| mail.to.as_str() == user_name);
        let link = |mail: &Envelope| {
            let start = mail.text.find("https://id.example/activate?ticket=")?;
            mail.text[start..].split_whitespace().next().map(str::to_owned)
        };
        to_person.filter_map(link).next().expect("a mail with a link to this person")
    }

    /// A caregiver of Maple Home Care, provisioned and activated with [`PASSWORD`]; questions are still to be asked.
    pub(crate) async fn activate(&self, user_name: &str) {
        self.admin().create(user_name).await;
        let link = self.activation_link(user_name).await;
        let mut browser = self.browser();
        let page = browser.get(&link).await;
        let page = browser
            .fill(&page, "password-submit", &[("Password", PASSWORD), ("Confirm Password", PASSWORD)])
            .await;
        assert_eq!(page.status, 303, "{}", page.html);
    }

    /// [`Self::activate`], and the questions answered: this person is asked for nothing but the password. No mail about it
    /// is left to be sent.
    pub(crate) async fn enrol(&self, user_name: &str) {
        self.activate(user_name).await;
        let mut browser = self.browser();
        let page = self.relying_party().log_in(&mut browser, user_name, PASSWORD).await;
        let page = browser.answer_questions(&page).await;
        assert!(page.left_to("https://maple.example/callback"), "{page:?}");
        self.send_mails().await;
    }
}

/// Ephemeral state of a process that has run for an hour: what a start forgets is the business of tests about a start.
fn running(clock: &Arc<MockClock>) -> Arc<dyn Ephemeral> {
    let now = clock.now();
    clock.set(now - Duration::from_secs(3600));
    let memory = idp_storage::MemoryEphemeral::new(clock.clone());
    clock.set(now);
    Arc::new(memory)
}

async fn seed(store: &dyn Store) -> (Company, Company) {
    let mut samples = Samples::new(START, 2);
    let maple = company(&mut samples, "Maple Home Care", "99999");
    let birch = company(&mut samples, "Birch Home Care", "22222");
    let mut tx = store.write().await.expect("a transaction");
    for (company, host) in [(&maple, "maple"), (&birch, "birch")] {
        tx.companies().insert(company).await.expect("a company");
        tx.clients().put(&portal(company, host), START).await.expect("a portal");
        tx.clients().put(&office(company), START).await.expect("an office");
    }
    for key in signing_keys() {
        tx.signing_keys().insert(key).await.expect("a key");
    }
    tx.commit().await.expect("the seed is stored");
    (maple, birch)
}

fn company(samples: &mut Samples, name: &str, code: &str) -> Company {
    let mut company = samples.company();
    company.name = Line::parse(name).expect("a name");
    company.code = CompanyCode::parse(code).expect("a code");
    company
}

/// An agency's portal, as its template makes it (`company.md` section 3).
pub(crate) fn portal(company: &Company, host: &str) -> Client {
    let id = ClientId::parse(&format!("portal.{}", company.code)).expect("a client_id");
    let name = Line::parse("Portal").expect("a name");
    Client {
        company: Some(company.id),
        secrets: vec![ClientSecret { digest: Digest::of(SECRET.as_bytes()), expires_at: None }],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        redirect_uris: vec![format!("https://{host}.example/callback")],
        post_logout_redirect_uris: vec![format!("https://{host}.example/signed-out")],
        initiate_login_uri: format!("https://{host}.example/login").parse().ok(),
        scopes: Scopes::parse("openid profile email address phone offline_access company"),
        first_party: true,
        ..Client::new(id, name, AuthMethod::ClientSecretBasic)
    }
}

fn office(company: &Company) -> Client {
    Client {
        id: ClientId::parse(&format!("office.{}", company.code)).expect("a client_id"),
        grant_types: vec![GrantType::ClientCredentials],
        redirect_uris: vec![],
        post_logout_redirect_uris: vec![],
        initiate_login_uri: None,
        scopes: Scopes::parse("members:read members:write"),
        may_grant: Authority::Administrator,
        ..portal(company, "unused")
    }
}

/// What an office says of a caregiver.
pub(crate) fn caregiver(person_ref: &str) -> Particulars {
    Particulars {
        given_name: Line::parse("Frank").expect("a name"),
        family_name: Line::parse("Jones").expect("a name"),
        member_type: MemberType::Caregiver,
        person_ref: Line::parse(person_ref).expect("a reference"),
        other_persons: Vec::new(),
        security_role: SecurityRole::None,
        authority: Authority::None,
        cell: None,
        note: None,
    }
}
