//! "Where you are logged in": browsers, apps that stay logged in without one, and logging out of each, or of all at once.

use askama::Template;
use idp_domain::Timestamp;
use idp_domain::audit::Place;
use idp_domain::device_grant::Computer;
use idp_domain::id::SessionId;
use idp_service::account::SignOut;

use super::{program_of, too_old};
use crate::locale::Key;
use crate::moment::moment;
use crate::pages::{Chrome, Form, OwnMenu, Problems};

#[derive(Debug, Clone, Template)]
#[template(path = "sessions.html")]
pub struct SessionsPage {
    pub chrome: Chrome,
    pub menu: OwnMenu,
    /// Field `session`, `app` or `computer` says what is logged out of.
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
    pub of: SignOut,
    pub name: String,
    /// The names of those it is logged in to.
    pub agencies: Vec<String>,
    pub computer: Option<Computer>,
    pub since: Timestamp,
}

impl StayingCard {
    /// The name of the field that says what is logged out of, and its value.
    fn ends(&self) -> (&'static str, String) {
        match self.of {
            SignOut::Device(id) => ("session", id.to_string()),
            SignOut::App(id) => ("app", id.to_string()),
            SignOut::Computer(id) => ("computer", id.to_string()),
        }
    }

    fn has_name(&self) -> bool {
        self.computer.as_ref().is_some_and(|computer| computer.name.is_some())
    }

    /// Whether it was let in and has not gone on yet.
    fn is_waiting(&self) -> bool {
        matches!(self.of, SignOut::Computer(_))
    }
}

impl SessionsPage {
    fn program(&self, device: &DeviceCard) -> String {
        program_of(&self.chrome, &device.place)
    }

    fn moment(&self, at: &Timestamp) -> String {
        moment(&self.chrome.texts, *at)
    }

    fn since(&self, app: &StayingCard) -> String {
        let Key(key) =
            if app.is_waiting() { Key("sessions-waiting-since") } else { Key("sessions-staying-since") };
        self.chrome.texts.t_with(key, "moment", self.moment(&app.since))
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
        use idp_domain::text::Line;
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
        let computer = |name: &str| Computer {
            name: Line::parse(name).ok(),
            address: "2001:db8:85a3:8d3:1319:8a2e:370:7348".parse().ok(),
        };
        several.staying.push(StayingCard {
            of: SignOut::Computer("dvc_01890000000070008000000000000001".parse().expect("an id")),
            name: "Maple Visits".to_owned(),
            agencies: vec!["Maple Home Care".to_owned()],
            computer: Some(computer(hostile)),
            since: now,
        });
        several.staying.push(StayingCard {
            of: SignOut::App("grt_01890000000070008000000000000001".parse().expect("an id")),
            name: "Maple Visits".to_owned(),
            agencies: vec!["Birch Home Care".to_owned(), "Maple Home Care".to_owned()],
            computer: Some(computer("FRONT-DESK-2")),
            since: now,
        });
        several.staying.push(StayingCard {
            of: SignOut::App("grt_01890000000070008000000000000002".parse().expect("an id")),
            name: "Maple Visits on the phone".to_owned(),
            agencies: Vec::new(),
            computer: None,
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
