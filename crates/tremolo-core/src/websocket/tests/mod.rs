//! Sessions as their drivers use them.

mod client;
mod closing;
mod compression;
mod messages;
mod opening;
mod sending;
mod splits;
mod timing;
