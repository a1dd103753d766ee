//! Consent (OpenID Connect Core section 3.1.2.4): which client asks, for which agency, as whom one is logged in, and what it
//! would know. Fetches nothing from the client: its logo is a picture of ours, or it would learn who looks at the page before
//! anything is allowed.

use askama::Template;
use idp_domain::client::Place;
#[cfg(any(test, feature = "samples"))]
use idp_domain::{
    client::Resource,
    consent::Permitted,
    scope::{Scope, Scopes},
};
use url::Url;

use super::{Chrome, Form, LogoImage, Permission, Problem, Problems, initials};
use crate::locale::{Key, Texts};

#[derive(Debug, Clone, Template)]
#[template(path = "consent.html")]
pub struct ConsentPage {
    pub chrome: Chrome,
    /// Field `answer` is `deny`, `allow` or `other-account`.
    pub form: Form,
    pub client: ClientCard,
    /// Where it leads, if it registered itself: nobody we know vouches for it, so that the page wears no agency's look.
    pub stranger: Option<Place>,
    /// The agency that is asked for.
    pub agency: Option<String>,
    pub username: String,
    pub asked: Vec<Permission>,
    /// The answer before this page was not taken: it was too old or came from elsewhere.
    pub stale: bool,
}

/// What a client says about itself; the addresses are https.
#[derive(Debug, Clone)]
pub struct ClientCard {
    pub name: String,
    pub site_url: Option<String>,
    pub policy_url: Option<String>,
    pub terms_url: Option<String>,
    pub logo: Option<LogoImage>,
}

impl ClientCard {
    /// Whether it says anything beside its name.
    pub(crate) fn has_links(&self) -> bool {
        self.links().next().is_some()
    }

    /// The addresses there are, each with its id, its key and its host.
    pub(super) fn links(&self) -> impl Iterator<Item = (&'static str, Key, &str, String)> {
        let links = [
            ("client-site", Key("consent-site"), &self.site_url),
            ("client-policy", Key("consent-policy"), &self.policy_url),
            ("client-terms", Key("consent-terms"), &self.terms_url),
        ];
        links.into_iter().filter_map(|(id, key, url)| {
            let url = url.as_deref()?;
            Some((id, key, url, Url::parse(url).ok()?.host_str()?.to_owned()))
        })
    }
}

impl ConsentPage {
    /// The texts, which may mention the client, and where it leads.
    fn texts(&self) -> Texts {
        let texts = self.chrome.texts.clone().with("client", self.client.name.clone());
        match &self.stranger {
            Some(place) => texts.with("place", self.chrome.place(place)),
            None => texts,
        }
    }

    /// Initials in place of a logo. Agencies wear the same: what a stranger calls itself does not get to look like one.
    fn mark(&self) -> Option<String> {
        (self.client.logo.is_none() && self.stranger.is_none()).then(|| initials(&self.client.name))
    }

