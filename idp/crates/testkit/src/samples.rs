//! One valid example of every noun, each with a name of its own. Tests change what they are about: all fields are public.

use std::collections::BTreeSet;
use std::time::Duration;

use idp_domain::account::Account;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin, Place};
use idp_domain::branding::{Accent, Branding};
use idp_domain::bulk::{Batch, BatchOptions, BatchRow, RequestedBy, Requester, RowOutcome, RowText, Verdict};
use idp_domain::claims::{Address, Profile};
use idp_domain::claims_request::RequestedClaims;
use idp_domain::client::{AuthMethod, Client, ClientId, GrantType, Resource};
use idp_domain::code::{AuthorizationCode, CodeBinding, CodeState};
use idp_domain::company::{Company, CompanyCode, CompanyState, Contact, Slug};
use idp_domain::consent::{Consent, Permitted};
use idp_domain::device_grant::{DeviceGrant, DeviceRequest, DeviceState};
use idp_domain::email::EmailAddress;
use idp_domain::email_change::EmailChange;
use idp_domain::grant::{Consented, Grant, RefreshState, RefreshToken};
use idp_domain::id::{
    CodeId, CompanyId, DeviceGrantId, GrantId, PushedRequestId, RefreshTokenId, SessionId, TicketId,
};
use idp_domain::idempotency::StoredAnswer;
use idp_domain::invitation::Invitation;
use idp_domain::logout::LogoutDelivery;
use idp_domain::member::{Authority, MemberType, Membership, Particulars, SecurityRole};
use idp_domain::outbox::{Letter, OutboxMail};
use idp_domain::password::PasswordHash;
use idp_domain::pushed_request::{PushedRequest, PushedState};
use idp_domain::question::{EnrolledAnswer, QuestionId};
use idp_domain::recovery_code::{RecoveryCode, StoredRecoveryCode};
use idp_domain::scope::{Scope, Scopes};
use idp_domain::secret::Token;
use idp_domain::session::{Amr, Session, SessionLife};
use idp_domain::signing_key::{SigningAlg, SigningKey};
use idp_domain::text::Line;
use idp_domain::thumbprint::Thumbprint;
use idp_domain::ticket::{AccountTicket, ActivationTicket, TicketBinding, TicketPurpose, TicketState};
use idp_domain::web_address::WebAddress;
use idp_domain::{Digest, Timestamp};

use crate::SeededEntropy;

const HOUR: Duration = Duration::from_secs(3600);

/// Makes samples. Each is a millisecond younger than the one before, so that ids order as they were made.
#[derive(Debug)]
pub struct Samples {
    pub now: Timestamp,
    pub entropy: SeededEntropy,
    made: u32,
}

impl Samples {
    /// Samples made from `now` on; the same seed makes the same ids and secrets.
    pub fn new(now: Timestamp, seed: u64) -> Self {
        Self { now, entropy: SeededEntropy::new(seed), made: 0 }
    }

    fn next(&mut self) -> u32 {
        self.made += 1;
        self.now = self.now + Duration::from_millis(1);
        self.made
    }

    /// Invited, with a name and an address.
    pub fn account(&mut self) -> Account {
        let n = self.next();
        let user_name = EmailAddress::parse(&format!("person{n}@example.com")).expect("an address");
        Account::invite(user_name, profile(n), self.now, &self.entropy)
    }

    /// Activated, with a password hash that no hasher wrote.
    pub fn active_account(&mut self) -> Account {
        let account = self.account();
        let password = PasswordHash::from_phc("$sample$".to_owned());
        account.activate(password, self.now).expect("an invited account activates")
    }

    pub fn company(&mut self) -> Company {
        let n = self.next();
        Company {
            id: CompanyId::new(self.now, &self.entropy),
            code: CompanyCode::parse(&format!("AG{n:05}")).expect("a code"),
            slug: Slug::parse(&format!("maple-{n}")).ok(),
            name: line("Maple Home Care"),
            contact: Contact {
                address: address(),
                phone: Some(line("+1 555 0100")),
                email: Some(EmailAddress::parse("office@maple.example").expect("an address")),
                portal_url: WebAddress::parse("https://portal.maple.example/").ok(),
            },
            branding: Branding { accent: Accent::Indigo },
            logo: None,
            databases: vec![line("maple-east"), line("maple-west")],
            state: CompanyState::Active,
            created_at: self.now,
            version: 0,
        }
    }

