//! Runs each model under every order of its threads. A wake-up that is lost is a deadlock.

use loom::model::Builder;
use tremolo_loom::models;

#[test]
fn handles_that_write_and_wait_for_room_meet_the_driver() {
    explore(models::writers);
}

#[test]
fn a_handle_that_reads_meets_the_driver() {
    explore(models::readers);
}

#[test]
fn a_thread_that_blocks_on_a_future_is_woken() {
    explore(models::block_on);
}

#[test]
fn threads_that_wake_the_loop_of_python_are_noticed() {
    explore(models::turns);
}

/// A thread gives way to another one at most so many times before it has to wait.
fn explore(model: fn()) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}
