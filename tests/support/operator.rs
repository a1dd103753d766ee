//! What an operator, another node or a passing year leaves in the database, past every page and API; and a look at it.

use std::ops::Range;

use idp_domain::account::Account;
use idp_domain::client::{Client, ClientId};
use idp_domain::company::{Company, CompanyCode};
use idp_domain::email::EmailAddress;
use idp_domain::invitation::Invitation;
use idp_domain::member::Membership;
use idp_domain::text::Line;
use idp_testkit::Samples;

use super::app::{START, TestApp};
use super::database::TestDatabase;

impl TestApp {
    pub(crate) async fn account(&self, user_name: &str) -> Account {
        self.find_account(user_name).await.unwrap_or_else(|| panic!("no account {user_name}"))
    }

    pub(crate) async fn find_account(&self, user_name: &str) -> Option<Account> {
        let user_name = EmailAddress::parse(user_name).expect("a user name");
        let mut tx = self.env.store.read().await.expect("a transaction");
        tx.accounts().find_by_user_name(&user_name).await.expect("the accounts")
    }

    pub(crate) async fn change_account(&self, user_name: &str, change: impl FnOnce(&mut Account)) {
        let mut account = self.account(user_name).await;
        change(&mut account);
        let mut tx = self.env.store.write().await.expect("a transaction");
        tx.accounts().update(&account).await.expect("a change");
        tx.commit().await.expect("a commit");
    }

    pub(crate) async fn find_membership(&self, company: &Company, user_name: &str) -> Option<Membership> {
        let account = self.account(user_name).await;
        let mut tx = self.env.store.read().await.expect("a transaction");
        tx.memberships().find_of_account(company.id, account.id).await.expect("the memberships")
    }

    pub(crate) async fn membership(&self, company: &Company, user_name: &str) -> Membership {
        self.find_membership(company, user_name).await.unwrap_or_else(|| panic!("{user_name} is no member"))
    }

    pub(crate) async fn change_membership(
        &self,
        company: &Company,
        user_name: &str,
        change: impl FnOnce(&mut Membership),
    ) {
        let mut membership = self.membership(company, user_name).await;
        change(&mut membership);
        let mut tx = self.env.store.write().await.expect("a transaction");
        tx.memberships().update(&membership).await.expect("a change");
        tx.commit().await.expect("a commit");
    }

    /// The newest invitation of a member.
    pub(crate) async fn invitation(&self, company: &Company, user_name: &str) -> Invitation {
        let membership = self.membership(company, user_name).await;
        let mut tx = self.env.store.read().await.expect("a transaction");
        tx.invitations().find_newest(membership.id).await.expect("the invitations").expect("an invitation")
    }

    pub(crate) async fn change_invitation(
        &self,
        company: &Company,
        user_name: &str,
        change: impl FnOnce(&mut Invitation),
    ) {
        let mut invitation = self.invitation(company, user_name).await;
        change(&mut invitation);
        let mut tx = self.env.store.write().await.expect("a transaction");
        tx.invitations().update(&invitation).await.expect("a change");
        tx.commit().await.expect("a commit");
    }

    pub(crate) async fn change_company(&self, company: &Company, change: impl FnOnce(&mut Company)) {
        let mut tx = self.env.store.write().await.expect("a transaction");
        let mut company = tx.companies().find(company.id).await.expect("the companies").expect("this one");
        change(&mut company);
        tx.companies().update(&company).await.expect("a change");
        tx.commit().await.expect("a commit");
    }

    /// The person works for more agencies, all called Oak Home Care, with the codes `OAK00` and so on, each in a town of its own.
    pub(crate) async fn join_many(&self, user_name: &str, numbers: Range<u32>) {
        let account = self.account(user_name).await;
        let mut make = Samples::new(self.env.now(), u64::from(numbers.start) + 7);
        let mut tx = self.env.store.write().await.expect("a transaction");
        for n in numbers {
            let mut company = make.company();
            company.slug = None;
            company.code = CompanyCode::parse(&format!("OAK{n:02}")).expect("a code");
            company.name = Line::parse("Oak Home Care").expect("a name");
            company.contact.address.locality = Line::parse(&format!("Town{n}")).ok();
            let membership = make.membership(&account, &company);
            let membership = membership.accept(self.env.now()).expect("an invited member");
            tx.companies().insert(&company).await.expect("a company");
            tx.memberships().insert(&membership).await.expect("a membership");
        }
        tx.commit().await.expect("a commit");
    }

    pub(crate) async fn put_client(&self, client: &Client) {
        let mut tx = self.env.store.write().await.expect("a transaction");
        tx.clients().put(client, START).await.expect("a client");
        tx.commit().await.expect("a commit");
    }

    pub(crate) async fn change_client(&self, id: &str, change: impl FnOnce(&mut Client)) {
        let id = ClientId::parse(id).expect("a client_id");
        let mut tx = self.env.store.write().await.expect("a transaction");
        let mut client = tx.clients().find(&id).await.expect("the clients").expect("this one");
        change(&mut client);
        tx.clients().put(&client, START).await.expect("a change");
        tx.commit().await.expect("a commit");
    }

    /// What was recorded so far, the oldest first.
    pub(crate) async fn audited(&self) -> Vec<&'static str> {
        let mut tx = self.env.store.read().await.expect("a transaction");
        let events = tx.audit().list(None, 1000).await.expect("the audit log");
        events.iter().rev().map(|event| event.action.as_str()).collect()
    }

    /// For statements and looks past the store.
    pub(crate) fn database(&self) -> &TestDatabase {
        &self.database
    }
}
