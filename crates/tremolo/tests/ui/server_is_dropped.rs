//! A server stops when its handle is dropped.

#![deny(unused_must_use)]

fn main() -> tremolo::Result<()> {
    tremolo::Application::new().listen("127.0.0.1:0").start()?;
    Ok(())
}
