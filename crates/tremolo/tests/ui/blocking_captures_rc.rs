//! A blocking handler goes to another thread.

use std::cell::Cell;
use std::rc::Rc;

use tremolo::{Application, blocking};

fn main() {
    let count = Rc::new(Cell::new(0));
    let _ = Application::new().route("/", blocking(move || count.get().to_string()));
}
