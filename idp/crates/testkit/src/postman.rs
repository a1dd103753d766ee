//! A transport that keeps what it is given, and refuses when it is told to.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use idp_domain::ports::{Delivery, Envelope, Postman};

#[derive(Debug, Default)]
pub struct RecordingPostman {
    sent: Mutex<Vec<Envelope>>,
    answers: Mutex<VecDeque<Delivery>>,
}

impl RecordingPostman {
    pub fn new() -> Self {
        Self::default()
    }

    /// The next delivery ends like this instead of being sent; several queue up.
    pub fn answer_next(&self, delivery: Delivery) {
        lock(&self.answers).push_back(delivery);
    }

    /// Every mail sent so far, the oldest first.
    pub fn sent(&self) -> Vec<Envelope> {
        lock(&self.sent).clone()
    }

    /// The same, and forgets them.
    pub fn take(&self) -> Vec<Envelope> {
        std::mem::take(&mut lock(&self.sent))
    }
}

#[async_trait]
impl Postman for RecordingPostman {
    async fn deliver(&self, envelope: &Envelope) -> Delivery {
        let delivery = lock(&self.answers).pop_front().unwrap_or(Delivery::Sent);
        if delivery == Delivery::Sent {
            lock(&self.sent).push(envelope.clone());
        }
        delivery
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
