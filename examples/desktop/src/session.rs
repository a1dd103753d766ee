//! The tokens of a logged-in person: one family for each agency that they went to. Whoever holds the session holds it
//! alone, so that no two refreshes of one token are under way at once. Tokens live in memory and nowhere else (R57).
//!
//! Never believes an ID token it could not verify, or UserInfo about somebody else.

use std::time::{Duration, Instant};

use futures::future::join_all;
use openidconnect::core::CoreTokenResponse;
use openidconnect::{
    AccessToken, Nonce, NonceVerifier, OAuth2TokenResponse as _, RefreshToken, SubjectIdentifier,
    TokenResponse as _,
};

use crate::login::Granted;
use crate::problem::Problem;
use crate::provider::{Agency, Person, PersonClaims, Provider, is_unknown_key};

/// An access token this close to its end counts as expired.
const EXPIRY_MARGIN: Duration = Duration::from_secs(10);

struct Tokens {
    access: AccessToken,
    /// `None`: the provider did not say.
    access_expires: Option<Instant>,
    refresh: Option<RefreshToken>,
}

impl Tokens {
    /// RFC 6749 section 6: without a new refresh token the old one stays.
    fn new(answer: &CoreTokenResponse, old: Option<RefreshToken>) -> Self {
        Self {
            access: answer.access_token().clone(),
            access_expires: answer.expires_in().and_then(|lifetime| Instant::now().checked_add(lifetime)),
            refresh: answer.refresh_token().cloned().or(old),
        }
    }

    fn have_expired(&self) -> bool {
        self.access_expires.is_some_and(|expires| Instant::now() + EXPIRY_MARGIN >= expires)
    }
}

/// The tokens for one agency, and who the person is there.
struct Family {
    tokens: Tokens,
    person: Person,
}

pub(crate) struct Session {
    provider: Provider,
    /// The same person at every agency (OIDC Core section 5.3.2).
    subject: SubjectIdentifier,
    families: Vec<Family>,
    current: usize,
    confirmed: Instant,
}

impl Session {
    /// Verifies what was granted and asks who it is for.
    pub(crate) async fn open(mut provider: Provider, granted: Granted) -> Result<Self, Problem> {
        let Granted { tokens: answer, nonce } = granted;
        let subject = match &nonce {
            Some(nonce) => verified_subject(&mut provider, &answer, nonce).await?,
            None => verified_subject(&mut provider, &answer, any_nonce).await?,
        };
        let subject = subject.ok_or_else(|| Problem::unusable(anyhow::anyhow!("there is no ID token")))?;
        let tokens = Tokens::new(&answer, None);
        let person = person(&provider, &tokens, &subject).await?;
        let families = vec![Family { tokens, person }];
        Ok(Self { provider, subject, families, current: 0, confirmed: Instant::now() })
    }

    /// Who is logged in, and where, as the provider last said.
    pub(crate) fn person(&self) -> &Person {
        &self.families[self.current].person
    }

    /// How long ago the provider last said so.
    pub(crate) fn unconfirmed_for(&self) -> Duration {
        self.confirmed.elapsed()
    }

    /// Asks UserInfo who it is now; refreshes once where that is refused. [`Problem::Refused`]: it is over.
    pub(crate) async fn check(&mut self) -> Result<(), Problem> {
        self.check_at(self.current).await?;
        self.confirmed = Instant::now();
        Ok(())
    }

    /// Goes on at another agency (R4): with the tokens that were kept, or else with a second family that is asked for with
    /// the first's refresh token. What was there stays, also when this fails.
    pub(crate) async fn switch(&mut self, code: &str) -> Result<(), Problem> {
        let wanted = |agency: &Agency| agency.code.eq_ignore_ascii_case(code.trim());
        if let Some(kept) = self.families.iter().position(|family| wanted(&family.person.agency)) {
            match self.check_at(kept).await {
                Ok(()) => {
                    self.current = kept;
                    return Ok(());
                }
                // Unused for too long, perhaps: the other family may still open it.
                Err(Problem::Refused(_)) if kept != self.current => self.forget(kept),
                Err(problem) => return Err(problem),
            }
        }
        let tokens = self.refresh(self.current, Some(code.trim())).await?;
        let person = person(&self.provider, &tokens, &self.subject).await?;
        // By an older code of theirs the person may have asked for an agency that is open already.
        let family = Family { tokens, person };
        let at_hand = |it: &Family| it.person.agency.company_id == family.person.agency.company_id;
        let known = self.families.iter().position(at_hand);
        self.current = known.unwrap_or(self.families.len());
        match known {
            Some(at) => self.families[at] = family,
            None => self.families.push(family),
        }
        Ok(())
    }

