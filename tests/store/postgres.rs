//! `Store` on PostgreSQL.

use crate::support::database::TestDatabase;

idp_testkit::store_suite!(TestDatabase::postgres);