    /// A caregiver, invited.
    pub fn membership(&mut self, account: &Account, company: &Company) -> Membership {
        let n = self.next();
        let particulars = Particulars {
            given_name: line("Frank"),
            family_name: line(&format!("Jones {n}")),
            member_type: MemberType::Caregiver,
            person_ref: line(&format!("P-{n}")),
            other_persons: Vec::new(),
            security_role: SecurityRole::None,
            authority: Authority::None,
            cell: Some(line("+1 555 0123")),
            note: None,
        };
        Membership::invite(account.id, company.id, particulars, self.now, &self.entropy)
    }

    pub fn invitation(&mut self, membership: &Membership, account: &Account) -> Invitation {
        self.next();
        let email = account.user_name.clone();
        Invitation::queue(membership, email, "office".to_owned(), self.now, &self.entropy)
    }

    /// Open for 24 hours.
    pub fn ticket(
        &mut self,
        invitation: &Invitation,
        account: &Account,
    ) -> (ActivationTicket, Token<TicketId>) {
        self.next();
        let token = Token::mint(TicketId::new(self.now, &self.entropy), &self.entropy);
        let ticket = TicketBinding { invitation, account, life: HOUR * 24 }.seal(&token, self.now);
        (ticket, token)
    }

    /// Open for an hour, sent to the address the account has.
    pub fn account_ticket(
        &mut self,
        account: &Account,
        purpose: TicketPurpose,
    ) -> (AccountTicket, Token<TicketId>) {
        self.next();
        let token = Token::mint(TicketId::new(self.now, &self.entropy), &self.entropy);
        let ticket = AccountTicket {
            id: token.id,
            digest: token.digest(),
            purpose,
            account: account.id,
            email: account.user_name.clone(),
            credential_version: account.credential_version,
            vouched_by: None,
            issued_at: self.now,
            expires_at: self.now + HOUR,
            state: TicketState::Open,
            code_tries: 0,
            answer_tries: 0,
        };
        (ticket, token)
    }

    /// To an address of its own, proposed by the person, to be proven within a day.
    pub fn email_change(&mut self, account: &Account) -> EmailChange {
        let n = self.next();
        let new = EmailAddress::parse(&format!("person{n}@elsewhere.example")).expect("an address");
        EmailChange::propose(account, new, None, (self.now, HOUR * 24), &self.entropy)
    }

    pub fn recovery_code(&mut self, account: &Account) -> (StoredRecoveryCode, RecoveryCode) {
        self.next();
        let code = RecoveryCode::draw(&self.entropy);
        (StoredRecoveryCode { account: account.id, digest: code.digest(), made_at: self.now }, code)
    }

    pub fn mail(&mut self, invitation: &Invitation) -> OutboxMail {
        self.next();
        let letter = Letter::Activation { invitation: invitation.id };
        OutboxMail::enqueue(letter, Some(invitation.company), self.now, &self.entropy)
    }

    /// A public client of no company with PKCE, code and refresh grants.
    pub fn client(&mut self) -> Client {
        let n = self.next();
        let id = ClientId::parse(&format!("client-{n}")).expect("a client_id");
        Client {
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            redirect_uris: vec!["https://client.example/callback".to_owned()],
            post_logout_redirect_uris: vec!["https://client.example/".to_owned()],
            scopes: Scopes::parse("openid profile email offline_access"),
            first_party: true,
            ..Client::new(id, line("Sample client"), AuthMethod::None)
        }
    }

    /// The portal of a company.
    pub fn portal(&mut self, company: &Company) -> Client {
        Client {
            company: Some(company.id),
            initiate_login_uri: Some("https://portal.maple.example/log-in".parse().expect("a URL")),
            ..self.client()
        }
    }

    /// To the scopes `openid` and `profile`.
    pub fn consent(&mut self, account: &Account, client: &Client) -> Consent {
        self.next();
        Consent {
            account: account.id,
            client: client.id.clone(),
            permitted: Permitted {
                scopes: Scopes::parse("openid profile"),
                companies: [CompanyId::new(self.now, &self.entropy)].into(),
                resources: [Resource::parse("https://api.example/").expect("a resource")].into(),
            },
            granted_at: self.now,
        }
    }

