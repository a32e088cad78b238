//! A piece of a body is text or bytes.

use tremolo::{Application, stream};

fn main() {
    let _ = Application::new().route("/", || {
        stream! {
            for number in 1..=3_u32 {
                yield number;
            }
        }
    });
}