    fn problems(&self) -> Problems {
        let stale = self.stale.then(|| Problem { field: None, text: self.chrome.t("consent-stale") });
        stale.into_iter().collect()
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for ConsentPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::samples::{agency, client_logo, form};
        let url = |path: &str| Some(format!("https://shifts.example/{path}"));
        let all = Permitted {
            resources: Resource::parse("https://api.shifts.example/").into_iter().collect(),
            ..Permitted::of(Scope::VARIANTS.iter().copied().collect())
        };
        let (little, known) = (Scopes::parse("openid"), Scopes::parse("openid profile"));
        let short = Self {
            chrome: chrome.clone(),
            form: form("/consent"),
            client: ClientCard {
                name: "Shift Swap".into(),
                site_url: None,
                policy_url: None,
                terms_url: None,
                logo: None,
            },
            stranger: None,
            agency: None,
            username: "frank.jones@example.com".into(),
            asked: Permission::list(&Permitted::of(little), &Permitted::default()),
            stale: false,
        };
        let long = Self {
            chrome: chrome.clone().for_agency(agency()),
            client: ClientCard {
                name: "Shift Swap".into(),
                site_url: url(""),
                policy_url: url("privacy?lang=en&v=2"),
                terms_url: url("terms"),
                logo: Some(client_logo(chrome, 480, 160)),
            },
            agency: Some(agency().name),
            asked: Permission::list(&all, &Permitted::of(known)),
            ..short.clone()
        };
        let hostile = ClientCard {
            name: "</h1><script>alert(1)</script><button>Allow {product} \"&amp;".into(),
            site_url: url("\"><script>alert(1)</script>"),
            policy_url: url("' onclick='alert(1)"),
            terms_url: None,
            logo: None,
        };
        let strange = |place, client: &ClientCard| Self {
            chrome: chrome.clone(),
            client: client.clone(),
            stranger: Some(place),
            ..long.clone()
        };
        let elsewhere = || Place::Host("shifts.example".into());
        vec![
            ("of-a-stranger", strange(elsewhere(), &short.client)),
            ("of-a-stranger-with-a-logo", strange(elsewhere(), &long.client)),
            ("of-a-stranger-on-the-device", strange(Place::Device, &short.client)),
            ("of-a-hostile-stranger", strange(elsewhere(), &hostile)),
            ("hostile", Self { client: hostile, username: "\"><script>@example.com".into(), ..long.clone() }),
            ("stale", Self { stale: true, ..short.clone() }),
            ("everything", long),
            ("little", short),
        ]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use scraper::{Html, Selector};

    use super::super::tests::{Samples as _, chrome};
    use super::*;

    fn sample(name: &str) -> Html {
        let samples = ConsentPage::samples(&chrome());
        let page = &samples.iter().find(|(sample, _)| *sample == name).unwrap().1;
        Html::parse_document(&page.render().unwrap())
    }

    fn texts(page: &Html, selector: &str) -> Vec<String> {
        let text = |element: scraper::ElementRef<'_>| element.text().collect::<String>().trim().to_owned();
        page.select(&Selector::parse(selector).unwrap()).map(text).collect()
    }

    /// `protocol.md`, "Errors people see": stable ids; Deny stands first and looks no less than Allow.
    #[test]
    fn allow_and_deny_are_buttons_of_the_same_kind() {
        let page = sample("everything");
        let button = |id: &str| page.select(&Selector::parse(id).unwrap()).next().unwrap();
        let (deny, allow) = (button("button#consent-deny"), button("button#consent-allow"));
        assert_eq!(deny.attr("class"), allow.attr("class"));
        assert_eq!((deny.attr("value"), allow.attr("value")), (Some("deny"), Some("allow")));
        assert_eq!((deny.attr("name"), allow.attr("name")), (Some("answer"), Some("answer")));
        assert_eq!(texts(&page, ".pair button"), ["Deny", "Allow"]);
    }

    /// Core section 3.1.2.4: the person sees all that is asked, and what is new in it.
    #[test]
    fn everything_that_is_asked_for_stands_there_and_what_was_allowed_before_is_marked() {
        let page = sample("everything");
        assert_eq!(texts(&page, "#asked > li").len(), Scope::VARIANTS.len() + 1);
        assert!(texts(&page, "#asked > li").iter().any(|text| text.contains("https://api.shifts.example/")));
        assert_eq!(texts(&page, "#asked > li .tag"), ["Allowed before"; 2]);
        assert_eq!(texts(&page, "#username"), ["frank.jones@example.com"]);
        assert_eq!(texts(&page, "#agency"), ["Maple Home Care"]);
        assert!(texts(&sample("little"), "#agency, .tag").is_empty());
    }

    /// The heading says the client's name: who does not see the picture misses nothing.
    #[test]
    fn a_logo_stands_in_place_of_the_initials() {
        let (with, without) = (sample("everything"), sample("little"));
        let logo = with.select(&Selector::parse(".client img.logo").unwrap()).next().unwrap();
        assert_eq!((logo.attr("alt"), logo.attr("width")), (Some(""), Some("480")));
        assert!(texts(&with, ".client .mark").is_empty() && texts(&without, "img").is_empty());
        assert_eq!(texts(&without, ".client .mark"), ["SS"]);
    }

    /// RFC 7591 section 5: what registered itself is told from what an agency chose, and looks like no agency.
    #[test]
    fn a_stranger_is_named_as_one_and_wears_nobodys_look() {
        for (name, place) in [
            ("of-a-stranger", "shifts.example"),
            ("of-a-stranger-with-a-logo", "shifts.example"),
            ("of-a-stranger-on-the-device", "a program on this device"),
        ] {
            let page = sample(name);
            assert_eq!(
                texts(&page, "#stranger"),
                [format!(
                    "Shift Swap is a program of somebody else. Nobody at Home Identity or at your agency has checked it. It leads to \
                     {place}. If that is not where you came from, choose Deny."
                )],
                "{name}"
            );
            assert_eq!(texts(&page, "#agency"), ["Maple Home Care"], "{name}: what is asked for");
            assert!(texts(&page, ".mark, .contact").is_empty(), "{name}");
            assert_eq!(texts(&page, ".brand"), ["Home Identity"], "{name}");
        }
        assert!(texts(&sample("everything"), "#stranger").is_empty());
    }

    /// Attack 70: names and addresses of clients are written by others.
    #[test]
    fn a_hostile_client_name_stays_text() {
        let page = sample("hostile");
        assert!(texts(&page, "script").is_empty(), "the page has no script at all");
        assert_eq!(texts(&page, "button").len(), 3);
        assert_eq!(
            texts(&page, "h1"),
            ["Allow </h1><script>alert(1)</script><button>Allow {product} \"&amp;?"]
        );
        for link in page.select(&Selector::parse("main a").unwrap()) {
            assert!(link.attr("href").unwrap().starts_with("https://shifts.example/"));
            assert_eq!((link.attr("rel"), link.attr("onclick")), (Some("noopener noreferrer"), None));
        }
    }
}
