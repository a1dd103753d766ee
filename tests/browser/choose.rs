//! Somebody who belongs to many agencies, two of them of one name, says for which one a program opens, and as whom
//! (`company.md` section 3, "Behaviour").

use super::chromium::Chromium;
use super::shift_swap::ShiftSwap;
use super::walker::{Hand, Walker};
use crate::support::rig::{PASSWORD, PORTAL, Rig, USER_NAME};

const WHICH: &str = "Which agency do you want to work for?";
const ASKED: &str = "Allow Shift Swap?";

/// Frank's further agencies, below his account of the seed's example.
fn further_agencies() -> String {
    let cities = [
        "Barrie",
        "Cobourg",
        "Delhi",
        "Elora",
        "Fergus",
        "Galt",
        "Hespeler",
        "Ingersoll",
        "Jarvis",
        "Kitchener",
    ];
    let membership = |(n, _): (usize, &&str)| {
        format!(
            "\n[[account.membership]]\ncompany = \"2222{n}\"\nperson_ref = \"B-{n}\"\nmember_type = \"caregiver\"\n\
             security_role = \"none\"\n"
        )
    };
    let company = |(n, city): (usize, &&str)| {
        let name = if n < 2 { "Oak Home Care".to_owned() } else { format!("Care of {city}") };
        format!(
            "\n[[company]]\ncode = \"2222{n}\"\nname = \"{name}\"\n[company.address]\nlocality = \"{city}\"\n"
        )
    };
    let memberships: String = cities.iter().enumerate().map(membership).collect();
    let companies: String = cities.iter().enumerate().map(company).collect();
    format!("{memberships}{companies}")
}

/// The request of the link, with one parameter more.
async fn ask(walker: &Walker, site: &ShiftSwap, more: &str) {
    walker.open(&site.front()).await;
    let request = walker.attribute("#connect", "href").await.expect("a link");
    walker.open(&format!("{request}{more}")).await;
}

/// Searched, chosen, and said again on the page that follows.
async fn choose(walker: &Walker, site: &ShiftSwap) {
    ask(walker, site, "").await;
    walker.log_in(USER_NAME, PASSWORD).await;
    walker.arrive(WHICH).await;
    assert_eq!(walker.text("#username").await.as_deref(), Some(USER_NAME));
    assert_eq!(walker.text("#found").await.as_deref(), Some("11 agencies found."));
    walker.photograph("which-agency").await;

    walker.write("#q", "no such name").await;
    walker.submit("#search").await;
    walker.photograph("found-none").await;
    walker.submit("#all").await;
    walker.write("#q", "oak").await;
    walker.submit("#search").await;
    assert!(walker.text("#found").await.is_some_and(|text| text.starts_with("2 agencies found.")));
    walker.photograph("found-two-of-one-name").await;
    let cobourg = walker.text("#agency-1").await.is_some_and(|text| text.contains("Cobourg"));
    walker.press(if cobourg { "#agency-1" } else { "#agency-2" }).await;
    walker.arrive(ASKED).await;
    assert_eq!(walker.text("#agency").await.as_deref(), Some("Oak Home Care"));
    walker.press("#consent-allow").await;
    walker.arrive("Connected").await;

    ask(walker, site, "").await;
    walker.arrive(WHICH).await;
    let first = walker.text("#agency-1").await.expect("an agency");
    assert!(first.contains("Cobourg"), "the one chosen last stands first: {first}");
}

/// As whom, though one person only is logged in.
async fn select_account(walker: &Walker, rig: &Rig, site: &ShiftSwap) {
    let portal = format!(
        "{}/authorize?response_type=code&client_id=portal.99999&scope=openid+company&redirect_uri={PORTAL}/callback&\
         prompt=select_account&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
        rig.address()
    );
    walker.open(&portal).await;
    walker.arrive("Continue as Frank Albert Jones?").await;
    walker.photograph("continue-as").await;
    walker.press("#other-account").await;
    walker.arrive("Log In").await;
    assert_eq!(walker.value("#username").await.as_deref(), Some(""), "somebody else has another name");

    ask(walker, site, "&prompt=select_account").await;
    walker.arrive(WHICH).await;
    walker.press("#agency-1").await;
    walker.arrive("Connected").await;
}

/// There is a way on.
async fn no_access(walker: &Walker, site: &ShiftSwap) {
    ask(walker, site, "&company=ZZZ99").await;
    walker.arrive("You do not have access to this agency").await;
    walker.photograph("no-access").await;
    walker.press("#way-on").await;
    walker.arrive(WHICH).await;
    walker.press("#agency-1").await;
    walker.arrive("Connected").await;
}

async fn whole_journey(browser: Chromium, hand: Hand, gallery: &str) {
    let rig = Rig::new();
    rig.seed_with(&format!("{}{}", idp::seed_file::EXAMPLE, further_agencies()));
    let site = ShiftSwap::open(&rig).await;
    let server = rig.serve().await;
    let walker = Walker::new(browser, hand, Some(gallery));
    choose(&walker, &site).await;
    select_account(&walker, &rig, &site).await;
    no_access(&walker, &site).await;
    walker.assert_clean_console().await;
    walker.browser.close().await;
    server.stop().await;
}

#[tokio::test]
async fn a_person_of_many_agencies_chooses_one_by_keyboard() {
    whole_journey(Chromium::open().await, Hand::Keyboard, "choose-keyboard").await;
}

#[tokio::test]
async fn a_person_of_many_agencies_needs_no_javascript() {
    let browser = Chromium::open().await;
    browser.without_javascript().await;
    whole_journey(browser, Hand::Mouse, "choose-without-javascript").await;
}
