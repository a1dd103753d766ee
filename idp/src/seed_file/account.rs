//! `[[account]]`: a test account that can log in at once, with every standard claim (OpenID Connect Core section 5.1).

use std::collections::BTreeMap;

use idp_domain::claims::{NamePart, Profile};
use idp_domain::company::CompanyRef;
use idp_domain::email::EmailAddress;
use idp_domain::member::{Authority, MemberType, Particulars, PersonEntry, SecurityRole};
use idp_domain::password::{Password, PasswordProblem, PasswordRules};
use idp_domain::question::{self, Accepted, Answer, AnswerContext, Choice, QuestionId};
use idp_service::seed::SeedAccount;
use serde::Deserialize;

use super::checks::Checks;
use super::company::address;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    user_name: String,
    password: String,
    #[serde(default)]
    profile: Profile,
    /// Question id to answer: three, or none, and then the first log-in asks for them.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    #[serde(default)]
    membership: Vec<Membership>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Membership {
    company: String,
    /// As this agency types it; what is not written is as in the account's profile.
    given_name: Option<String>,
    family_name: Option<String>,
    person_ref: String,
    member_type: MemberType,
    /// Further records that the agency keeps of the same person (R79).
    #[serde(default)]
    other_persons: Vec<Person>,
    security_role: String,
    #[serde(default)]
    authority: Authority,
    cell: Option<String>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    member_type: MemberType,
    person_ref: String,
}

pub(super) fn check(written: &Written, rules: PasswordRules, checks: &mut Checks) -> Option<SeedAccount> {
    let user_name = checks.keep("user_name", EmailAddress::parse(&written.user_name));
    let password = Password::typed(&written.password);
    checks.keep("password", rules.check(&password, &[]).map_err(advice));
    let profile = checks.within("profile", |checks| profile(written.profile.clone(), checks));
    let memberships = checks
        .list("membership", &written.membership, |written, checks| membership(written, &profile, checks));
    let user_name = user_name?;
    let answers = checks.within("answers", |checks| answers(&written.answers, &user_name, checks));
    Some(SeedAccount { user_name, profile, password, answers, memberships })
}

fn advice(problem: PasswordProblem) -> String {
    match problem {
        PasswordProblem::Empty => "is empty".to_owned(),
        PasswordProblem::TooShort { min } => format!("is too short; write {min} characters or more"),
        PasswordProblem::TooLong { max } => format!("is too long; write {max} characters or fewer"),
        PasswordProblem::Common => "is one of the most common passwords; write another".to_owned(),
        PasswordProblem::Repetitive => "repeats itself; write another".to_owned(),
        PasswordProblem::Personal => "is made of names; write another".to_owned(),
        PasswordProblem::ControlCharacter => "contains a control character".to_owned(),
    }
}

fn membership(
    written: &Membership,
    profile: &Profile,
    checks: &mut Checks,
) -> Option<(CompanyRef, Particulars)> {
    let company = checks.keep("company", CompanyRef::parse(&written.company));
    let given_name = name("given_name", written.given_name.as_deref(), &profile.given_name, checks);
    let family_name = name("family_name", written.family_name.as_deref(), &profile.family_name, checks);
    let person_ref = checks.line("person_ref", &written.person_ref);
    let other_persons = checks.list("other_persons", &written.other_persons, |written, checks| {
        let person_ref = checks.line("person_ref", &written.person_ref)?;
        Some(PersonEntry { member_type: written.member_type, person_ref })
    });
    if written.other_persons.len() > PersonEntry::MAX_OTHERS {
        checks.report("other_persons", "are more than 4");
    }
    let security_role = checks.keep("security_role", SecurityRole::parse(&written.security_role));
    let types = written.other_persons.iter().map(|it| it.member_type).chain([written.member_type]);
    if !types.into_iter().any(|it| it == MemberType::OfficeStaff)
        && security_role.as_ref().is_some_and(|role| *role != SecurityRole::None)
    {
        checks.report("security_role", "must be \"none\" for caregivers and clients");
    }
    let particulars = Particulars {
        given_name: given_name?,
        family_name: family_name?,
        member_type: written.member_type,
        person_ref: person_ref?,
        other_persons,
        security_role: security_role?,
        authority: written.authority,
        cell: checks.optional("cell", written.cell.as_deref()),
        note: checks.optional("note", written.note.as_deref()),
    };
    Some((company?, particulars))
}

fn name(
    key: &str,
    own: Option<&str>,
    of_account: &Option<NamePart>,
    checks: &mut Checks,
) -> Option<NamePart> {
    match (own, of_account) {
        (None, Some(name)) => Some(name.clone()),
        (own, _) => checks.line(key, own.unwrap_or_default()),
    }
}

fn answers(
    written: &BTreeMap<String, String>,
    user_name: &EmailAddress,
    checks: &mut Checks,
) -> Vec<(QuestionId, Answer)> {
    let mut choices = Vec::new();
    for (id, answer) in written {
        if QuestionId::parse(id).is_none() {
            let known: Vec<_> = QuestionId::VARIANTS.iter().map(|question| question.as_str()).collect();
            checks.report(id, format!("is no question; write some of {}", known.join(", ")));
        }
        choices.push(Choice { question: QuestionId::parse(id), answer: answer.to_string() });
    }
    let choices: [Choice; question::COUNT] = match choices.try_into() {
        Ok(three) => three,
        Err(others) => {
            if !others.is_empty() {
                checks.report("", format!("write {} answers, or none", question::COUNT));
            }
            return Vec::new();
        }
    };
    let context = AnswerContext { user_name: user_name.canonical(), question_text: &|_| String::new() };
    match question::check(&choices, &context) {
        Ok(Accepted(accepted)) => accepted.into(),
        Err(problems) => {
            for (problem, id) in problems.iter().zip(written.keys()) {
                if let Some(problem) = problem {
                    checks.report(id, format!("the answer is refused: {problem:?}"));
                }
            }
            Vec::new()
        }
    }
}

fn profile(written: Profile, checks: &mut Checks) -> Profile {
    Profile {
        given_name: checks.recheck("given_name", written.given_name),
        family_name: checks.recheck("family_name", written.family_name),
        middle_name: checks.recheck("middle_name", written.middle_name),
        nickname: checks.recheck("nickname", written.nickname),
        preferred_username: checks.recheck("preferred_username", written.preferred_username),
        profile: written.profile,
        picture: written.picture,
        website: written.website,
        gender: checks.recheck("gender", written.gender),
        birthdate: checks.recheck("birthdate", written.birthdate),
        zoneinfo: checks.recheck("zoneinfo", written.zoneinfo),
        locale: checks.recheck("locale", written.locale),
        phone_number: checks.recheck("phone_number", written.phone_number),
        phone_number_verified: written.phone_number_verified,
        address: written.address.map(|written| checks.within("address", |checks| address(&written, checks))),
        updated_at: written.updated_at,
    }
}
