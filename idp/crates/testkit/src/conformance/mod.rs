//! One suite per port. Every implementation runs all of it: what the suite does not demand, nobody may rely on.
//!
//! `store_suite!` and `ephemeral_suite!` make one test of each case, named as the case.

pub mod ephemeral;
pub mod store;

/// Makes a test of each case of the `Store` suite.
///
/// `$open` is a path to an async function that opens a fresh, migrated database: `.store()` of what it returns is an
/// `Arc<dyn Store>`, and dropping it removes the database.
#[macro_export]
macro_rules! store_suite {
    ($open:path) => {
        $crate::store_suite! { $open, transactions:
            a_dropped_transaction_leaves_nothing
            a_committed_transaction_is_seen_by_the_next_reader
            writers_that_give_up_neither_block_nor_lose_the_others
            a_writer_cancelled_at_any_await_harms_nobody
            a_panicking_writer_loses_only_its_own_work
            sixty_four_writers_at_once_all_last
            a_transaction_that_only_reads_cannot_write
            the_database_answers
        }
        $crate::store_suite! { $open, accounts:
            an_account_comes_back_as_it_was_stored_in_every_state
            a_user_name_is_taken_in_every_spelling
            only_an_account_that_nobody_opened_and_no_agency_has_is_removed
            an_update_stores_every_field_and_refuses_a_stale_copy
            of_many_updates_of_one_version_one_wins
            a_locked_account_is_one_transactions_until_its_commit
            a_lock_ends_with_its_transaction_whatever_becomes_of_it
            a_sign_in_is_noted_without_touching_the_version
            answers_are_replaced_as_a_whole
            former_answers_are_one_set_beside_the_present_one
            former_answers_are_swept_by_when_they_were_replaced
        }
        $crate::store_suite! { $open, bootstrap_tickets:
            a_bootstrap_ticket_comes_back_and_takes_the_place_of_the_one_before
            a_bootstrap_ticket_is_consumed_by_one_caller_only
            an_expired_bootstrap_ticket_is_not_consumed
            an_operator_is_seen_in_every_state_and_nobody_else_for_one
            the_first_company_is_seen
        }
        $crate::store_suite! { $open, companies:
            a_company_comes_back_by_id_and_by_code
            an_old_code_keeps_naming_its_company_and_no_other_may_take_it
            a_stale_company_is_refused
            a_locked_company_is_one_transactions_until_its_commit
            an_alias_names_its_company_until_it_is_released
            a_slug_is_never_another_companys
            companies_are_listed_in_pages_and_found_by_words
        }
        $crate::store_suite! { $open, company_choices:
            a_choice_is_of_one_person_at_one_client_and_replaced_by_the_next
            of_many_choices_at_once_one_stays
            what_is_forgotten_is_of_one_company_or_of_one_person
        }
        $crate::store_suite! { $open, memberships:
            a_membership_comes_back_by_each_of_its_names
            a_person_is_a_member_of_a_company_once_under_one_name
            a_membership_is_updated_by_version_and_keeps_its_name_unique
            a_member_comes_back_by_each_hat
            a_hat_is_nobody_elses_reference
            of_those_who_claim_a_reference_at_once_one_gets_it
            a_members_sign_in_is_noted_without_touching_the_version
            members_are_listed_in_pages_of_their_company_only
            the_active_administrators_of_a_company_are_counted
            the_newest_invitation_of_a_membership_is_found
            the_newest_invitation_to_an_address_is_found_by_its_company_only
            a_newer_mail_supersedes_the_open_invitations_of_the_membership
        }
        $crate::store_suite! { $open, member_list:
            a_member_is_seen_with_the_rows_that_belong_to_it
            members_of_each_kind_are_listed_and_counted
            members_are_looked_for_by_words
            pages_of_members_follow_each_other_in_either_order
        }
        $crate::store_suite! { $open, tickets:
            a_ticket_put_again_gets_a_new_digest_and_stays_as_used_as_it_was
            a_ticket_is_consumed_by_one_caller_only
            an_expired_ticket_is_not_consumed
            superseding_ends_every_open_ticket_but_the_one_kept
            tickets_are_swept_in_bounded_batches
        }
        $crate::store_suite! { $open, account_tickets:
            an_account_ticket_comes_back_and_is_put_once
            of_a_burst_of_tries_no_more_are_counted_than_are_allowed
            a_ticket_that_is_over_counts_no_tries
            an_account_ticket_is_consumed_by_one_caller_only
            a_burned_ticket_opens_nothing_and_a_used_one_stays_used
            superseding_ends_the_open_tickets_of_one_purpose_but_the_one_kept
            what_an_agency_vouched_for_ends_with_its_word
            account_tickets_are_swept_in_bounded_batches
        }
        $crate::store_suite! { $open, throttles:
            of_a_burst_of_guesses_no_more_are_admitted_than_the_schedule_allows
            each_pause_is_twice_the_one_before_up_to_the_cap
            at_the_ceiling_nothing_is_admitted_until_the_account_is_recovered
            failures_that_are_long_ago_begin_a_new_count
            a_guess_that_was_taken_back_never_counted
            buckets_and_accounts_are_counted_apart
            what_is_remembered_of_guesses_is_found_by_bucket
            counts_that_nobody_touched_are_swept_in_bounded_batches
        }
        $crate::store_suite! { $open, email_changes:
            a_change_of_address_comes_back_in_every_state
            a_change_is_settled_by_one_caller_only_from_the_state_it_was_read_in
            the_newest_proposed_change_is_found_and_the_others_are_cancelled
            what_took_effect_since_an_instant_is_undone_and_nothing_else
            the_changes_of_one_account_are_listed_and_removed_together
        }
        $crate::store_suite! { $open, recovery_codes:
            a_recovery_code_replaces_the_one_before
            a_recovery_code_is_consumed_by_one_caller_only
            a_recovery_code_that_is_removed_is_gone
        }
        $crate::store_suite! { $open, batches:
            a_batch_and_its_rows_come_back_as_they_were_stored
            rows_are_read_in_order_by_page_outcome_and_bound
            rows_are_counted_by_outcome
            a_list_is_changed_only_while_it_waits
            of_many_confirmations_one_queues_the_list
            a_company_has_one_job_under_way
            a_job_is_leased_by_one_worker_and_again_when_its_lease_ran_out
            a_held_job_advances_and_one_that_was_cancelled_is_held_by_nobody
            of_many_cancellations_one_ends_the_job
            lists_and_jobs_are_swept_with_their_rows_in_bounded_batches
        }
        $crate::store_suite! { $open, clients:
            a_client_comes_back_as_it_was_put_and_is_replaced_by_the_next_put
            the_portal_of_a_company_is_its_oldest_enabled_client_with_a_log_in_address
            clients_are_listed_in_the_order_of_their_ids
            a_companys_own_clients_are_listed_without_those_of_others
            an_id_is_never_given_to_a_second_client
            an_origin_is_known_while_an_enabled_client_has_a_redirect_uri_there
            of_many_puts_at_once_one_is_whole
        }
        $crate::store_suite! { $open, codes:
            a_code_is_redeemed_by_one_caller_only
            a_code_is_redeemed_by_its_client_in_its_time
            codes_are_swept_in_bounded_batches
        }
        $crate::store_suite! { $open, grants:
            a_grant_is_found_with_everything_it_stands_on
            a_grant_is_revoked_once_and_says_why
            a_family_is_bound_to_one_key_for_good
            ending_a_session_revokes_its_families_except_offline_ones
            families_that_were_switched_are_revoked_with_their_root_or_by_company
            every_family_of_an_account_is_revoked_at_once
            every_family_of_an_account_is_revoked_but_those_of_one_session
            every_family_of_an_account_at_a_company_is_revoked
            the_live_grants_of_an_account_are_listed_the_newest_first
            every_family_of_a_client_is_revoked_for_one_account
            every_family_of_a_client_is_revoked_whoever_it_is_for
            a_family_that_outlives_its_session_is_told_by_itself_and_not_by_its_scopes
            every_family_of_a_session_is_listed_revoked_ones_included
            families_of_a_company_are_listed_while_their_session_is_open
            grants_are_swept_after_their_expiry_even_revoked_ones
            an_expired_grant_stays_as_long_as_its_session
        }
        $crate::store_suite! { $open, device_grants:
            a_device_grant_comes_back_as_it_was_stored_in_every_state
            a_user_code_names_one_request
            a_device_grant_is_claimed_by_one_session_only
            a_claim_is_given_back_by_the_session_that_has_it_until_it_answers
            a_device_grant_is_answered_by_the_session_that_claimed_it_in_its_time
            of_many_answers_at_once_one_counts
            a_no_is_final
            a_device_grant_is_redeemed_by_one_caller_only
            a_device_grant_is_redeemed_by_its_client_in_its_time
            what_nobody_has_fetched_is_denied_with_its_session_or_account
            what_nobody_has_fetched_is_listed_and_denied_for_its_account
            a_pause_between_polls_gets_longer_once_for_all_who_ask_at_the_same_moment
            device_grants_are_swept_in_bounded_batches
        }
        $crate::store_suite! { $open, pushed_requests:
            a_pushed_request_comes_back_as_it_was_stored
            a_pushed_request_is_answered_by_one_session
            pushed_requests_are_swept_in_bounded_batches
        }
        $crate::store_suite! { $open, refresh_tokens:
            a_refresh_token_is_rotated_by_one_caller_only
            a_loser_gets_the_same_successor_within_the_grace
            after_the_grace_a_rotated_token_was_reused
            the_grace_ends_after_so_many_retries
            the_grace_ends_when_the_successor_was_used
            a_token_that_is_kept_stays_current_until_its_new_end
            refresh_tokens_are_swept_in_bounded_batches
        }
        $crate::store_suite! { $open, sessions:
            a_session_slides_when_touched_and_never_backwards
            a_session_ends_once
            a_renewed_session_has_a_new_secret_unless_it_ended
            the_open_sessions_of_an_account_are_listed_the_newest_first
            sessions_are_swept_when_expired_or_ended_and_not_when_idle
        }
        $crate::store_suite! { $open, signing_keys:
            of_nodes_that_rotate_at_once_one_wins
            a_key_is_resealed_listed_and_deleted
        }
        $crate::store_suite! { $open, outbox:
            a_mail_is_never_leased_by_two_at_once
            mails_are_leased_when_due_the_oldest_first
            a_letter_of_every_kind_comes_back_as_it_was_queued
            a_lease_that_ran_out_is_taken_again
            only_the_owner_settles
            the_depth_counts_waiting_and_dead_mails
            a_dropped_lease_leaves_the_mail_due
            what_a_person_waits_for_leaves_before_a_thousand_invitations
            settled_mails_are_swept_and_dead_ones_stay
        }
        $crate::store_suite! { $open, mail_turns:
            turns_of_a_company_follow_each_other
            a_turn_that_was_not_committed_is_given_again
            of_many_who_take_turns_at_once_no_two_get_the_same
        }
        $crate::store_suite! { $open, roster:
            accounts_are_found_by_many_user_names_in_every_spelling
            members_are_found_by_many_user_names_at_their_company_only
            members_are_found_by_many_references_at_their_company_only
            the_newest_invitations_of_many_are_found
        }
        $crate::store_suite! { $open, logos:
            a_logo_replaces_the_one_before_of_its_company_only
            a_logo_that_is_removed_is_gone
            the_same_picture_is_another_logo_at_another_company
            a_company_keeps_its_logo_through_every_change
        }
        $crate::store_suite! { $open, client_logos:
            a_clients_logo_replaces_the_one_before_of_that_client_only
            a_clients_logo_that_is_removed_is_gone
        }
        $crate::store_suite! { $open, logouts:
            a_logout_is_never_leased_by_two_at_once
            logouts_are_leased_when_due_the_oldest_first
            no_client_takes_up_a_lease_of_logouts
            a_logout_whose_lease_ran_out_is_taken_again
            a_logout_is_settled_by_its_owner_only
            the_depth_counts_waiting_and_dead_logouts
            a_dropped_lease_leaves_the_logout_due
            settled_logouts_are_swept_and_dead_ones_stay
        }
        $crate::store_suite! { $open, consents:
            a_consent_is_of_one_person_to_one_client_and_replaced_by_the_next
            of_many_consents_at_once_one_stays
            the_consents_of_a_person_are_listed_the_newest_first
            a_consent_is_withdrawn_once
        }
        $crate::store_suite! { $open, subjects:
            the_first_subject_of_a_person_at_a_sector_stays
            of_many_subjects_at_once_everybody_gets_the_same
            a_subject_names_one_person_of_a_sector
        }
        $crate::store_suite! { $open, registrations:
            an_initial_token_comes_back_until_it_is_revoked
            an_initial_token_is_taken_as_often_as_it_has_uses
            an_initial_token_that_is_over_is_not_taken_and_swept
            a_registration_comes_back_by_its_id_and_by_its_client
            what_is_used_is_noted_once_and_what_is_not_is_listed
        }
        $crate::store_suite! { $open, revoked_tokens:
            a_token_is_revoked_for_every_node_however_often
            revoked_tokens_are_swept_when_they_would_have_expired
        }
        $crate::store_suite! { $open, audit_chains:
            events_are_expected_as_soon_as_anything_is_there
            an_event_has_its_place_once_it_is_tied_in
            a_place_is_given_once
            many_events_are_tied_in_at_once
            the_digest_of_an_event_is_of_all_that_is_stored_of_it
            chains_that_are_left_out_hold_nobody_up
            a_chain_comes_back_as_it_was_put_last
            a_chain_that_is_gone_leaves_a_gap
            events_outside_of_the_ends_of_their_chain_are_told
            the_oldest_events_of_a_chain_are_found_and_swept
            a_lease_is_its_owners_until_it_ran_out
            of_many_nodes_at_once_one_takes_a_lease
            a_log_is_searched_by_each_of_its_filters
            a_log_is_read_in_pages_in_both_directions
        }
        $crate::store_suite! { $open, records:
            an_audit_event_comes_back_as_it_was_recorded
            audit_events_are_listed_newest_first_of_one_company_when_asked
            audit_events_are_listed_newest_first_of_one_account
            an_answer_is_replayed_for_its_life
            a_taken_key_conflicts_until_it_expired
            of_many_requests_with_one_key_one_is_stored
            expired_answers_are_swept_in_bounded_batches
        }
    };
    ($open:path, $area:ident: $($case:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let database = $open().await;
                $crate::conformance::store::$area::$case(database.store()).await;
            }
        )+
    };
}

