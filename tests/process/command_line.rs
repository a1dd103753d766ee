//! What the program says about itself.

use crate::support::rig::idp;

const COMMANDS: &[&[&str]] = &[
    &[],
    &["serve"],
    &["migrate"],
    &["config"],
    &["config", "check"],
    &["config", "show"],
    &["keys"],
    &["keys", "list"],
    &["keys", "rotate"],
    &["bootstrap"],
    &["company"],
    &["company", "create"],
    &["company", "list"],
    &["company", "suspend"],
    &["company", "resume"],
    &["account"],
    &["account", "show"],
    &["account", "disable"],
    &["account", "enable"],
    &["client"],
    &["client", "create"],
    &["client", "list"],
    &["client", "show"],
    &["client", "check"],
    &["client", "change"],
    &["client", "rotate-secret"],
    &["client", "disable"],
    &["client", "enable"],
    &["client", "remove"],
    &["seed"],
    &["demo"],
];

#[test]
fn every_command_explains_itself() {
    let page = |command: &&[&str]| {
        let called = [&["idp"], *command, &["--help"]].concat().join(" ");
        format!("$ {called}\n{}", idp(&[*command, &["--help"]].concat()).answer())
    };
    insta::assert_snapshot!("help", COMMANDS.iter().map(page).collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_command_nobody_knows_is_refused_with_what_there_is() {
    let complaint = idp(&["frobnicate"]).complaint(2);
    assert!(
        complaint.contains("unrecognized subcommand 'frobnicate'") && complaint.contains("--help"),
        "{complaint}"
    );
    assert!(idp(&[]).complaint(2).contains("Commands:"), "no command at all");
}

#[test]
fn the_version_is_the_release() {
    assert_eq!(idp(&["--version"]).answer(), format!("idp {}\n", env!("CARGO_PKG_VERSION")));
}
