//! Each rule on small sources: what it finds, and what it must leave alone.

use super::rules::{File, RULES};
use super::source::{Line, split};
use super::{check_files, engine, types};

/// The lines on which `rule` finds something in `text` as the file `path`.
fn hits(rule: &str, path: &str, text: &str) -> Vec<usize> {
    let rule = RULES.iter().find(|candidate| candidate.name == rule).unwrap();
    (rule.check)(&File::new(path, text)).into_iter().map(|(line, _)| line).collect()
}

fn codes(text: &str) -> Vec<String> {
    split(text).into_iter().map(|line| line.code).collect()
}

#[test]
fn splits_code_from_comments() {
    let lines = split("let a = 1; // why\n/// doc\n//! head\n//// line");
    let line = |code: &str, comment: &str, is_doc| Line {
        code: code.to_owned(),
        comment: comment.to_owned(),
        is_doc,
    };
    assert_eq!(lines[0], line("let a = 1; ", " why", false));
    assert_eq!(lines[1], line("", "/ doc", true));
    assert_eq!(lines[2], line("", "! head", true));
    assert_eq!(lines[3], line("", "// line", false));
}

#[test]
fn block_comments_nest_and_span_lines() {
    assert_eq!(codes("a /* x /* y */\nz */ b"), ["a ", " b"]);
    assert!(split("/** doc\nmore */")[1].is_doc);
}

