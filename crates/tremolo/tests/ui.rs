//! What the compiler says to a newcomer's mistakes is user interface: it has goldens.
//!
//! Run with `TRYBUILD=overwrite` to write them anew, and read what you wrote.

#[test]
fn mistakes_get_readable_messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
