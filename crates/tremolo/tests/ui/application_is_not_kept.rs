//! The methods of an application return it.

#![deny(unused_must_use)]

use tremolo::Application;

fn main() {
    Application::new().route("/", async || "Hello World!");
}
