//! The compiler's messages for common mistakes are compared with files in `tests/ui`.
//!
//! `TRYBUILD=overwrite` writes these files again; read the difference.

use std::fs;
use std::path::Path;

#[test]
fn mistakes_get_readable_messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

/// The first line is often all that an editor shows.
#[test]
fn the_first_line_names_what_to_write_instead() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the folder exists") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("names are text");
        if path.extension().is_none_or(|ending| ending != "stderr") || NOT_OURS.contains(&name) {
            continue;
        }
        let text = fs::read_to_string(&path).expect("the file can be read");
        let line = text.lines().next().unwrap_or_default();
        assert!(ADVICE.iter().any(|advice| line.contains(advice)), "{name}: {line}");
        count += 1;
    }
    assert!(count >= 20, "{count} mistakes");
}

const ADVICE: &[&str] = &[": write ", ": return ", ": yield ", ": give "];

/// Mistakes whose first line is the compiler's own, or that of `serde`; the lines below it say more.
const NOT_OURS: &[&str] = &[
    "application_is_not_kept",
    "async_is_missing",
    "borrows_a_local",
    "closure_changes_what_it_captures",
    "error_has_no_status",
    "json_is_not_deserialized",
    "json_is_not_serialized",
    "mounts_itself",
    "option_of_no_handler",
    "run_is_awaited",
    "server_is_dropped",
    "socket_is_used_in_two_tasks",
];
