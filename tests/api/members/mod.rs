//! What an office does to one of its members (R67, R71, R72, R74-R76, R80, R92; `company.md` sections 2 and 4).

mod access;
mod address;
mod alike;
mod authority;
mod conditions;
mod limits;
mod patch;
mod persons;
mod record;
mod table;

use idp_domain::member::MembershipState;
use serde_json::Value;

use crate::support::app::TestApp;

/// The id of a member as answered.
fn id(member: &Value) -> &str {
    member["member_id"].as_str().expect("an id")
}

/// A caregiver of Maple, as an answer.
async fn invited(app: &TestApp, user_name: &str) -> Value {
    app.admin().create(user_name).await
}

/// Frank, who has accepted at Maple, as the list shows him.
async fn joined(app: &TestApp, user_name: &str) -> Value {
    app.enrol(user_name).await;
    listed(app, user_name).await
}

async fn listed(app: &TestApp, user_name: &str) -> Value {
    let page = app.admin().get(&format!("?q={user_name}")).await;
    page.json["members"][0].clone()
}

/// The links of activation in the mails to one address, the oldest first.
async fn activation_links(app: &TestApp, to: &str) -> Vec<String> {
    app.send_mails().await;
    let sent = app.postman.sent();
    let mine = sent.iter().filter(|mail| mail.to.as_str() == to);
    let link = |text: &str| {
        let start = text.find("https://id.example/activate?ticket=")?;
        text[start..].split_whitespace().next().map(str::to_owned)
    };
    mine.filter_map(|mail| link(&mail.text)).collect()
}

async fn state_at_maple(app: &TestApp, user_name: &str) -> MembershipState {
    app.membership(&app.maple, user_name).await.state
}
