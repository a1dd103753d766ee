//! A network of addresses that answer as they are told, and remember who called.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use idp_domain::ports::{Outbound, OutboundError};
use url::Url;

/// What one address was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedPost {
    pub url: Url,
    pub fields: Vec<(String, String)>,
}

impl RecordedPost {
    /// The first field of this name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Posts are welcome everywhere; documents are where they were published, and elsewhere is the status 404.
#[derive(Debug, Default)]
pub struct RecordingOutbound(Mutex<Network>);

#[derive(Debug, Default)]
struct Network {
    documents: HashMap<Url, Vec<u8>>,
    failures: HashMap<Url, VecDeque<OutboundError>>,
    fetched: Vec<Url>,
    posts: Vec<RecordedPost>,
}

impl RecordingOutbound {
    pub fn new() -> Self {
        Self::default()
    }

    /// What `url` answers to a fetch from now on.
    pub fn publish(&self, url: &Url, document: impl Into<Vec<u8>>) {
        self.network().documents.insert(url.clone(), document.into());
    }

    /// The next call of `url` ends like this, whether it fetches or posts; several queue up.
    pub fn fail_next(&self, url: &Url, error: OutboundError) {
        self.network().failures.entry(url.clone()).or_default().push_back(error);
    }

    /// Every address that was fetched so far, the first one first, in vain or not.
    pub fn fetched(&self) -> Vec<Url> {
        self.network().fetched.clone()
    }

    /// Every post so far that was not told to fail, the oldest first.
    pub fn posts(&self) -> Vec<RecordedPost> {
        self.network().posts.clone()
    }

    /// The same, and forgets them.
    pub fn take_posts(&self) -> Vec<RecordedPost> {
        std::mem::take(&mut self.network().posts)
    }

    fn network(&self) -> MutexGuard<'_, Network> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Network {
    fn fail(&mut self, url: &Url) -> Result<(), OutboundError> {
        self.failures.get_mut(url).and_then(VecDeque::pop_front).map_or(Ok(()), Err)
    }
}

#[async_trait]
impl Outbound for RecordingOutbound {
    async fn get(&self, url: &Url) -> Result<Vec<u8>, OutboundError> {
        let mut network = self.network();
        network.fetched.push(url.clone());
        network.fail(url)?;
        network.documents.get(url).cloned().ok_or(OutboundError::Status(404))
    }

    async fn post_form(&self, url: &Url, fields: &[(&str, &str)]) -> Result<(), OutboundError> {
        let mut network = self.network();
        network.fail(url)?;
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let fields = fields.iter().map(owned).collect();
        network.posts.push(RecordedPost { url: url.clone(), fields });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().expect("a URL")
    }

    #[tokio::test]
    async fn a_document_is_where_it_was_published_and_every_fetch_is_remembered() {
        let outbound = RecordingOutbound::new();
        let (here, elsewhere) = (url("https://a.example/jwks"), url("https://b.example/jwks"));
        outbound.publish(&here, "{}");
        outbound.fail_next(&here, OutboundError::TooLarge);
        assert!(matches!(outbound.get(&here).await, Err(OutboundError::TooLarge)));
        assert_eq!(outbound.get(&here).await.unwrap(), b"{}");
        assert!(matches!(outbound.get(&elsewhere).await, Err(OutboundError::Status(404))));
        assert_eq!(outbound.fetched(), [here.clone(), here, elsewhere]);
    }

    #[tokio::test]
    async fn a_post_is_kept_unless_it_was_told_to_fail() {
        let outbound = RecordingOutbound::new();
        let (here, elsewhere) = (url("https://a.example/logout"), url("https://b.example/logout"));
        outbound.fail_next(&here, OutboundError::Status(503));
        assert!(matches!(outbound.post_form(&here, &[]).await, Err(OutboundError::Status(503))));
        outbound.post_form(&elsewhere, &[("logout_token", "a.b.c")]).await.unwrap();
        outbound.post_form(&here, &[]).await.unwrap();
        let [first, second] = &outbound.take_posts()[..] else { panic!("two posts") };
        assert_eq!((&first.url, first.field("logout_token")), (&elsewhere, Some("a.b.c")));
        assert_eq!((&second.url, second.field("logout_token")), (&here, None));
        assert!(outbound.posts().is_empty());
    }
}
