//! `--headless`: a terminal that prints where to log in, and takes commands.

use super::{CLIENT, OLIVIA, OLIVIA_THERE, World};
use crate::support::process::free_port;
use crate::support::terminal::Terminal;

/// As far as the question whether this computer is to be let in.
async fn asked(world: &World, more: &[&str]) -> Terminal {
    let who = ["--customer", "99999", "--username", OLIVIA];
    let mut terminal = Terminal::open(&world.rig.address(), CLIENT, &[&who, more].concat());
    terminal.line("To log in, open:").await;
    let address = terminal.line("http").await;
    terminal.line("and type this code:").await;
    let code = terminal.line("").await;
    terminal.line("Waiting for you").await;
    world.until_asked(&format!("{address}?user_code={code}"), &code).await;
    terminal
}

async fn logged_in(world: &World, more: &[&str]) -> Terminal {
    let terminal = asked(world, more).await;
    world.walker.submit("#device-allow").await;
    terminal
}

/// R4, R54: one family of tokens for each agency, and the log-out ends them all.
#[tokio::test]
async fn a_person_logs_in_from_a_terminal_switches_and_logs_out() {
    let world = World::begin().await;
    let mut terminal = logged_in(&world, &[]).await;
    let line = terminal.line("Logged in as Olivia Park").await;
    assert!(line.ends_with("office staff, at Maple Home Care (99999)."), "{line}");
    terminal.write("switch 22222");
    let line = terminal.line("Logged in as").await;
    assert!(line.ends_with("caregiver, at Birch Home Care (22222)."), "{line}");
    terminal.write("switch 33333");
    terminal.line("You have no access to 33333.").await;
    terminal.write("who");
    assert!(terminal.line("Logged in as").await.contains("Birch Home Care"), "still there");
    terminal.write("switch 99999");
    assert!(terminal.line("Logged in as").await.contains("Maple Home Care"));

    terminal.write("logout");
    terminal.line("You are logged out.").await;
    assert!(terminal.ended().await.success());
    world.until_revoked(2).await;
    assert!(!terminal.said().contains("eyJ"), "no token is ever printed: {}", terminal.said());
    world.end().await;
}

#[tokio::test]
async fn a_refusal_ends_the_program_with_an_error() {
    let world = World::begin().await;
    let mut terminal = asked(&world, &[]).await;
    world.walker.submit("#device-deny").await;
    terminal.line("You are not logged in.").await;
    assert_eq!(terminal.ended().await.code(), Some(1));
    world.end().await;
}

/// docs/clients.md: a server that is away logs nobody out; one that refuses does, and the program says so.
#[tokio::test]
async fn the_end_of_a_membership_ends_the_program_and_a_lost_connection_does_not() {
    let mut world = World::begin().await;
    let mut terminal = logged_in(&world, &["--check-every", "1"]).await;
    terminal.line("Logged in as").await;
    world.server = {
        world.server.stop().await;
        terminal.line("There is no connection at the moment. We keep trying.").await;
        world.rig.serve().await
    };
    terminal.write("who");
    terminal.line("Logged in as").await;
    world.rig.deactivate(OLIVIA_THERE).await;
    terminal.line("Your access to Maple Home Care has ended.").await;
    assert_eq!(terminal.ended().await.code(), Some(1));
    world.end().await;
}

#[tokio::test]
async fn an_unreachable_server_is_told_in_words() {
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let mut terminal = Terminal::open(&nowhere, CLIENT, &["--customer", "99999", "--username", OLIVIA]);
    terminal.line("We cannot reach the log-in service.").await;
    assert_eq!(terminal.ended().await.code(), Some(1));
}

/// Tokens that nobody holds any more are worth nothing.
#[tokio::test]
async fn ctrl_c_revokes_what_the_program_had() {
    let world = World::begin().await;
    let mut terminal = logged_in(&world, &[]).await;
    terminal.line("Logged in as").await;
    terminal.interrupt();
    assert_eq!(terminal.ended().await.code(), Some(0));
    world.until_revoked(1).await;
    world.end().await;
}
