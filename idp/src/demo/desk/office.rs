//! The office's form: choose a person, fill in, "Are you Sure?", and see what became of it. Nothing happens before Yes.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Desk;
use super::api::Member;
use super::form::{self, Progress, Refusal, Typed};
use super::pages::{self, not_found, page};
use crate::demo::people::{Kind, PEOPLE, Person};

#[derive(Template)]
#[template(path = "demo/office.html")]
struct OfficePage {
    people: Vec<(&'static Person, Progress)>,
    trouble: Option<String>,
}

#[derive(Template)]
#[template(path = "demo/person.html")]
struct PersonPage {
    person: &'static Person,
    typed: Typed,
    member: Option<Member>,
    refusal: Refusal,
}

impl PersonPage {
    fn is_identity(&self) -> bool {
        self.member.as_ref().is_some_and(|member| member.is_identity)
    }

    fn fields(&self) -> [Field<'_>; 3] {
        let field =
            |name, label, kind, value| Field { name, label, kind, value, problem: self.refusal.of(name) };
        [
            field("user_name", "User name:", "email", &self.typed.user_name),
            field("email", "Email:", "email", &self.typed.email),
            field("cell", "Cell #:", "tel", &self.typed.cell),
        ]
    }
}

/// One text field with what was wrong about it.
struct Field<'a> {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    value: &'a str,
    problem: String,
}

#[derive(Template)]
#[template(path = "demo/sure.html")]
struct SurePage {
    person: &'static Person,
    typed: Typed,
}

pub(super) async fn list(State(desk): State<Arc<Desk>>) -> Response {
    let (members, trouble) = match desk.office.members().await {
        Ok(members) => (members, None),
        Err(error) => (Vec::new(), Some(Refusal::from(error).summary)),
    };
    let find = |person: &Person| members.iter().find(|member| member.person_ref == person.person_ref);
    let people = PEOPLE.iter().map(|person| (person, form::short(find(person)))).collect();
    page(StatusCode::OK, &OfficePage { people, trouble })
}

pub(super) async fn show(State(desk): State<Arc<Desk>>, Path(person): Path<String>) -> Response {
    let Some(person) = Person::find(&person) else { return not_found().await };
    match desk.member(person).await {
        Ok(member) => {
            let typed = Typed::filled(person, member.as_ref());
            page(StatusCode::OK, &PersonPage { person, typed, member, refusal: Refusal::default() })
        }
        Err(refusal) => {
            let typed = Typed::filled(person, None);
            page(StatusCode::BAD_GATEWAY, &PersonPage { person, typed, member: None, refusal })
        }
    }
}

/// R23: the button asks, Yes acts, No changes nothing and keeps what was typed.
pub(super) async fn submit(
    State(desk): State<Arc<Desk>>,
    Path(person): Path<String>,
    Form(typed): Form<Typed>,
) -> Response {
    let Some(person) = Person::find(&person) else { return not_found().await };
    match typed.sure.as_str() {
        "yes" => create(&desk, person, typed).await,
        "no" => {
            let member = desk.member(person).await.ok().flatten();
            page(StatusCode::OK, &PersonPage { person, typed, member, refusal: Refusal::default() })
        }
        _ => {
            let key = URL_SAFE_NO_PAD.encode(desk.entropy.bytes::<16>());
            page(StatusCode::OK, &SurePage { person, typed: Typed { key, ..typed } })
        }
    }
}

async fn create(desk: &Desk, person: &'static Person, typed: Typed) -> Response {
    match desk.office.add(&typed.member(person), &typed.key).await {
        Ok(_) => Redirect::to(&format!("/office/{}", person.person_ref)).into_response(),
        Err(error) => {
            let member = desk.member(person).await.ok().flatten();
            let refusal = Refusal::from(error);
            page(StatusCode::UNPROCESSABLE_ENTITY, &PersonPage { person, typed, member, refusal })
        }
    }
}

impl Desk {
    async fn member(&self, person: &Person) -> Result<Option<Member>, Refusal> {
        let members = self.office.members().await?;
        Ok(members.into_iter().find(|member| member.person_ref == person.person_ref))
    }
}
