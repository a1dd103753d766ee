//! `Store` on SQLite.

use crate::support::database::TestDatabase;

idp_testkit::store_suite!(TestDatabase::sqlite);
