//! Requests of all kinds to several servers, and what each makes of them: `cargo xtask differential`.
//!
//! `generate` makes the requests. `read` is a naive parser that knows what a server has to make of
//! them, and which rules decide. `observe` sends them. `rows` is the table of `docs/differential.md`:
//! for each rule an input that servers read differently, and the result of ours.

mod generate;
mod observe;
mod reading;
mod reference;
mod rows;
mod spellings;

pub use self::generate::generate;
pub use self::observe::observe;
pub use self::reading::{End, NEXT, Reading, Step, sum};
pub use self::reference::{Rule, read};
pub use self::rows::{Row, rows};
