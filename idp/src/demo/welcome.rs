//! What the demo does and says when it has started: one person is provisioned, one table is printed.

use super::desk::Office;
use super::people::Person;
use super::places::Places;

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

/// What is where, and what to click first.
pub(super) fn table(places: &Places) -> String {
    let (desk, portal, provider) = (places.desk_url(), places.portal_url(), places.issuer());
    format!(
        "
  The demo of Maple Home Care (company code 99999) is running, on this machine only.

  WHAT                          WHERE
  Mailbox                       {desk}/mailbox
  Office pages                  {provider}/office
  Office's own program          {desk}/office
  Agency portal                 {portal}/
  Identity provider             {provider}/

  Click first:  the mailbox. Open the mail to Frank Jones, activate his account, log in, see his portal.
  Then:         the office pages, as office@maplehomecare.example with the password: quiet river orange lantern
                Add a person, or a whole list. The portal opens for the same user name.

  Ctrl-C stops all of it."
    )
}
