//! The outbox of mails.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::delivery::DeliveryState;
use idp_domain::id::MailId;
use idp_domain::outbox::{Letter, Notice, OutboxMail, SecurityEvent};
use idp_domain::ports::{AT_ONCE, Tx};

use super::queue::{self, Queued, queue};
use super::{Db, HOUR, Scene, writing};
use crate::Samples;

queue!(OutboxMail, MailId, outbox, mails);

async fn mails(store: &Db, make: &mut Samples, count: usize) -> Vec<OutboxMail> {
    let scene = Scene::stored(store, make).await;
    (0..count).map(|_| make.mail(&scene.invitation)).collect()
}

pub async fn a_mail_is_never_leased_by_two_at_once(store: Db) {
    queue::is_never_leased_by_two_at_once::<OutboxMail>(store).await;
}

pub async fn mails_are_leased_when_due_the_oldest_first(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let letter = Letter::MembershipAdded { invitation: scene.invitation.id };
    let unqueued = OutboxMail { letter, company: None, ..make.mail(&scene.invitation) };
    queue::is_leased_when_due_the_oldest_first(store, unqueued, make).await;
}

/// The document a letter is stored as is read by the next release, too, while mails of this one wait.
pub async fn a_letter_of_every_kind_comes_back_as_it_was_queued(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let (account, change) = (scene.account.id, make.email_change(&scene.account).id);
    let (invitation, address) = (scene.invitation.id, scene.account.user_name.clone());
    let events = [
        SecurityEvent::PasswordChanged,
        SecurityEvent::EmailChangeProposed { change },
        SecurityEvent::CompanyLeft { company: scene.company.id },
        SecurityEvent::MembershipRemoved { company: scene.company.id },
    ];
    let (session, _) = make.session(&scene.account);
    let notice =
        |event| Notice { account, to: address.clone(), event, at: make.now, place: session.place.clone() };
    let letters = [
        Letter::Activation { invitation },
        Letter::MembershipAdded { invitation },
        Letter::ForgottenPassword { address: address.clone() },
        Letter::CompanyCodes { address: address.clone() },
        Letter::EmailVerification { account },
        Letter::EmailChange { change },
    ];
    for letter in letters.into_iter().chain(events.map(|event| Letter::Notice(notice(event)))) {
        let mail = OutboxMail::enqueue(letter, None, make.now, &make.entropy);
        let mut tx = writing(&store).await;
        tx.outbox().enqueue(&mail).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(queue::found(&store, &mail).await, mail);
    }
}

pub async fn a_lease_that_ran_out_is_taken_again(store: Db) {
    queue::is_taken_again_when_its_lease_ran_out::<OutboxMail>(store).await;
}

pub async fn only_the_owner_settles(store: Db) {
    queue::is_settled_by_its_owner_only::<OutboxMail>(store).await;
}

pub async fn the_depth_counts_waiting_and_dead_mails(store: Db) {
    queue::is_counted_while_it_waits_and_when_it_is_dead::<OutboxMail>(store).await;
}

pub async fn a_dropped_lease_leaves_the_mail_due(store: Db) {
    queue::is_due_again_when_its_lease_was_dropped::<OutboxMail>(store).await;
}

/// L6: whoever forgot a password, or must hear of a log-in, does not wait behind a list, however long that one is due.
pub async fn what_a_person_waits_for_leaves_before_a_thousand_invitations(store: Db) {
    let mut make = Samples::default();
    let scene = Scene::stored(&store, &mut make).await;
    let (session, _) = make.session(&scene.account);
    let (account, address) = (scene.account.id, scene.account.user_name.clone());
    let invitations: Vec<OutboxMail> = (0..1000).map(|_| make.mail(&scene.invitation)).collect();
    let now = make.now + HOUR;
    let device = Notice {
        account,
        to: address.clone(),
        event: SecurityEvent::NewDevice,
        at: now,
        place: session.place.clone(),
    };
    let urgent = [Letter::ForgottenPassword { address }, Letter::Notice(device)]
        .map(|letter| OutboxMail::enqueue(letter, None, now, &make.entropy));
    let mut tx = writing(&store).await;
    for some in invitations.chunks(AT_ONCE) {
        tx.outbox().enqueue_all(some).await.unwrap();
    }
    tx.outbox().enqueue_all(&[]).await.unwrap();
    tx.outbox().enqueue_all(&urgent).await.unwrap();
    assert_eq!(tx.outbox().depth().await.unwrap().0, 1002);
    let mut next = async |limit| {
        let leased = tx.outbox().lease("a", now, now + HOUR, limit).await.unwrap();
        leased.into_iter().map(|mail| mail.id).collect::<Vec<_>>()
    };
    assert_eq!(next(1).await, [urgent[0].id], "the password is the next to leave");
    assert_eq!(next(2).await.len(), 2);
    let mut rest: Vec<_> = invitations[1..].iter().map(|mail| mail.id).collect();
    rest.sort();
    let mut left = next(2000).await;
    left.sort();
    assert_eq!(left, rest, "the device's notice and the invitation that waited longest left before");
}

/// R85: the agency still sees what is dead.
pub async fn settled_mails_are_swept_and_dead_ones_stay(store: Db) {
    queue::is_swept_when_settled_and_stays_when_dead::<OutboxMail>(store).await;
}
