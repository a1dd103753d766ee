//! The real thing in processes of its own: servers, transports, signals.

mod audit;
mod backchannel;
mod bulk;
mod client;
mod client_change;
mod client_check;
mod client_invite;
mod client_list;
mod command_line;
mod configuration;
mod crash;
mod demo;
mod health;
mod key_ring;
mod log;
mod mail_transport;
mod native_tls;
mod nodes;
mod office_day;
mod operators;
mod schema;
mod seed;
mod shutdown;
mod start;
mod transport_security;
