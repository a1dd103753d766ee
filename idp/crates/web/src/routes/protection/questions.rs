//! `/account/questions`: other questions and answers in place of the ones there are (Q9, R55), for somebody who has just
//! logged in. Nothing of the old ones is shown.

use axum::extract::State;
use axum::response::Response;
use idp_domain::question::COUNT;
use idp_service::authorize::OwnPage;
use idp_service::endpoint::Endpoint;
use idp_service::questions::{self, Saved};

use super::super::account::{TOO_OLD, menu, own_form, person, report, visit};
use super::super::questions::{new_answers, rows};
use super::security::QUESTIONS_CHANGED;
use super::{acting, asks_questions, slowed};
use crate::http::browser::{Bound, Browser};
use crate::http::cookies::CookieKind;
use crate::http::failure::Failure;
use crate::http::form::Posted;
use crate::http::present::{FormTarget, page, redirect};
use crate::http::state::AppState;
use crate::pages::{QuestionRow, QuestionsNews, QuestionsPlace, SecurityQuestions};

pub(in crate::routes) async fn show(
    State(state): State<AppState>,
    mut browser: Browser,
) -> Result<Response, Failure> {
    if !asks_questions(&state) {
        return Ok(redirect(&state.path(Endpoint::Security), browser.into_jar()));
    }
    if person(&state, &browser, OwnPage::Questions).is_none() {
        return visit(&state, browser, OwnPage::Questions);
    }
    let mut news = QuestionsNews::Fresh;
    if browser.cookie(CookieKind::Notice).as_deref() == Some(TOO_OLD) {
        browser.jar = browser.jar.add(CookieKind::Notice.clear(&state.env.issuer));
        news = QuestionsNews::TooOld;
    }
    draw(&state, browser, Default::default(), news).await
}

async fn draw(
    state: &AppState,
    browser: Browser,
    rows: [QuestionRow; COUNT],
    news: QuestionsNews,
) -> Result<Response, Failure> {
    let place = QuestionsPlace::Own {
        menu: menu(state, &browser, OwnPage::Questions).await?,
        back_url: state.path(Endpoint::Security),
    };
    let questions = SecurityQuestions {
        chrome: state.chrome(&browser.locale, None),
        form: browser.form(state.path(Endpoint::OwnQuestions), None, Bound::Session),
        place,
        rows,
        news,
    };
    Ok(page(&questions, browser.into_jar(), FormTarget::Own))
}

pub(in crate::routes) async fn save(
    State(state): State<AppState>,
    posted: Posted,
) -> Result<Response, Failure> {
    let sent = match own_form(&state, posted, OwnPage::Questions) {
        Ok(sent) => *sent,
        Err(answer) => return *answer,
    };
    let (browser, answers) = (sent.browser, new_answers(&sent.form));
    let saved = questions::save(&state.env, &acting(&browser, &sent.signed_in, None), &answers).await?;
    Ok(match saved {
        Saved::Done => report(&state, browser, OwnPage::Security, QUESTIONS_CHANGED),
        Saved::Refused(problems) => {
            draw(&state, browser, rows(answers.choices, problems), QuestionsNews::Fresh).await?
        }
        Saved::Held(held) => {
            let rows = rows(answers.choices, Default::default());
            slowed(draw(&state, browser, rows, QuestionsNews::Held(held)).await?, Some(held))
        }
        Saved::NotAsked => report(&state, browser, OwnPage::Questions, TOO_OLD),
    })
}
