//! Saving the fields of one person (R16-R21, R74, R75): "Are you Sure?" says what becomes of each, and nobody overwrites what
//! they have not seen.

use axum::response::Response;
use idp_service::once::Terms;
use idp_service::provision::{self, MemberAction, MemberState, ProvisionError, person_ref_from};

use super::member::{is_same_address, patch_of, present, problems_of, typed_in, typed_of};
use super::person::{Drawn, again, draw, path_to, seen};
use super::{Desk, OfficeForm};
use crate::http::failure::Failure;
use crate::http::present::redirect;
use crate::http::state::AppState;
use crate::locale::Key;
use crate::pages::Problem;
use crate::pages::office::{MemberField, MemberTyped, OfficeNews, OfficePlace, Proof, SurePage};

/// A field of "Are you Sure?": which ones change, as the page says. When Yes is pressed twice, the first press may have
/// changed some of them before the second is looked at.
const CHANGES: &str = "changes";

/// What was typed about somebody, and in what it differs from what is stored.
struct Wish {
    typed: MemberTyped,
    changes: Vec<MemberField>,
    /// Which state of the person the form was filled from.
    seen: String,
}

impl Wish {
    fn read(sent: &OfficeForm, member: &MemberState) -> Self {
        let stored = typed_of(member);
        let mut typed = typed_in(&sent.form);
        for address in [MemberField::UserName, MemberField::Email] {
            // The address of who has accepted is theirs.
            if member.membership.has_joined() || is_same_address(typed.get(address), stored.get(address)) {
                typed = typed.with(address, stored.get(address));
            }
        }
        if typed.get(MemberField::PersonRef).is_empty() {
            let derived = person_ref_from(typed.get(MemberField::Email));
            typed = typed.with(MemberField::PersonRef, &derived);
        }
        let changes = match sent.form.get(CHANGES) {
            "" => typed.differences(&stored),
            said => {
                let is_said = |field: &MemberField| said.split(' ').any(|name| name == field.name());
                MemberField::VARIANTS.into_iter().filter(is_said).collect()
            }
        };
        Self { typed, changes, seen: sent.form.get("seen").to_owned() }
    }

    fn status(&self) -> Option<MemberAction> {
        let is_changed = self.changes.contains(&MemberField::Status);
        is_changed.then(|| match self.typed.get(MemberField::Status) {
            "inactive" => MemberAction::Deactivate,
            _ => MemberAction::Activate,
        })
    }

    fn changes_fields(&self) -> bool {
        self.changes.iter().any(|field| *field != MemberField::Status)
    }

    fn drawn(self, problems: Vec<Problem>) -> Drawn {
        Drawn { typed: self.typed, is_changed: false, problems }
    }
}

pub(super) async fn save(
    state: &AppState,
    mut sent: OfficeForm,
    member: &MemberState,
) -> Result<Response, Failure> {
    let path = path_to(state, &sent.desk, member);
    let is_closed = member.membership.is_removed() || !sent.desk.scope.covers(&member.membership.particulars);
    if is_closed {
        return Ok(redirect(&path, sent.desk.browser.into_jar()));
    }
    let wish = Wish::read(&sent, member);
    // What a Yes is about is compared under the lock, after a look whether this very Yes was carried out already.
    if sent.is_sure() != Some(true) && wish.seen != seen(member)? {
        return Ok(changed_elsewhere(state, sent.desk, member, wish));
    }
    if sent.is_sure() == Some(false) {
        return Ok(draw(state, sent.desk, member, wish.drawn(Vec::new())));
    }
    if wish.changes.is_empty() {
        return Ok(sent.desk.report(state, &path, OfficeNews::NothingChanged));
    }
    if let Err(found) = wish.typed.draft().check() {
        let problems = wish.typed.problems(&found, &sent.desk.chrome(state));
        return Ok(draw(state, sent.desk, member, wish.drawn(problems)));
    }
    let proof = match sent.is_sure() {
        Some(_) => sent.prove(state).await?,
        None => Err(sent.desk.proof(state)),
    };
    match proof {
        Ok(()) => store(state, sent, member, wish).await,
        Err(proof) => Ok(ask(state, sent.desk, (member, &wish), proof)),
    }
}

/// Both are shown; saved again, what was typed overwrites what is there now.
fn changed_elsewhere(state: &AppState, desk: Desk, member: &MemberState, wish: Wish) -> Response {
    let text = desk.chrome(state).t("office-changed-elsewhere");
    let problems = vec![Problem { field: None, text }];
    draw(state, desk, member, Drawn { typed: wish.typed, is_changed: true, problems })
}

