//! "Where you are logged in": browsers, apps that stay logged in without one, and logging out of each, or of all at once.

use askama::Template;
use idp_domain::Timestamp;
use idp_domain::audit::Place;
use idp_domain::id::{GrantId, SessionId};

use super::{program_of, too_old};
use crate::moment::moment;
use crate::pages::{Chrome, Form, OwnMenu, Problems};

#[derive(Debug, Clone, Template)]
#[template(path = "sessions.html")]
pub struct SessionsPage {
    pub chrome: Chrome,
    pub menu: OwnMenu,
    /// Field `session` or `app` says what is logged out of.
    pub form: Form,
    /// Where the form of "everywhere" goes; field `here` is `stay` or `too`.
    pub everywhere_url: String,
    pub devices: Vec<DeviceCard>,
    pub staying: Vec<StayingCard>,
    pub news: SessionsNews,
}

/// What became of the last press of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionsNews {
    Fresh,
    LoggedOut,
    LoggedOutEverywhere,
    /// The page was older than the session it belongs to; nothing was changed.
    TooOld,
}

/// A browser.
#[derive(Debug, Clone)]
pub struct DeviceCard {
    pub id: SessionId,
    pub is_this: bool,
    pub place: Place,
    pub logged_in: Timestamp,
    pub last_used: Timestamp,
    /// The names of what is open in it.
    pub apps: Vec<String>,
}

/// An app without a browser.
#[derive(Debug, Clone)]
pub struct StayingCard {
    pub id: GrantId,
    pub name: String,
    pub since: Timestamp,
}

impl SessionsPage {
    fn program(&self, device: &DeviceCard) -> String {
        program_of(&self.chrome, &device.place)
    }

    fn moment(&self, at: &Timestamp) -> String {
        moment(&self.chrome.texts, *at)
    }

    fn since(&self, app: &StayingCard) -> String {
        self.chrome.texts.t_with("sessions-staying-since", "moment", self.moment(&app.since))
    }

    fn note(&self) -> Option<String> {
        match self.news {
            SessionsNews::LoggedOut => Some(self.chrome.t("sessions-logged-out")),
            SessionsNews::LoggedOutEverywhere => Some(self.chrome.t("sessions-logged-out-everywhere")),
            SessionsNews::Fresh | SessionsNews::TooOld => None,
        }
    }

    fn problems(&self) -> Problems {
        if self.news == SessionsNews::TooOld { too_old(&self.chrome) } else { Problems::default() }
    }
}

#[cfg(any(test, feature = "samples"))]
#[expect(clippy::expect_used, reason = "only tests draw samples, and these ids are written here")]
impl crate::pages::samples::Samples for SessionsPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use idp_service::authorize::OwnPage;
        let now = Timestamp::from_seconds(1_795_262_400);
        let device = |id: &str, is_this, user_agent: &str, apps: &[&str]| DeviceCard {
            id: id.parse().expect("an id"),
            is_this,
            place: Place { address: "192.0.2.17".parse().ok(), user_agent: Some(user_agent.to_owned()) },
            logged_in: now,
            last_used: now,
            apps: apps.iter().map(|app| (*app).to_owned()).collect(),
        };
        let only = Self {
            chrome: chrome.clone(),
            menu: OwnMenu::sample(OwnPage::Sessions),
            form: crate::pages::samples::form("/account/sessions"),
            everywhere_url: "/account/sessions/all".to_owned(),
            devices: vec![device(
                "ses_01890000000070008000000000000001",
                true,
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0 Safari/537.36",
                &[],
            )],
            staying: Vec::new(),
            news: SessionsNews::Fresh,
        };
        let hostile = "\"><script>alert(1)</script>";
        let mut several = only.clone();
        several.devices.push(device(
            "ses_01890000000070008000000000000002",
            false,
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Safari/604.1",
            &["Maple Portal", hostile],
        ));
        several.devices.push(DeviceCard {
            place: Place::default(),
            ..device("ses_01890000000070008000000000000003", false, "", &["Maple Portal"])
        });
        several.staying.push(StayingCard {
            id: "grt_01890000000070008000000000000001".parse().expect("an id"),
            name: "Maple Visits".to_owned(),
            since: now,
        });
        vec![
            ("several", several.clone()),
            ("logged-out", Self { news: SessionsNews::LoggedOut, ..several.clone() }),
            ("everywhere", Self { news: SessionsNews::LoggedOutEverywhere, ..only.clone() }),
            ("too-old", Self { news: SessionsNews::TooOld, ..several }),
            ("only", only),
        ]
    }
}
