//! Listings: their entries, their order, and that names cannot inject markup.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::RootOptions;

fn listed(folder: &Path, below: &str, shown: &str, options: &FolderOptions) -> String {
    let links = RootOptions { follow_symlinks: options.follow_symlinks };
    let root = Root::new(folder, links).unwrap();
    let path = SafePath::parse(below.as_bytes(), true).unwrap();
    page(&root, &path, shown.as_bytes(), options).unwrap()
}

/// The links of a page, in order.
fn links(page: &str) -> Vec<&str> {
    page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn lists_folders_before_files_with_sizes_and_dates() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["zoo", "Bar"] {
        fs::create_dir(at(name)).unwrap();
    }
    for (name, len) in [("b.txt", 5), ("a.bin", 1536)] {
        let file = File::create(at(name)).unwrap();
        file.set_len(len).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(784_111_777)).unwrap();
    }
    let page = listed(folder.path(), "/", "/static/", &FolderOptions::default());
    assert_eq!(links(&page), ["./Bar/", "./zoo/", "./a.bin", "./b.txt"]);
    assert!(page.contains("<h1>/static/</h1>"));
    assert!(page.contains("\">a.bin</a><td>1.5 KiB<td>06 Nov 1994 08:49<"));
    assert!(page.contains("\">b.txt</a><td>5 B<td>06 Nov 1994 08:49<"));
    assert!(page.contains("\">zoo/</a><td><td>"));

    let page = listed(folder.path(), "/zoo/", "/static/zoo/", &FolderOptions::default());
    assert_eq!(links(&page), ["../"]);
    assert!(page.contains("This folder is empty."));
}

#[test]
fn names_cannot_become_markup_or_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let names: &[&[u8]] = &[
        b"<img src=x onerror=alert(1)>",
        b"\"onmouseover=\"alert(1)",
        b"javascript:alert(1)",
        b"a&amp;b",
        b"caf\xc3\xa9",
        b"\xff",
        b"new\nline",
        b"%2e%2e",
        b"?q#f",
    ];
    for name in names {
        fs::write(folder.path().join(OsStr::from_bytes(name)), "").unwrap();
    }
    let shown = "/%3Cscript%3E/\"'<b>%0A/";
    let page = listed(folder.path(), "/", shown, &FolderOptions::default());
    assert_eq!(page.matches('<').count(), page.matches('>').count());
    for bad in ["<img", "<script", "<b>", "\"onmouse", "\n", ">a&amp;b<"] {
        assert!(!page.contains(bad), "{bad:?}");
    }
    assert!(page.contains("a&amp;amp;b") && page.contains("/&lt;script&gt;/"));
    let links = links(&page);
    assert_eq!(links.len(), names.len());
    for link in links {
        assert!(
            link.starts_with("./") && !link.contains(['<', ':', '?', '#', '&', '\'']),
            "{link}"
        );
        // Each link leads back to its file.
        let path = SafePath::parse(link.strip_prefix('.').unwrap().as_bytes(), false).unwrap();
        assert!(names.contains(&path.as_path().as_os_str().as_bytes()), "{link}");
    }
}

#[test]
fn lists_only_what_can_be_requested() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["file", ".dot", "back\\slash"] {
        fs::write(at(name), "").unwrap();
    }
    symlink("file", at("link")).unwrap();
    symlink("..", at("out")).unwrap();
    symlink("/dev/null", at("device")).unwrap();
    symlink("nowhere", at("broken")).unwrap();
    assert!(Command::new("mkfifo").arg(at("fifo")).status().unwrap().success());
    let page = listed(folder.path(), "/", "/", &FolderOptions::default());
    assert_eq!(links(&page), ["./file"]);
    let all = FolderOptions { dot_files: true, follow_symlinks: true, ..FolderOptions::default() };
    let page = listed(folder.path(), "/", "/", &all);
    let expected: &[_] = if cfg!(target_os = "linux") {
        &["./.dot", "./file", "./link"]
    } else {
        &["./.dot", "./file"]
    };
    assert_eq!(links(&page), expected);
}

#[test]
fn a_listing_has_at_most_its_limit_of_entries() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..6 {
        fs::write(folder.path().join(number.to_string()), "").unwrap();
    }
    for (listing_limit, expected) in [(7, 6), (6, 6), (5, 5), (1, 1), (0, 0)] {
        let options = FolderOptions { listing_limit, ..FolderOptions::default() };
        let page = listed(folder.path(), "/", "/", &options);
        assert_eq!(links(&page).len(), expected, "{listing_limit}");
        assert_eq!(page.contains("There is more"), expected < 6, "{listing_limit}");
    }
    // Hidden entries count as examined.
    let hidden = tempfile::tempdir().unwrap();
    for number in 0..20 {
        fs::write(hidden.path().join(format!(".{number}")), "").unwrap();
    }
    let options = FolderOptions { listing_limit: 2, ..FolderOptions::default() };
    assert!(listed(hidden.path(), "/", "/", &options).contains("There is more"));
}

#[test]
fn sizes_have_three_digits_and_a_unit() {
    for (length, expected) in [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (10 * 1024 - 1, "9.9 KiB"),
        (10 * 1024, "10 KiB"),
        ((1 << 20) - 1, "1023 KiB"),
        (5 << 30, "5.0 GiB"),
    ] {
        let mut out = String::new();
        push_size(&mut out, length);
        assert_eq!(out, expected);
    }
    let mut out = String::new();
    push_size(&mut out, u64::MAX);
    assert!(out.ends_with("EiB"));
}
