//! "Are you Sure?" of a list (R23, R29): what will happen to whom, and the yes. And the second thought: throwing the list
//! away, or stopping the job. A second press leads to where the first one led.

use axum::response::Response;
use idp_domain::bulk::Counts;
use idp_service::Fault;
use idp_service::bulk::{self, Administrators, BulkError, JobState, Proposal};
use idp_service::endpoint::Endpoint;
use idp_service::once::Terms;

use super::super::OfficeForm;
use super::correct::save;
use super::{AtList, failed, words};
use crate::http::failure::Failure;
use crate::http::form::Verified;
use crate::http::state::AppState;
use crate::locale::Key;
use crate::pages::Chrome;
use crate::pages::office::{OfficeNews, OfficePlace, Proof, SurePage};

/// "Are you Sure?", for exactly these rows.
pub(super) async fn offer(state: &AppState, at: AtList, form: &Verified) -> Result<Response, Failure> {
    let Proposal { rows, counts, confirm_token, .. } = match save(state, &at, form).await? {
        Ok(proposal) => proposal,
        Err(too_late) => return Ok(at.report(state, too_late)),
    };
    if counts.created + counts.membership_added + counts.resent == 0 {
        return Ok(at.report(state, OfficeNews::NothingReady));
    }
    let proof = at.desk.proof(state);
    Ok(ask_to_start(state, at, (counts, &Administrators::among(&rows)), (confirm_token, proof)))
}

/// Who will be an administrator, in a sentence; `None` where nobody will.
pub(super) fn administrators(chrome: &Chrome, found: &Administrators) -> Option<String> {
    let Administrators { count, names } = found;
    let texts = chrome.texts();
    let named = names.join(", ");
    let named = match count.saturating_sub(names.len() as u64) {
        0 => named,
        more => texts.clone().with("names", named).t_with("bulk-administrators-more", "count", more),
    };
    (*count > 0).then(|| texts.clone().with("names", named).t_with("bulk-administrators", "count", *count))
}

fn ask_to_start(
    state: &AppState,
    at: AtList,
    (counts, found): (Counts, &Administrators),
    (confirm_token, proof): (String, Proof),
) -> Response {
    let chrome = at.desk.chrome(state);
    let Counts { created, membership_added, resent, skipped, failed } = counts;
    let told = [
        (Key("bulk-will-create"), created + membership_added),
        (Key("bulk-will-resend"), resent),
        (Key("bulk-will-skip"), skipped),
        (Key("bulk-will-fail"), failed),
    ];
    let sentences = told.iter().filter(|(_, rows)| *rows > 0);
    let sentences = sentences.map(|(Key(key), rows)| chrome.texts().t_with(key, "count", *rows));
    let sentences = sentences.chain(administrators(&chrome, found)).collect();
    let kept = vec![("press", "create".to_owned()), ("confirm", confirm_token)];
    let asked = at.desk.sure(state, OfficePlace::Bulk, at.path.clone(), sentences);
    let drawn = SurePage { kept, proof, ..asked };
    at.desk.show(&drawn, proof)
}

/// Yes.
pub(super) async fn start(state: &AppState, at: AtList, form: Verified) -> Result<Response, Failure> {
    let AtList { desk, id, job, path } = at;
    let mut sent = OfficeForm { desk, form };
    let proof = sent.prove(state).await?;
    let OfficeForm { desk, form } = sent;
    let token = form.get("confirm").to_owned();
    let at = AtList { desk, id, job, path };
    if let Err(proof) = proof {
        let found = bulk::administrators(&state.env, &at.desk.scope, at.id).await.map_err(failed)?;
        let counts = at.job.counts;
        return Ok(ask_to_start(state, at, (counts, &found), (token, proof)));
    }
    let unsaid = |_: &JobState| Ok::<_, Fault>(String::new());
    let news = match bulk::confirm(&state.env, &at.desk.scope, &token, &Terms::default(), &unsaid).await {
        Ok(_) => OfficeNews::JobStarted,
        Err(BulkError::ConfirmedBefore) => at.too_late(state).await?,
        Err(BulkError::JobActive) => OfficeNews::JobActive,
        Err(BulkError::NotConfirmed | BulkError::ConfirmationExpired) => OfficeNews::ListChanged,
        Err(error) => return Err(failed(error)),
    };
    Ok(at.report(state, news))
}

pub(super) fn ask_to_stop(state: &AppState, at: AtList, form: &Verified, proof: Proof) -> Response {
    let chrome = at.desk.chrome(state);
    let is_list = words(at.job.batch.state).is_none();
    let will = if is_list { chrome.t("bulk-will-discard") } else { chrome.t("bulk-will-cancel") };
    let proof = if proof == Proof::None { at.desk.proof(state) } else { proof };
    let kept = vec![("press", form.get("press").to_owned())];
    let drawn =
        SurePage { kept, proof, ..at.desk.sure(state, OfficePlace::Bulk, at.path.clone(), vec![will]) };
    at.desk.show(&drawn, proof)
}

pub(super) async fn stop(state: &AppState, at: AtList, form: Verified) -> Result<Response, Failure> {
    let AtList { desk, id, job, path } = at;
    let mut sent = OfficeForm { desk, form };
    let proof = sent.prove(state).await?;
    let OfficeForm { desk, form } = sent;
    let at = AtList { desk, id, job, path };
    if let Err(proof) = proof {
        return Ok(ask_to_stop(state, at, &form, proof));
    }
    let was_list = words(at.job.batch.state).is_none();
    // Who only wanted to throw a list away does not stop what somebody started meanwhile.
    if form.get("press") == "discard" && !was_list {
        let too_late = at.too_late(state).await?;
        return Ok(at.report(state, too_late));
    }
    let unsaid = |_: &JobState| Ok::<_, Fault>(String::new());
    match bulk::cancel(&state.env, &at.desk.scope, at.id, &Terms::default(), &unsaid).await {
        Ok(_) if was_list => {
            let bulk = at.desk.path(state, Endpoint::OfficeBulk);
            Ok(at.desk.report(state, &bulk, OfficeNews::ListDiscarded))
        }
        Ok(_) => Ok(at.report(state, OfficeNews::JobStopped)),
        Err(BulkError::Over) => Ok(at.report(state, OfficeNews::JobOver)),
        Err(error) => Err(failed(error)),
    }
}