fn ask(state: &AppState, desk: Desk, (member, wish): (&MemberState, &Wish), proof: Proof) -> Response {
    let mut kept = wish.typed.kept();
    let changes: Vec<_> = wish.changes.iter().map(|field| field.name()).collect();
    kept.extend([("action", "save".to_owned()), ("seen", wish.seen.clone()), (CHANGES, changes.join(" "))]);
    kept.push(desk.once(state));
    let (action, will) = (path_to(state, &desk, member), sentences(state, &desk, member, wish));
    let drawn = SurePage { kept, proof, ..desk.sure(state, OfficePlace::People, action, will) };
    desk.show(&drawn, proof)
}

/// What will happen, field by field.
fn sentences(state: &AppState, desk: &Desk, member: &MemberState, wish: &Wish) -> Vec<String> {
    let chrome = desk.chrome(state);
    let stored = typed_of(member);
    let texts = chrome.texts().with("person", member.membership.particulars.full_name());
    let shown = |field: &&MemberField| !matches!(field, MemberField::Email | MemberField::Status);
    let change = |field: &MemberField| {
        let texts = texts.clone().with("field", field.plain_label(&chrome));
        let texts = texts.with("before", field.words(&chrome, stored.get(*field)));
        texts.t_with("office-will-change", "after", field.words(&chrome, wish.typed.get(*field)))
    };
    let mut sentences: Vec<String> = wish.changes.iter().filter(shown).map(change).collect();
    if wish.changes.contains(&MemberField::UserName) {
        let address = wish.typed.get(MemberField::UserName).to_owned();
        sentences.push(texts.t_with("office-will-move", "address", address));
    }
    if let Some(status) = wish.status() {
        let has_joined = member.membership.has_joined();
        let key = match (status, has_joined) {
            (MemberAction::Deactivate, true) => Key("office-will-deactivate"),
            (MemberAction::Deactivate, false) => Key("office-will-deactivate-invited"),
            (_, true) => Key("office-will-activate"),
            (_, false) => Key("office-will-activate-invited"),
        };
        let address = wish.typed.get(MemberField::UserName).to_owned();
        sentences.push(texts.with("address", address).of(key));
    }
    sentences
}

/// The fields first, then *Status*: what is mailed when it becomes Active goes to the right address.
async fn store(
    state: &AppState,
    sent: OfficeForm,
    member: &MemberState,
    wish: Wish,
) -> Result<Response, Failure> {
    let id = member.membership.id;
    let path = path_to(state, &sent.desk, member);
    let deed = format!("save {id} {:?}", typed_in(&sent.form));
    let once = |step| sent.terms_of_one(&deed, step).once;
    let mut terms = Terms { once: once("fields"), if_match: Some(wish.seen.clone()) };
    let mut news = OfficeNews::Saved;
    if wish.changes_fields() {
        let patch = patch_of(&wish.typed, member.membership.has_joined());
        let patch = MemberAction::Patch(Box::new(patch));
        match provision::change(&state.env, &sent.desk.scope, (id, &patch), &terms, &present).await {
            Ok(answer) => terms.if_match = Some(answer.etag()),
            Err(error) => return refused(state, sent.desk, member, (wish, error)).await,
        }
    }
    if let Some(status) = wish.status() {
        news = match status {
            MemberAction::Deactivate => OfficeNews::Deactivated,
            _ => OfficeNews::Activated,
        };
        terms.once = once("status");
        match provision::change(&state.env, &sent.desk.scope, (id, &status), &terms, &present).await {
            Ok(_) => {}
            Err(ProvisionError::Fault(fault)) => return Err(fault.into()),
            Err(_) if wish.changes_fields() => news = OfficeNews::StatusKept,
            Err(error) => return refused(state, sent.desk, member, (wish, error)).await,
        }
    }
    Ok(sent.desk.report(state, &path, news))
}

async fn refused(
    state: &AppState,
    desk: Desk,
    member: &MemberState,
    (wish, error): (Wish, ProvisionError),
) -> Result<Response, Failure> {
    let member = again(state, &desk, member).await?;
    if matches!(error, ProvisionError::Precondition) {
        return Ok(changed_elsewhere(state, desk, &member, wish));
    }
    let problems = problems_of(error, &wish.typed, &desk.chrome(state))?;
    Ok(draw(state, desk, &member, wish.drawn(problems)))
}
