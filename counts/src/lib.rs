//! What `cargo xtask counts` counts on: named inputs, each repeated in a state that stays the same.
//!
//! A program of this crate lists its inputs, or runs one of them under valgrind: it prepares, warms
//! up, and then repeats inside `counted`, which is all that callgrind collects. Nothing in there
//! depends on clocks, random seeds or addresses, so the count is the same each time.
//!
//! It is a member of the workspace, because it builds nothing but our own crates; `benches` stands
//! apart, because it builds the peers. It is no example of the engine, because the front is counted
//! as well; and the two are two programs, so that a change to one leaves the other's code alone.

#![expect(clippy::print_stdout, reason = "the list of inputs is what xtask asks for")]

use std::env;
use std::hint::black_box;
use std::process::ExitCode;

/// One thing that is done again and again.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// How `cargo xtask counts` calls it.
    pub name: &'static str,
    /// What one request of it is.
    pub about: &'static str,
    /// How many requests one round is.
    pub requests: usize,
    /// Makes what the rounds need.
    pub prepare: fn() -> Round,
}

/// Does it once, and returns how many bytes it produced.
pub type Round = Box<dyn FnMut() -> usize>;

/// The whole of a program: without arguments the list of its inputs, else `NAME REQUESTS`.
#[must_use]
pub fn run(inputs: &[Input]) -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [name, requests] = arguments.as_slice() else {
        for Input { name, about, .. } in inputs {
            println!("{name}\t{about}");
        }
        return ExitCode::SUCCESS;
    };
    let input = inputs.iter().find(|input| input.name == name);
    let (Some(input), Ok(requests)) = (input, requests.parse::<usize>()) else {
        return ExitCode::from(2);
    };
    let mut round = (input.prepare)();
    for _ in 0..WARM_UP {
        black_box(round());
    }
    black_box(counted(&mut *round, requests / input.requests));
    ExitCode::SUCCESS
}

/// callgrind collects from here on, by the name of this function.
#[inline(never)]
fn counted(round: &mut dyn FnMut() -> usize, times: usize) -> usize {
    (0..times).map(|_| round()).sum()
}

/// Rounds until every buffer has the size that it keeps.
const WARM_UP: usize = 64;
