//! The operator's first day, with the real program: a link from the command line, agencies, accounts.

use crate::support::rig::{Rig, USER_NAME, http};
use crate::support::visitor::Visitor;

const PASSWORD: &str = "seven copper lanterns adrift";

/// The address in what `idp bootstrap` said.
fn link_in(said: &str) -> String {
    let links: Vec<&str> =
        said.split_whitespace().filter(|word| word.contains("/bootstrap?ticket=")).collect();
    assert_eq!(links.len(), 1, "{said}");
    links[0].to_owned()
}

/// The operator and the first agency.
fn typed(email: &str) -> [(&'static str, String); 6] {
    [
        ("given_name", "Ruth".to_owned()),
        ("family_name", "Baker".to_owned()),
        ("email", email.to_owned()),
        ("password", PASSWORD.to_owned()),
        ("confirm", PASSWORD.to_owned()),
        ("agency_name", "Maple Home Care".to_owned()),
    ]
}

async fn become_operator(link: &str, email: &str) {
    let visitor = Visitor::new();
    let page = visitor.open(link).await;
    let typed = typed(email);
    let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = visitor.press(&page, "bootstrap-submit", &typed).await;
    assert_eq!(page.heading(), "Log In", "{page:?}");
}

/// R13: from an empty folder to an operator and an agency; the next link needs another word.
#[tokio::test]
async fn the_printed_link_makes_the_first_operator_and_the_first_agency() {
    let rig = Rig::new();
    let older = link_in(&rig.run(&["bootstrap"]).answer());
    let link = link_in(&rig.run(&["bootstrap"]).answer());
    assert!(link.starts_with(&format!("{}/bootstrap?ticket=tkt_", rig.address())), "{link}");
    let server = rig.serve().await;
    assert_eq!(Visitor::new().open(&older).await.heading(), "This link does not work");
    become_operator(&link, "ruth@operator.example").await;

    let complaint = rig.run(&["bootstrap"]).complaint(2);
    assert!(complaint.contains("there is an operator already") && complaint.contains("--add"), "{complaint}");
    let listed = rig.run(&["company", "list"]).answer();
    assert!(listed.lines().count() == 2 && listed.contains("active") && listed.contains("Maple Home Care"));
    let shown = rig.run(&["account", "show", "ruth@operator.example"]).answer();
    for fact in [
        "ruth@operator.example (not verified)",
        "Operator       yes",
        "never",
        "prove the email address",
        "No agency.",
    ] {
        assert!(shown.contains(fact), "{fact} in {shown}");
    }
    assert!(!shown.contains("argon2") && !shown.contains('$'), "{shown}");

    let added = link_in(&rig.run(&["bootstrap", "--add"]).answer());
    become_operator(&added, "sam@operator.example").await;
    let log = server.stop().await;
    for link in [older, link, added] {
        let secret = link.rsplit_once('.').expect("a secret").1.to_owned();
        assert!(!log.contains(&secret), "the secret of a link is in the log:\n{log}");
    }
}

/// R89: an agency is opened, switched off and on by its code.
#[test]
fn an_agency_is_opened_suspended_and_resumed() {
    let rig = Rig::new();
    assert_eq!(rig.run(&["company", "list"]).answer(), "There are no companies yet.\n");
    let opened =
        rig.run(&["company", "create", "--name", "Birch Home Care", "--code", "22-222", "--city", "London"]);
    let opened = opened.answer();
    assert!(opened.starts_with("Birch Home Care is open: company code 22222, id cmp_"), "{opened}");
    assert_eq!(
        rig.run(&["company", "create", "--name", "Other", "--code", "22222"]).complaint(2),
        "idp: the company code is or was another company's\n"
    );
    let complaint =
        rig.run(&["company", "create", "--name", "", "--code", "2", "--email", "office"]).complaint(2);
    for field in ["code ", "name must not be empty", "email must be a valid e-mail address"] {
        assert!(complaint.contains(field), "{field} in {complaint}");
    }
    let suspended = rig.run(&["company", "suspend", "22 222"]).answer();
    assert!(suspended.starts_with("Birch Home Care is suspended"), "{suspended}");
    assert!(rig.run(&["company", "list"]).answer().contains("suspended"));
    assert_eq!(rig.run(&["company", "resume", "22222"]).answer(), "Birch Home Care is active.\n");
    assert_eq!(rig.run(&["company", "suspend", "77777"]).complaint(2), "idp: there is no company 77777\n");
}

/// Attack 48: an account that is switched off by a command is refused by a node that never restarted.
#[tokio::test]
async fn an_account_is_switched_off_and_on_while_the_node_runs() {
    let rig = Rig::new();
    let hat = "[{ member_type = \"client\", person_ref = \"C-12\" }]";
    rig.seed_with(&idp::seed_file::EXAMPLE.replacen(
        "other_persons = []",
        &format!("other_persons = {hat}"),
        1,
    ));
    let server = rig.serve().await;
    let visitor = Visitor::new();
    let page = visitor.open(&format!("{}/account", rig.address())).await;
    let page = visitor.log_in(&page, USER_NAME, crate::support::rig::PASSWORD).await;
    assert_eq!(page.heading(), "Your account", "{page:?}");
    let shown = rig.run(&["account", "show", USER_NAME]).answer();
    for fact in ["active since", "Log-in         not locked", "nothing", "99999", "Maple Home Care"] {
        assert!(shown.contains(fact), "{fact} in {shown}");
    }
    for fact in ["caregiver     4711", "client        C-12"] {
        assert!(shown.contains(fact), "{fact} in {shown}");
    }
    let disabled = rig.run(&["account", "disable", USER_NAME]).answer();
    assert!(disabled.starts_with("frank.jones@example.com is disabled"), "{disabled}");
    assert_eq!(visitor.open(&format!("{}/account", rig.address())).await.heading(), "Log In");
    assert!(rig.run(&["account", "show", USER_NAME]).answer().contains("disabled since"));
    rig.run(&["account", "disable", USER_NAME]).complaint(2);
    rig.run(&["account", "enable", USER_NAME]).answer();
    let page = visitor.open(&format!("{}/account", rig.address())).await;
    assert_eq!(
        visitor.log_in(&page, USER_NAME, crate::support::rig::PASSWORD).await.heading(),
        "Your account"
    );
    assert_eq!(
        rig.run(&["account", "show", "nobody@example.com"]).complaint(2),
        "idp: there is no account nobody@example.com\n"
    );
    assert!(rig.run(&["account", "show", "nobody"]).complaint(2).contains("is named by its e-mail address"));
    server.stop().await;
}

/// RFC 7591 section 2: a client of an agency's own, whose secret is shown once and is good at once.
#[tokio::test]
async fn a_registered_client_signs_in_with_the_secret_that_was_printed() {
    let rig = Rig::new();
    rig.seed();
    let server = rig.serve().await;
    let office = ["client", "create", "sync.99999", "--name", "Sync", "--company", "99999"];
    let may = ["--grant", "client_credentials", "--scope", "members:read", "--may-grant", "administrator"];
    let said = rig.run(&[office.as_slice(), &may].concat()).answer();
    assert!(said.starts_with("sync.99999 is registered."), "{said}");
    let secret = said.trim().lines().last().expect("the secret").to_owned();
    let request =
        http().post(format!("{}/token", rig.address())).form(&[("grant_type", "client_credentials")]);
    let answer = request.basic_auth("sync.99999", Some(&secret)).send().await.expect("a server");
    assert_eq!(answer.status().as_u16(), 200, "{:?}", answer.text().await);
    assert!(!rig.run(&["client", "list"]).answer().contains(&secret), "shown once");

    let again = rig.run(&[office.as_slice(), &may].concat()).complaint(2);
    assert_eq!(again, "idp: a client has or had this client_id\n");
    let greedy = rig.run(
        &[
            ["client", "create", "x", "--name", "X", "--company", "99999"].as_slice(),
            &["--grant", "client_credentials", "--scope", "operator"],
        ]
        .concat(),
    );
    let greedy = greedy.complaint(2);
    assert!(
        greedy.contains("scopes[0] must be one of"),
        "only the operator's own client acts for the operator: {greedy}"
    );
    let own = rig.run(&[
        "client",
        "create",
        "console",
        "--name",
        "Console",
        "--auth-method",
        "none",
        "--grant",
        "authorization_code",
        "--redirect-uri",
        "http://127.0.0.1/callback",
        "--scope",
        "openid",
    ]);
    assert_eq!(own.answer(), "console is registered.\n");
    let unknown = rig.run(&[
        "client",
        "create",
        "y",
        "--name",
        "Y",
        "--company",
        "77777",
        "--grant",
        "client_credentials",
    ]);
    assert_eq!(unknown.complaint(2), "idp: there is no company 77777\n");
    server.stop().await;
}