#[test]
fn literals_are_no_code() {
    assert_eq!(codes(r#"f("// \" unsafe") + g"#), [r#"f("") + g"#]);
    assert_eq!(codes("f(\"a\nunsafe // b\") c"), ["f(\"\"", ") c"]);
    assert_eq!(codes(r####"f(br##"x "# "unsafe"##) d"####), [r#"f(b"") d"#]);
    assert_eq!(codes("r#type + bar"), ["r#type + bar"]);
    assert_eq!(
        codes(r"a('\'') b('\\') c('\u{e9}') d('é') e('/')"),
        ["a('') b('') c('') d('') e('')"]
    );
}

#[test]
fn lifetimes_are_no_characters() {
    let text = "fn f<'a, 'b>(x: &'a str, y: &'b str) -> &'static str";
    assert_eq!(codes(text), [text]);
}

#[test]
fn every_file_opens_with_its_header() {
    assert!(hits("header", "src/a.rs", "//! What it is for.\nuse x;").is_empty());
    assert_eq!(hits("header", "src/a.rs", "use x;\n//! Late."), [1]);
    assert_eq!(hits("header", "tests/a.rs", "// A plain comment."), [1]);
    assert_eq!(hits("header", "src/a.rs", ""), [1]);
}

#[test]
fn production_files_end_at_the_wall() {
    let long = "//! a\n".repeat(401);
    assert_eq!(hits("length", "src/a.rs", &long), [401]);
    assert!(hits("length", "src/a.rs", &"//! a\n".repeat(400)).is_empty());
    for path in ["src/a/tests.rs", "src/a/tests/b.rs", "tests/it/b.rs"] {
        assert!(hits("length", path, &long).is_empty(), "{path}");
    }
    assert_eq!(hits("length", "src/contests.rs", &long), [401]);
}

#[test]
fn nothing_is_left_unfinished() {
    let found = "// TODO: later\n/// FIXME\nx(); // XXX\ntodo!()\nunimplemented!(\"\")\ndbg!(x)";
    assert_eq!(hits("unfinished", "src/a.rs", found), [1, 2, 3, 4, 5, 6]);
    let fine = "// the TODOS list\nlet mastodon = \"TODO\";\nmytodo!();\nfn todo() {}";
    assert!(hits("unfinished", "src/a.rs", fine).is_empty());
}

#[test]
fn old_code_is_not_kept_in_comments() {
    let found = "x();\n// let a = 1;\n// if a {\n//     b();\n// }\ny();\n// c();\n// d();";
    assert_eq!(hits("commented-out", "src/a.rs", found), [2, 7]);
    let fine = "// Not this;\n// but that.\n/// let a = 1;\n/// let b = 2;\nlet a = 1; // one;\nlet b = 2; // two;";
    assert!(hits("commented-out", "src/a.rs", fine).is_empty());
}

#[test]
fn unsafe_has_no_place_yet() {
    let text = "#![forbid(unsafe_code)]\nunsafe { x() }\n// unsafe\n#[unsafe(no_mangle)]";
    assert_eq!(hits("unsafe", "crates/tremolo/src/a.rs", text), [2, 4]);
}

#[test]
fn tests_do_not_sleep() {
    let text = "std::thread::sleep(d);\ntokio::time::sleep(d).await;\nsleep_until(at).await;\n\
                fn sleep(self) {}\nasleep(x);\n// sleep(d)";
    assert_eq!(hits("sleep", "tests/it/a.rs", text), [1, 2, 3]);
    assert!(hits("sleep", "src/a.rs", text).is_empty());
    let inline = "sleep(a);\n#[cfg(test)]\n#[expect(x)]\nmod tests {\n    sleep(b);\n}";
    assert_eq!(hits("sleep", "src/a.rs", inline), [5]);
    let elsewhere = "#[cfg(test)]\nmod tests;\nsleep(a);";
    assert!(hits("sleep", "src/a.rs", elsewhere).is_empty());
}

#[test]
fn features_choose_between_modules() {
    let fine = "#[cfg(feature = \"tls\")]\nmod enabled;\n\
                #[cfg(not(feature = \"tls\"))]\n#[path = \"x.rs\"]\n// why\npub(crate) mod disabled;\n\
                #[cfg(any(\n    feature = \"a\",\n    feature = \"b\",\n))]\npub use c::d;";
    assert!(hits("feature", "src/a.rs", fine).is_empty());
    let found = "#[cfg(feature = \"tls\")]\nfn f() {}\n\
                 #[derive(Debug)]\nstruct S;\nif cfg!(feature = \"tls\") {}\n\
                 #![cfg(feature = \"tls\")]\nuse a;";
    assert_eq!(hits("feature", "src/a.rs", found), [1, 5, 6]);
}

#[test]
fn macros_are_counted_over_all_files() {
    let file = |count: usize| {
        File::new("src/a.rs", &format!("//! a\n{}", "macro_rules! m {}\n".repeat(count)))
    };
    assert!(check_files(&[file(3), file(3)]).is_empty());
    let findings = check_files(&[file(3), file(4)]);
    assert_eq!(findings.len(), 7);
    assert!(findings[0].starts_with("src/a.rs:2: [macros] one of 7 macros"), "{}", findings[0]);
}

#[test]
fn the_engine_has_a_closed_list_of_dependencies() {
    let manifest = "[package]\nname = \"x\"\n[dependencies]\nbytes.workspace = true\n# tokio = \"1\"\n\
                    tokio = { version = \"1\" }\n[dev-dependencies]\nproptest = \"1\"\n\
                    [target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n[build-dependencies]\n\"cc\" = \"1\"\n\
                    [dependencies.rustix]\nversion = \"1\"\n[dev-dependencies.rand]\nversion = \"0.9\"\n\
                    [lints]\nworkspace = true";
    let found: Vec<_> = engine::check_manifest(manifest);
    let names: Vec<_> =
        found.iter().map(|(line, what)| (*line, what.split('`').nth(1).unwrap())).collect();
    assert_eq!(names, [(6, "tokio"), (10, "libc"), (12, "cc"), (13, "rustix")]);
}

#[test]
fn no_runtime_reaches_the_engine_by_a_detour() {
    let tree = "tremolo-core v0.1.0 (/x)\nbytes v1.0.0\ntokio v1.54.0\nmio v1.0.0 (*)\ntokio v1.54.0\ntokio-util v0.7.0";
    let found: Vec<_> = engine::check_tree(tree).into_iter().map(|(_, what)| what).collect();
    assert_eq!(found.len(), 2);
    assert!(found[0].contains("`mio`") && found[1].contains("`tokio`"));
}

/// The findings in the files of the engine with these names, without their reasons.
fn large_types(files: &[(&str, &str)]) -> Vec<String> {
    let file = |(path, text): &(&str, &str)| File::new(&format!("crates/{path}"), text);
    let findings = types::check(&files.iter().map(file).collect::<Vec<_>>());
    let what = |found: &String| found.split(';').next().unwrap_or_default().to_owned();
    findings.iter().map(what).collect()
}

#[test]
fn public_methods_are_counted_over_all_impl_blocks() {
    let method = "    #[inline]\n    pub fn a(&self) {\n        let _ = || { 1 };\n    }\n";
    let block = |header: &str, count| format!("{header} {{\n{}}}\n", method.repeat(count));
    let plain = block("impl Large", 25);
    let generic = block("impl<'a, T: Into<u8>> large::Large<'a, T>\nwhere\n    T: Copy,\n", 1);
    let found =
        ["crates/tremolo-core/src/b.rs:6: [methods] `Large` has more than 25 public methods"];
    assert_eq!(
        large_types(&[("tremolo-core/src/a.rs", &plain), ("tremolo-core/src/b.rs", &generic)]),
        found
    );
    for other in [
        block("impl Small", 25),
        block("impl Iterator for Large", 9),
        block("#[cfg(test)]\nmod tests {\nimpl Large", 9) + "}\n",
        "impl Large {\n    fn a() {}\n    pub(crate) fn b() {}\n    pub const C: u8 = 1;\n}\n"
            .to_owned(),
        "fn large() -> impl Into<u8> {\n    pub fn a() {}\n}\n".to_owned(),
    ] {
        let files = [("tremolo-core/src/a.rs", &*plain), ("tremolo-core/src/b.rs", &*other)];
        assert_eq!(large_types(&files), [""; 0], "{other}");
    }
    let asynchronous = "impl Large {\n    pub const unsafe fn a() {}\n}\n";
    let files = [("tremolo-core/src/a.rs", &*plain), ("tremolo-core/src/b.rs", asynchronous)];
    assert_eq!(large_types(&files).len(), 1);
    assert_eq!(large_types(&[("tremolo/src/a.rs", &block("impl Large", 26))]), [""; 0]);
}

#[test]
fn structs_have_few_fields() {
    let fields = |count| {
        "    /// One.\n    #[serde(a: b)]\n    pub(crate) a: fn(u8) -> b::C,\n".repeat(count)
    };
    let large = format!("pub struct Large<T: Copy>\nwhere\n    T: Send,\n{{\n{}}}\n", fields(16));
    let found = ["crates/tremolo-core/src/a.rs:52: [fields] `Large` has more than 15 fields"];
    assert_eq!(large_types(&[("tremolo-core/src/a.rs", &large)]), found);
    let small = format!("struct A(u8);\nstruct B {{\n{}}}\nstruct C {{\n{0}}}\n", fields(15));
    assert_eq!(large_types(&[("tremolo-core/src/a.rs", &small)]), [""; 0]);
}
