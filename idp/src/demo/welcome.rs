//! What the demo does and says when it has started: one person is provisioned, one table is printed.

use super::desk::Office;
use super::people::Person;
use super::places::Places;

/// What `make desktop` and `make phone` go by, and where the latter serves the app.
const USUAL_PROVIDER: &str = "http://127.0.0.1:8080";
const PHONE: &str = "http://127.0.0.1:8092/";

/// Provisions the sample caregiver as an office would, unless that was done in an earlier run.
pub(super) async fn first_steps(office: &Office) {
    let Some(person) = Person::first_invited() else { return };
    let added = async {
        let members = office.members().await?;
        if members.iter().any(|member| member.person_ref == person.person_ref) {
            return Ok(());
        }
        office.add(&person.into(), "demo-first-steps").await.map(drop)
    };
    if let Err(error) = added.await {
        tracing::error!(%error, "the sample caregiver cannot be provisioned");
    }
}

/// What is where, and what to click first. The programs on people's own devices are started in terminals of their own.
pub(super) fn table(places: &Places) -> String {
    let (desk, portal, provider) = (places.desk_url(), places.portal_url(), places.issuer());
    let [desktop, phone] = commands(&provider);
    format!(
        "
  The demo of Maple Home Care (company code 99999) is running, on this machine only.

  WHAT                          WHERE
  Mailbox                       {desk}/mailbox
  Office pages                  {provider}/office
  Office's own program          {desk}/office
  Agency portal                 {portal}/
  Identity provider             {provider}/

  IN ANOTHER TERMINAL           THERE
  {desktop:<30}a window: Customer 99999, Username office@maplehomecare.example
  {phone:<30}{PHONE} in a browser, held like a phone: company code 99999

  Click first:  the mailbox. Open the mail to Frank Jones, activate his account, log in, see his portal.
  Then:         the office pages, as office@maplehomecare.example with the password: quiet river orange lantern
                Add a person, or a whole list. The portal opens for the same user name.
  After that:   the window, as the same person. She works for Birch Home Care (22222), too: go on there without logging
                in again. Frank has the phone: deactivate him on the office pages, and what he has open closes.

  Ctrl-C stops all of it."
    )
}

/// As `make` has them for the provider's usual port; beside another one they are started by hand.
fn commands(provider: &str) -> [String; 2] {
    if provider == USUAL_PROVIDER {
        return ["make desktop".to_owned(), "make phone".to_owned()];
    }
    let desktop = format!("target/debug/sample-desktop --issuer {provider} --client-id desktop\n{:32}", "");
    let phone = format!("MOBILE_ISSUER={provider} npm start --prefix examples/mobile\n{:32}", "");
    [desktop, phone]
}
