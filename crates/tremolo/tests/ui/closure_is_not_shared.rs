//! A handler is shared by the threads of all workers.

use std::cell::Cell;
use std::rc::Rc;

fn main() {
    let count = Rc::new(Cell::new(0));
    let _ = tremolo::Application::new().route("/", move || {
        count.set(count.get() + 1);
        count.get().to_string()
    });
}