/// Makes a test of each case of the `Ephemeral` suite.
///
/// `$open` is a path to an async function; what it returns implements [`ephemeral::Backend`].
#[macro_export]
macro_rules! ephemeral_suite {
    ($open:path) => {
        $crate::ephemeral_suite! { $open:
            a_count_counts_from_one_and_an_absent_one_is_zero
            the_first_count_starts_the_time_to_live_and_later_ones_do_not_extend_it
            what_is_taken_back_was_never_counted
            a_key_is_put_by_the_first_caller_only
            an_expired_key_is_absent_for_put_if_absent
            keys_of_different_kinds_and_contents_never_meet
            many_counters_at_once_lose_nothing
            of_many_callers_at_once_one_puts_the_key
            the_backend_answers
        }
    };
    ($open:path: $($case:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::conformance::ephemeral::$case($open().await).await;
            }
        )+
    };
}

#[cfg(test)]
mod tests {
    /// A case that is written but not listed would be a test that never runs.
    #[test]
    fn every_case_is_listed() {
        let listed = include_str!("mod.rs");
        let files = [
            include_str!("ephemeral.rs"),
            include_str!("store/account_tickets.rs"),
            include_str!("store/accounts.rs"),
            include_str!("store/audit_chains.rs"),
            include_str!("store/bootstrap_tickets.rs"),
            include_str!("store/batches.rs"),
            include_str!("store/client_logos.rs"),
            include_str!("store/clients.rs"),
            include_str!("store/codes.rs"),
            include_str!("store/companies.rs"),
            include_str!("store/company_choices.rs"),
            include_str!("store/consents.rs"),
            include_str!("store/device_grants.rs"),
            include_str!("store/email_changes.rs"),
            include_str!("store/grants.rs"),
            include_str!("store/logos.rs"),
            include_str!("store/logouts.rs"),
            include_str!("store/mail_turns.rs"),
            include_str!("store/member_list.rs"),
            include_str!("store/memberships.rs"),
            include_str!("store/outbox.rs"),
            include_str!("store/pushed_requests.rs"),
            include_str!("store/records.rs"),
            include_str!("store/recovery_codes.rs"),
            include_str!("store/refresh_tokens.rs"),
            include_str!("store/registrations.rs"),
            include_str!("store/revoked_tokens.rs"),
            include_str!("store/roster.rs"),
            include_str!("store/sessions.rs"),
            include_str!("store/signing_keys.rs"),
            include_str!("store/subjects.rs"),
            include_str!("store/throttles.rs"),
            include_str!("store/tickets.rs"),
            include_str!("store/transactions.rs"),
        ];
        for file in files {
            let cases: Vec<&str> =
                file.split("pub async fn ").skip(1).filter_map(|rest| rest.split('(').next()).collect();
            assert!(!cases.is_empty());
            for case in cases {
                assert!(listed.lines().any(|line| line.trim() == case), "{case} is not listed");
            }
        }
    }
}
