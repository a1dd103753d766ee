//! Looks names up for connections and hands out public addresses only.
//!
//! The client connects to exactly these addresses and asks anew for each connection: between check and use there is
//! nothing that a second, different answer of the DNS could change (DNS rebinding).

use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_public;

/// Why a name that exists is not called. Does not say where it leads: that may be a secret of our own network.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
pub(super) struct NoPublicAddress;

/// The names of the Internet as a stranger may use them.
pub(super) struct PublicNames {
    names: Arc<dyn Resolve>,
}

impl PublicNames {
    pub(super) fn new(names: Arc<dyn Resolve>) -> Self {
        Self { names }
    }
}

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        let answer = self.names.resolve(name);
        Box::pin(async move {
            let mut public = answer.await?.filter(|address| is_public(address.ip())).peekable();
            if public.peek().is_none() {
                return Err(NoPublicAddress.into());
            }
            Ok(Box::new(public) as Addrs)
        })
    }
}

/// The names as the system knows them.
pub(super) struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // Port 0 stands for the URL's.
            let addresses: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::collections::VecDeque;
    use std::net::{IpAddr, SocketAddr};
    use std::sync::Mutex;

    use super::*;

    /// A name server that gives its answers in turn, and the last of them for ever.
    pub(in super::super) struct ScriptedNames(Mutex<VecDeque<Vec<SocketAddr>>>);

    impl ScriptedNames {
        pub(in super::super) fn new(answers: &[&[&str]]) -> Arc<Self> {
            let address = |text: &&str| SocketAddr::new(text.parse::<IpAddr>().unwrap(), 0);
            let answers = answers.iter().map(|answer| answer.iter().map(address).collect());
            Arc::new(Self(Mutex::new(answers.collect())))
        }

        /// How many answers nobody has asked for yet.
        pub(in super::super) fn left(&self) -> usize {
            self.0.lock().unwrap().len()
        }
    }

    impl Resolve for ScriptedNames {
        fn resolve(&self, _name: Name) -> Resolving {
            let mut answers = self.0.lock().unwrap();
            let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
            Box::pin(async move { Ok(Box::new(answer.unwrap().into_iter()) as Addrs) })
        }
    }

    async fn asked(names: &PublicNames) -> Result<Vec<String>, String> {
        let answer = names.resolve("rebind.example".parse().unwrap()).await;
        answer.map(|found| found.map(|a| a.ip().to_string()).collect()).map_err(|error| error.to_string())
    }

    /// CWE-918 by DNS rebinding: every answer is judged by itself, and only what was judged is connected to.
    #[tokio::test]
    async fn each_answer_is_stripped_of_what_is_not_public() {
        let names = PublicNames::new(ScriptedNames::new(&[
            &["8.8.8.8", "2001:4860:4860::8888"],
            &["127.0.0.1", "8.8.4.4", "::ffff:10.0.0.1", "fd00::1"],
            &["169.254.169.254", "::1"],
        ]));
        assert_eq!(asked(&names).await.unwrap(), ["8.8.8.8", "2001:4860:4860::8888"]);
        assert_eq!(asked(&names).await.unwrap(), ["8.8.4.4"]);
        assert_eq!(asked(&names).await.unwrap_err(), "the name leads to no public address");
    }
}
