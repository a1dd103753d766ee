//! One file per table, as `idp-migration` makes them.
#![expect(unreachable_pub, reason = "the derive writes public items, which need public ones beside them")]

pub(crate) mod account_tickets;
pub(crate) mod accounts;
pub(crate) mod activation_tickets;
pub(crate) mod answers;
pub(crate) mod audit_chains;
pub(crate) mod audit_events;
pub(crate) mod authorization_codes;
pub(crate) mod bootstrap_tickets;
pub(crate) mod bulk_batches;
pub(crate) mod bulk_rows;
pub(crate) mod client_origins;
pub(crate) mod clients;
pub(crate) mod companies;
pub(crate) mod company_codes;
pub(crate) mod company_logos;
pub(crate) mod company_slugs;
pub(crate) mod consents;
pub(crate) mod email_changes;
pub(crate) mod former_answers;
pub(crate) mod grants;
pub(crate) mod idempotency_answers;
pub(crate) mod invitations;
pub(crate) mod leases;
pub(crate) mod logout_deliveries;
pub(crate) mod mail_turns;
pub(crate) mod member_persons;
pub(crate) mod memberships;
pub(crate) mod outbox;
pub(crate) mod pairwise_subjects;
pub(crate) mod recovery_codes;
pub(crate) mod refresh_tokens;
pub(crate) mod revoked_tokens;
pub(crate) mod sessions;
pub(crate) mod signing_keys;
pub(crate) mod throttles;
