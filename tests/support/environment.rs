//! What `scripts/test-services` tells the tests. Nothing else in the tests reads the environment.

/// The PostgreSQL cluster to make databases in, as a superuser.
pub(crate) fn postgres_url() -> String {
    required("IDP_TEST_POSTGRES_URL")
}

/// The Redis server to share.
pub(crate) fn redis_url() -> String {
    required("IDP_TEST_REDIS_URL")
}

/// A test that needs a server and has none has failed; it was not skipped.
#[expect(clippy::disallowed_methods, reason = "the one place where tests read the environment")]
fn required(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set: run `make test`, or `scripts/test-services cargo test ...` for a part of it"
        )
    })
}
