//! The front from outside: a server that runs, and what comes back on a plain socket.

mod body_limit;
mod client;
mod extract;
mod proxied;
mod request;
mod uploads;
