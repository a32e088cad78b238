//! The import rule on small crates: what it finds, and what it must leave alone.

use super::super::rules::File;
use super::graph::Modules;
use super::paths;
use super::{check_files, floors};

fn files(sources: &[(&str, &str)]) -> Vec<File> {
    sources.iter().map(|(path, text)| File::new(path, text)).collect()
}

/// The arrows of a crate in `src/`, as `from -> to: name`.
fn arrows(sources: &[(&str, &str)]) -> Vec<String> {
    let files = files(sources);
    let imports = Modules::below("src/", &files).imports();
    let short = |path: &str| path.trim_start_matches("src/").trim_end_matches(".rs").to_owned();
    let show = |(from, to, name)| format!("{} -> {}: {name}", short(from), short(to));
    imports.iter().map(|import| show((&import.from, &import.to, &import.name))).collect()
}

fn named(code: &str) -> Vec<String> {
    let paths = paths::in_code(code.lines().enumerate());
    paths.iter().map(|named| named.segments.join("::")).collect()
}

#[test]
fn reads_every_branch_of_a_use_tree() {
    let code = "use crate::a::{self, b::{C, D as E}, f::*};\nuse std::fmt;";
    let want = ["crate::a", "crate::a::b::C", "crate::a::b::D", "crate::a::f::*", "std::fmt"];
    assert_eq!(named(code), want);
}

#[test]
fn reads_paths_inside_the_code() {
    let code = "fn f() -> super::A { crate::b::c::<T>(self.x) }\npub(in crate::d) fn g() {}";
    assert_eq!(named(code), ["super::A", "crate::b::c"]);
}

#[test]
fn captured_lifetimes_are_no_imports() {
    assert!(named("fn f<'a>() -> impl Future + use<'a> { g() }").is_empty());
}

#[test]
fn follows_what_a_module_passes_on() {
    let sources = [
        ("src/lib.rs", "mod a; mod b; pub use a::Inner;"),
        ("src/a/mod.rs", "mod inner; pub(crate) use self::inner::Inner; pub struct Own;"),
        ("src/a/inner.rs", "pub struct Inner;"),
        ("src/b.rs", "use crate::a::{Inner, Own}; use crate::Inner as Again;"),
    ];
    let want = ["b -> a/inner: Inner", "b -> a/mod: Own"];
    assert_eq!(arrows(&sources), want);
}

#[test]
fn tests_may_import_what_they_like() {
    let sources = [
        ("src/a.rs", "struct A;\n#[cfg(test)]\nmod tests {\n    use crate::b::B;\n}"),
        ("src/b.rs", "use crate::a::A;"),
        ("src/b/tests.rs", "use crate::a::A;"),
    ];
    assert_eq!(arrows(&sources), ["b -> a: A"]);
}

#[test]
fn a_circle_is_found_once_with_its_names() {
    let sources = [
        ("src/a.rs", "use crate::b::B; struct A;"),
        ("src/b.rs", "use crate::c::C; struct B;"),
        ("src/c.rs", "use crate::a::A; struct C;"),
        ("src/d.rs", "use crate::a::A;"),
    ];
    let findings = check_files(&files(&sources), "");
    assert_eq!(findings.len(), 1, "{findings:?}");
    let want = "src/a.rs:1: [circle] a circle of files: `B` from src/b.rs, `C` from src/c.rs, \
                `A` from src/a.rs";
    assert!(findings[0].starts_with(want), "{findings:?}");
}

#[test]
fn a_folder_that_shows_what_its_files_hold_is_in_no_circle() {
    let sources = [
        ("src/a/mod.rs", "mod b; pub use self::b::B; pub struct A;"),
        ("src/a/b.rs", "use super::A; pub struct B(A);"),
    ];
    assert!(check_files(&files(&sources), "").is_empty());
    let uses = [("src/a/mod.rs", "use self::b::B; pub struct A(B);"), sources[1]];
    assert_eq!(check_files(&files(&uses), "").len(), 1);
}

#[test]
fn imports_go_down_the_floors() {
    let table = "```floors\nsrc:\n    top\n    left, right\n    bottom\n```\n";
    let sources = [
        ("src/lib.rs", "use crate::top::T;"),
        ("src/top.rs", "use crate::bottom::B; use crate::left::L;"),
        ("src/left.rs", "use crate::bottom::B;"),
        ("src/right.rs", "use crate::left::L;"),
        ("src/bottom.rs", "pub struct B;"),
    ];
    let findings = check_files(&files(&sources), table);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].starts_with("src/right.rs:1: [floors] `right` takes `L` from `left`"));
}

#[test]
fn a_module_without_a_floor_is_named() {
    let table = "```floors\nsrc:\n    a\n```\n";
    let sources = [("src/a.rs", "use crate::new::N;"), ("src/new.rs", "pub struct N;")];
    let findings = check_files(&files(&sources), table);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].starts_with("ARCHITECTURE.md:2: [floors] the floors of src do not name"));
}

#[test]
fn text_outside_of_the_blocks_is_no_table() {
    assert!(floors::read("src:\n    a\n```rust\nsrc:\n```\n").is_empty());
}