    /// Revokes every family (RFC 7009). Says whether the provider has heard of it all; here it is over in any case.
    pub(crate) async fn end(self) -> bool {
        let refresh_tokens = self.families.iter().filter_map(|family| family.tokens.refresh.as_ref());
        let revoked = join_all(refresh_tokens.map(|token| self.provider.revoke(token))).await;
        revoked.iter().all(Result::is_ok)
    }

    async fn check_at(&mut self, at: usize) -> Result<(), Problem> {
        let family = &self.families[at];
        if !family.tokens.have_expired() {
            match person(&self.provider, &family.tokens, &self.subject).await {
                Err(Problem::Refused(_)) if family.tokens.refresh.is_some() => {}
                outcome => {
                    self.families[at].person = outcome?;
                    return Ok(());
                }
            }
        }
        self.families[at].tokens = self.refresh(at, None).await?;
        let family = &self.families[at];
        self.families[at].person = person(&self.provider, &family.tokens, &self.subject).await?;
        Ok(())
    }

    /// The refresh token grant (RFC 6749 section 6). With a company, the answer is another family and this one keeps its
    /// refresh token.
    async fn refresh(&mut self, at: usize, company: Option<&str>) -> Result<Tokens, Problem> {
        let old = self.families[at].tokens.refresh.clone();
        let nothing = || Problem::Refused(anyhow::anyhow!("there is no refresh token"));
        let old = old.ok_or_else(nothing)?;
        let answer = match self.ask_to_refresh(&old, company).await {
            // The answer may be what was lost. Asked again at once, the provider repeats it; later, it would see a thief.
            Err(Problem::Unreachable(_)) => self.ask_to_refresh(&old, company).await?,
            outcome => outcome?,
        };
        // Kept before anything else can fail: the one before is used up.
        if company.is_none()
            && let Some(new) = answer.refresh_token()
        {
            self.families[at].tokens.refresh = Some(new.clone());
        }
        // OIDC Core section 12.2: the same person; a nonce need not be there.
        let subject = verified_subject(&mut self.provider, &answer, any_nonce).await?;
        if subject.is_some_and(|subject| subject != self.subject) {
            return Err(Problem::unusable(anyhow::anyhow!("the refreshed ID token is about somebody else")));
        }
        Ok(Tokens::new(&answer, company.is_none().then_some(old)))
    }

    async fn ask_to_refresh(
        &self,
        token: &RefreshToken,
        company: Option<&str>,
    ) -> Result<CoreTokenResponse, Problem> {
        let mut request = self.provider.client.exchange_refresh_token(token).map_err(Problem::unusable)?;
        if let Some(company) = company {
            request = request.add_extra_param("company", company);
        }
        Ok(request.request_async(&self.provider.http).await?)
    }

    fn forget(&mut self, at: usize) {
        self.families.remove(at);
        if self.current > at {
            self.current -= 1;
        }
    }
}

/// OIDC Core section 5.3: `sub` is the ID token's, or the answer is about somebody else.
async fn person(
    provider: &Provider,
    tokens: &Tokens,
    subject: &SubjectIdentifier,
) -> Result<Person, Problem> {
    let request = provider.client.user_info(tokens.access.clone(), Some(subject.clone()));
    let claims: PersonClaims = request.map_err(Problem::unusable)?.request_async(&provider.http).await?;
    Ok(Person::from(claims))
}

/// The subject of the ID token, if there is one; an unknown key makes us fetch the keys anew (OIDC Core section 10.1.1).
async fn verified_subject(
    provider: &mut Provider,
    answer: &CoreTokenResponse,
    nonce: impl NonceVerifier + Copy,
) -> Result<Option<SubjectIdentifier>, Problem> {
    let Some(id_token) = answer.id_token() else { return Ok(None) };
    let verified = match provider.verify(id_token, answer.access_token(), nonce) {
        Err(refusal) if is_unknown_key(&refusal) => {
            *provider = provider.discover_again().await?;
            provider.verify(id_token, answer.access_token(), nonce)
        }
        outcome => outcome,
    };
    verified.map(Some).map_err(Problem::unusable)
}

fn any_nonce(_: Option<&Nonce>) -> Result<(), String> {
    Ok(())
}
