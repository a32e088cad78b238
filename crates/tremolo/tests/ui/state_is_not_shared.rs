//! The state of an application is shared by the threads of all workers.

use std::cell::Cell;
use std::rc::Rc;

use tremolo::{Application, State};

async fn count(State(count): State<Rc<Cell<u32>>>) -> String {
    count.get().to_string()
}

fn main() {
    let _ = Application::new().route("/", count);
}
