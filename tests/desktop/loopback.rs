//! `--loopback` (RFC 8252 section 7.3): the browser brings the person back by itself, and nobody else.

use super::{CLIENT, OLIVIA, World, parameter};
use crate::support::rig::{PASSWORD, http};
use crate::support::window::Window;

#[tokio::test]
async fn the_browser_comes_back_to_a_port_of_this_machine_and_strangers_do_not_end_the_wait() {
    let world = World::begin().await;
    let more = ["--loopback", "--customer", "99999", "--username", OLIVIA];
    let mut window = Window::open(&world.rig.address(), CLIENT, &more).await;
    window.key("Return");
    window.until_title("Care Desktop: Waiting for your browser").await;
    window.screenshot("waiting-loopback").await;
    let address = window.opened().await;
    assert_eq!(parameter(&address, "code_challenge_method"), "S256");

    let back = parameter(&address, "redirect_uri");
    assert!(back.starts_with("http://127.0.0.1:"), "{back}");
    let iss = world.rig.address();
    for guess in
        [back.clone(), format!("{back}?code=guessed&state=guessed&iss={iss}"), back.replace("callback", "")]
    {
        let answer = http().get(&guess).send().await.expect("an answer");
        assert_eq!(answer.status(), 404, "{guess}");
    }

    world.walker.open(&address).await;
    world.walker.arrive("Log In").await;
    assert_eq!(world.walker.value("#username").await.as_deref(), Some(OLIVIA));
    world.walker.write("#password", PASSWORD).await;
    world.walker.press("#login-submit").await;
    world.walker.arrive("You may close this window").await;
    window.until_title("Care Desktop: Maple Home Care").await;
    assert!(http().get(&back).send().await.is_err(), "nobody listens any more");
    window.close().await;
    world.end().await;
}
