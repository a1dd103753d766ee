//! What a piece of work sends to the database: for what must cost the same, whoever is meant (P9).

use std::cell::RefCell;
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

tokio::task_local! {
    static SENT: RefCell<Vec<String>>;
}

/// Does `work`, and returns the text of every statement it sent, in order, without its values. Work that is handed to another
/// task is not seen.
pub(crate) async fn statements<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
    // One listener for all tests: with one in each, what a callsite is worth would depend on which thread met it first.
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| tracing::subscriber::set_global_default(Listener).expect("the only listener"));
    SENT.scope(RefCell::default(), async { (work.await, SENT.with(RefCell::take)) }).await
}

/// Hears what the storage says of its statements (`storage/src/tx.rs`).
struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target() == "idp_storage::tx"
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Statement);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Statement;

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sql" {
            // Nobody listens to other tests.
            let _ = SENT.try_with(|sent| sent.borrow_mut().push(value.to_owned()));
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
