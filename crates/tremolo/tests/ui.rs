//! The compiler's messages for common mistakes are compared with files in `tests/ui`.
//!
//! `TRYBUILD=overwrite` writes these files again; read the difference.

#[test]
fn mistakes_get_readable_messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
