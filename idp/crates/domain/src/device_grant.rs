//! The device authorization grant (RFC 8628): a program on a computer asks, a person in a browser answers, and the program
//! fetches what it was given. What was asked for is fixed when it is asked (CVE-2024-52287).

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::audit::Place;
use crate::client::{ClientId, Resource};
use crate::grant::Consented;
use crate::id::{DeviceGrantId, GrantId, SessionId};
use crate::scope::Scopes;
use crate::text::Line;
use crate::{Digest, Timestamp};

/// The name of a computer, as its program says it.
pub type DeviceName = Line<100>;

/// A stored request. It stays findable until it would have expired, plus a margin, whatever became of it.
#[derive(Debug, Clone)]
pub struct DeviceGrant {
    pub id: DeviceGrantId,
    /// Of the secret in the `device_code`.
    pub digest: Digest,
    /// Derived from the `user_code` under a key: 34 bits are too few for a plain hash.
    pub user_code: Digest,
    pub client: ClientId,
    pub asked: DeviceRequest,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    /// The least time between two polls; grows with each one that comes too soon.
    pub interval: Duration,
    /// The one browser session that may answer: the first that opened it.
    pub session: Option<SessionId>,
    pub state: DeviceState,
}

/// What the program asked for, and where from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRequest {
    pub scopes: Scopes,
    pub resources: BTreeSet<Resource>,
    /// The company asked for, as sent; judged only after the log-in.
    pub company: Option<String>,
    /// Who is to answer, if the program knows.
    pub login_hint: Option<String>,
    /// S256 challenge (RFC 7636).
    pub code_challenge: Option<String>,
    pub device_name: Option<DeviceName>,
    pub place: Place,
}

/// What a person tells the computers apart by that they let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Computer {
    pub name: Option<DeviceName>,
    /// Where its program asked from.
    pub address: Option<IpAddr>,
}

impl DeviceRequest {
    pub fn computer(&self) -> Computer {
        Computer { name: self.device_name.clone(), address: self.place.address }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceState {
    /// Nobody has opened it.
    Pending,
    /// Somebody has; nobody else can answer.
    Claimed,
    /// To be fetched.
    Approved { consented: Box<Consented> },
    /// Final.
    Denied,
    /// Fetched; a second use revokes `grant`.
    Redeemed { grant: GrantId },
}

impl DeviceGrant {
    /// Whether an answer is still waited for.
    pub fn is_open(&self, now: Timestamp) -> bool {
        matches!(self.state, DeviceState::Pending | DeviceState::Claimed) && now < self.expires_at
    }

    /// Whether somebody in this session may still answer it.
    pub fn is_open_to(&self, session: Option<SessionId>, now: Timestamp) -> bool {
        self.is_open(now) && (self.session.is_none() || self.is_claimed_by(session))
    }

    /// Whether it was this session that opened it first.
    pub fn is_claimed_by(&self, session: Option<SessionId>) -> bool {
        self.session.is_some() && self.session == session
    }
}
