//! The real thing in processes of its own: servers, transports, signals.

mod mail_transport;
