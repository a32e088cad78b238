//! The inputs of `cargo xtask counts`: each repeats one operation in a constant state.
//!
//! A program of this crate lists its inputs, or runs one of them under valgrind: it prepares, warms
//! up, and then repeats the operation inside `counted`, the only function that callgrind collects.
//! Nothing in it depends on clocks, random seeds or addresses, so the count is the same each time.
//!
//! The crate is a member of the workspace, because it builds only crates of this repository;
//! `benches` is separate, because it builds the peers. Engine and front are two programs, so that a
//! change to one does not change the code of the other.

#![expect(clippy::print_stdout, reason = "the list of inputs is what xtask asks for")]

use std::env;
use std::hint::black_box;
use std::process::ExitCode;

/// One repeated operation.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// The name for `cargo xtask counts`.
    pub name: &'static str,
    /// What one request of it is.
    pub about: &'static str,
    /// How many requests one round has.
    pub requests: usize,
    /// Prepares the state of the rounds.
    pub prepare: fn() -> Round,
}

/// Runs one round; returns the number of bytes that it produced.
pub type Round = Box<dyn FnMut() -> usize>;

/// The `main` of a program: without arguments the list of its inputs, else `NAME REQUESTS`.
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

/// callgrind collects while this function runs, which it finds by name.
#[inline(never)]
fn counted(round: &mut dyn FnMut() -> usize, times: usize) -> usize {
    (0..times).map(|_| round()).sum()
}

/// Rounds until every buffer has its final size.
const WARM_UP: usize = 64;
