//! The clients a person allowed something, and taking it back. Says what happens before it happens, and needs no script.

use std::collections::BTreeSet;

use askama::Template;
use idp_domain::Timestamp;
use idp_domain::client::{ClientId, Place};

use super::{Chrome, Form, OwnMenu, Permission, Problem, Problems, initials};
use crate::locale::Texts;

#[derive(Debug, Clone, Template)]
#[template(path = "apps.html")]
pub struct AppsPage {
    pub chrome: Chrome,
    pub menu: OwnMenu,
    /// Field `client` says whose consent is taken back.
    pub form: Form,
    pub apps: Vec<AppCard>,
    pub news: AppsNews,
}

/// What became of the last press of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppsNews {
    Fresh,
    Withdrawn,
    /// The page was older than the session it belongs to; nothing was changed.
    TooOld,
}

#[derive(Debug, Clone)]
pub struct AppCard {
    pub id: ClientId,
    pub name: String,
    /// Where it leads, if it registered itself: of two that call themselves alike, this is what tells one from the other.
    pub stranger: Option<BTreeSet<Place>>,
    pub allowed: Vec<Permission>,
    pub since: Timestamp,
}

impl AppCard {
    /// None for a stranger: what it calls itself does not get to look like an agency.
    fn mark(&self) -> Option<String> {
        self.stranger.is_none().then(|| initials(&self.name))
    }
}

impl AppsPage {
    /// The texts, which may mention the client, where it leads, and the day.
    fn texts(&self, app: &AppCard) -> Texts {
        let texts = self.chrome.texts.clone().with("client", app.name.clone());
        let places = app.stranger.iter().flatten().map(|place| self.chrome.place(place));
        let texts = texts.with("places", places.collect::<Vec<_>>().join(", "));
        texts.with("date", self.chrome.day(app.since))
    }

    fn note(&self) -> Option<String> {
        (self.news == AppsNews::Withdrawn).then(|| self.chrome.t("apps-withdrawn"))
    }

    fn problems(&self) -> Problems {
        let too_old = (self.news == AppsNews::TooOld).then(|| self.chrome.t("apps-too-old"));
        too_old.into_iter().map(|text| Problem { field: None, text }).collect()
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for AppsPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use idp_domain::consent::Permitted;
        use idp_domain::scope::Scopes;
        let empty = Self {
            chrome: chrome.clone(),
            menu: OwnMenu::sample(idp_service::authorize::OwnPage::Apps),
            form: super::samples::form("/account/apps"),
            apps: Vec::new(),
            news: AppsNews::Fresh,
        };
        let app = |id: &str, name: &str, scopes: &str, seconds| {
            let id = ClientId::parse(id).ok()?;
            let allowed = Permission::list(&Permitted::of(Scopes::parse(scopes)), &Permitted::default());
            Some(AppCard {
                id,
                name: name.into(),
                stranger: None,
                allowed,
                since: Timestamp::from_seconds(seconds),
            })
        };
        let apps = [
            app("shift-swap", "Shift Swap", "openid profile email offline_access company", 1_782_950_400),
            app("hostile", "\"><script>alert(1)</script>", "openid", 1_709_164_800),
        ];
        let apps: Vec<_> = apps.into_iter().flatten().collect();
        let leading = |hosts: &[&str]| hosts.iter().map(|host| Place::Host((*host).to_owned())).collect();
        let alike =
            [leading(&["shifts.example"]), leading(&["a.test", "shifts.test"]), [Place::Device].into()];
        let alike = alike.into_iter().zip(apps.iter().cycle());
        let alike = alike.map(|(places, app)| AppCard { stranger: Some(places), ..app.clone() }).collect();
        vec![
            ("withdrawn", Self { news: AppsNews::Withdrawn, ..empty.clone() }),
            ("too-old", Self { news: AppsNews::TooOld, ..empty.clone() }),
            ("strangers", Self { apps: alike, ..empty.clone() }),
            ("two", Self { apps, ..empty.clone() }),
            ("empty", empty),
        ]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use scraper::{Html, Selector};

    use super::super::tests::{Samples as _, chrome};
    use super::*;

    /// RFC 7591 section 5: anybody may take a name that is taken.
    #[test]
    fn strangers_are_told_apart_by_where_they_lead() {
        let samples = AppsPage::samples(&chrome());
        let page = |sample: &str| {
            let page = &samples.iter().find(|(name, _)| *name == sample).unwrap().1;
            Html::parse_document(&page.render().unwrap())
        };
        let texts = |page: &Html, selector: &str| -> Vec<_> {
            let found = page.select(&Selector::parse(selector).unwrap()).collect::<Vec<_>>();
            found.iter().map(|it| it.text().collect::<String>()).collect()
        };
        let strangers = page("strangers");
        let places = ["shifts.example", "a.test, shifts.test", "a program on this device"];
        assert_eq!(
            texts(&strangers, ".stranger"),
            places.map(|places| format!("A program of somebody else. It leads to {places}."))
        );
        assert!(texts(&strangers, ".mark").is_empty(), "nor has one the look of an agency");
        assert!(texts(&page("two"), ".stranger").is_empty());
    }

    #[test]
    fn every_app_says_what_it_may_do_since_when_and_what_taking_it_back_means() {
        let samples = AppsPage::samples(&chrome());
        let page = &samples.iter().find(|(name, _)| *name == "two").unwrap().1;
        let page = Html::parse_document(&page.render().unwrap());
        let select = |selector: &str| -> Vec<_> {
            page.select(&Selector::parse(selector).unwrap()).collect::<Vec<_>>()
        };
        let text = |selector: &str| select(selector)[0].text().collect::<String>();
        assert_eq!(text("#app-1 .since"), "Since July 2, 2026");
        assert_eq!(text("#app-2 .since"), "Since February 29, 2024");
        assert_eq!(select("#app-1-allowed li").len(), 5);
        assert_eq!(select("#app-1 form input[name=client]")[0].attr("value"), Some("shift-swap"));
        assert!(text("#app-1 form").contains("Shift Swap is disconnected at once"));
        assert_eq!(select("#app-1 form button#app-1-withdraw[type=submit]").len(), 1);
    }
}
