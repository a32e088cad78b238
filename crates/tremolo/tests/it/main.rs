//! The front from outside: a server that runs, and what comes back on a plain socket.

mod client;
mod proxied;
mod request;