    /// A client's turn to hear that the session is over.
    pub fn logout_delivery(&mut self, client: &Client, session: &Session) -> LogoutDelivery {
        self.next();
        let (sub, sid) = (session.account.to_string(), session.id.to_string());
        LogoutDelivery::enqueue(client.id.clone(), sub, sid, self.now, &self.entropy)
    }

    /// Idle after one hour, over after eight.
    pub fn session(&mut self, account: &Account) -> (Session, Token<SessionId>) {
        self.next();
        let life = SessionLife { idle: HOUR, absolute: HOUR * 8 };
        Session::begin(account.id, vec![Amr::Pwd], (life, place()), self.now, &self.entropy)
    }

    /// What the person of a session consents to by signing in; at a company when a membership is given.
    pub fn consented(&mut self, session: &Session, membership: Option<&Membership>) -> Consented {
        Consented {
            account: session.account,
            pairwise: None,
            session: session.id,
            company: membership.map(|membership| (membership.company, membership.id)),
            scopes: Scopes::parse("openid profile"),
            claims: RequestedClaims::default(),
            resources: BTreeSet::new(),
            auth_time: session.auth_time,
            amr: session.amr.clone(),
            acr: None,
        }
    }

    /// Valid for one minute.
    pub fn code(&mut self, client: &Client, consented: Consented) -> (AuthorizationCode, Token<CodeId>) {
        self.next();
        let token = Token::mint(CodeId::new(self.now, &self.entropy), &self.entropy);
        let code = AuthorizationCode {
            id: token.id,
            digest: token.digest(),
            client: client.id.clone(),
            bound: CodeBinding {
                redirect_uri: "https://client.example/callback".to_owned(),
                code_challenge: Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned()),
                nonce: Some("n-0S6_WzA2Mj".to_owned()),
                key: Some(Thumbprint::from_bytes([7; 32])),
                consented,
            },
            issued_at: self.now,
            expires_at: self.now + Duration::from_secs(60),
            state: CodeState::Issued,
        };
        (code, token)
    }

    /// Asked for at an agency by Frank's computer; valid for ten minutes, polled every five seconds.
    pub fn device_grant(&mut self, client: &Client) -> (DeviceGrant, Token<DeviceGrantId>) {
        let n = self.next();
        let token = Token::mint(DeviceGrantId::new(self.now, &self.entropy), &self.entropy);
        let grant = DeviceGrant {
            id: token.id,
            digest: token.digest(),
            user_code: Digest::of(&n.to_be_bytes()),
            client: client.id.clone(),
            asked: DeviceRequest {
                scopes: Scopes::parse("openid company"),
                resources: [Resource::parse("https://api.example/").expect("a resource")].into(),
                company: Some("99999".to_owned()),
                login_hint: Some("frank.jones@example.com".to_owned()),
                code_challenge: Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned()),
                device_name: Some(line("Frank's computer")),
                place: place(),
            },
            issued_at: self.now,
            expires_at: self.now + Duration::from_secs(600),
            interval: Duration::from_secs(5),
            session: None,
            state: DeviceState::Pending,
        };
        (grant, token)
    }

    /// To be brought within a minute.
    pub fn pushed_request(&mut self, client: &Client) -> (PushedRequest, Token<PushedRequestId>) {
        let n = self.next();
        let token = Token::mint(PushedRequestId::new(self.now, &self.entropy), &self.entropy);
        let request = PushedRequest {
            id: token.id,
            digest: token.digest(),
            client: client.id.clone(),
            expires_at: self.now + Duration::from_secs(60),
            state: PushedState::Waiting { sealed: format!("sealed-{n}") },
        };
        (request, token)
    }

    /// A family that lives for 30 days.
    pub fn grant(&mut self, client: &Client, consented: Consented) -> Grant {
        self.next();
        Grant {
            id: GrantId::new(self.now, &self.entropy),
            client: client.id.clone(),
            outlives_session: consented.scopes.contains(Scope::OfflineAccess),
            consented,
            nonce: Some("n-0S6_WzA2Mj".to_owned()),
            created_at: self.now,
            expires_at: self.now + HOUR * 24 * 30,
            switched_from: None,
            computer: None,
            key: None,
            revoked: None,
        }
    }

    /// Valid for seven days.
    pub fn refresh_token(&mut self, grant: &Grant) -> (RefreshToken, Token<RefreshTokenId>) {
        self.next();
        let token = Token::mint(RefreshTokenId::new(self.now, &self.entropy), &self.entropy);
        let stored = RefreshToken {
            id: token.id,
            digest: token.digest(),
            grant: grant.id,
            issued_at: self.now,
            expires_at: self.now + HOUR * 24 * 7,
            state: RefreshState::Current,
        };
        (stored, token)
    }

    /// Active at once; sealed under nothing.
    pub fn signing_key(&mut self, alg: SigningAlg) -> SigningKey {
        let n = self.next();
        SigningKey {
            kid: format!("kid-{n}"),
            alg,
            sealed: format!("sealed-{n}"),
            created_at: self.now,
            active_from: self.now,
        }
    }

    pub fn answers(&mut self, account: &Account) -> Vec<EnrolledAnswer> {
        let n = self.next();
        let enrol = |question: &QuestionId| EnrolledAnswer {
            account: account.id,
            question: *question,
            hash: PasswordHash::from_phc(format!("$sample${n}${}", question.as_str())),
            enrolled_at: self.now,
        };
        QuestionId::VARIANTS.iter().take(3).map(enrol).collect()
    }

    /// Proposed by the office's client, with no rows yet.
    pub fn batch(&mut self, company: &Company) -> Batch {
        let n = self.next();
        let client = ClientId::parse("office.sample").expect("a client_id");
        let requester = Requester {
            who: RequestedBy::Client { client },
            scopes: Scopes::parse("members:read members:write"),
            origin: Origin::default(),
        };
        let fixed = (BatchOptions::default(), Digest::of(&n.to_be_bytes()));
        Batch::propose(company.id, requester, fixed, self.now, &self.entropy)
    }

    /// A row of a caregiver who would be created.
    pub fn batch_row(&mut self, number: u32) -> BatchRow {
        let n = self.next();
        let text = RowText {
            user_name: format!("row{n}@example.com"),
            email: format!("row{n}@example.com"),
            given_name: "Rose".to_owned(),
            family_name: format!("Miller {n}"),
            ..RowText::default()
        };
        let verdict = Verdict::of(RowOutcome::Created);
        BatchRow { number, text, well_formed: true, selected: true, verdict, member: None }
    }

    pub fn audit_event(&mut self, action: AuditAction) -> AuditEvent {
        self.next();
        AuditEvent::new(action, Actor::System, self.now, &self.entropy)
    }

    pub fn stored_answer(&mut self) -> StoredAnswer {
        let n = self.next();
        StoredAnswer {
            caller: "client-1 POST /members".to_owned(),
            key: format!("key-{n}"),
            request: Digest::of(b"request"),
            status: 201,
            body: r#"{"state":"invited"}"#.to_owned(),
            created_at: self.now,
        }
    }
}

impl Default for Samples {
    /// From 2026-11-21 12:00 UTC on.
    fn default() -> Self {
        Self::new(idp_domain::Clock::now(&crate::MockClock::default()), 1)
    }
}

fn line<const MAX: usize>(text: &str) -> Line<MAX> {
    Line::parse(text).expect("a line")
}

fn profile(n: u32) -> Profile {
    Profile {
        given_name: Some(line("Frank")),
        family_name: Some(line(&format!("Jones {n}"))),
        address: Some(address()),
        ..Profile::default()
    }
}

/// A browser at the documentation network (RFC 5737).
fn place() -> Place {
    let address = "192.0.2.7".parse().expect("an address");
    Place { address: Some(address), user_agent: Some("Sample/1.0".to_owned()) }
}

fn address() -> Address {
    Address {
        street_address: Some(line("1 Maple Street")),
        locality: Some(line("Springfield")),
        region: Some(line("IL")),
        postal_code: Some(line("62701")),
        country: None,
    }
}
