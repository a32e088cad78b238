//! The entries of a folder, on disk and as a list; and the naive lookup in the list.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tremolo_files::FolderOptions;

use crate::script::Script;

/// The expected result of a lookup.
#[derive(Debug)]
pub(super) enum Expected {
    File(usize),
    Redirect,
    /// The entries, and whether they are folders.
    Listing(Vec<(usize, bool)>),
    NotFound,
}

/// The entries below a root. Beside the root is a file that must never be served.
#[derive(Debug)]
pub(super) struct Tree {
    outer: TempDir,
    entries: Vec<Entry>,
    follows: bool,
    shows_dots: bool,
    lists: bool,
}

#[derive(Debug)]
struct Entry {
    parent: Option<usize>,
    name: Vec<u8>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    /// A relative link to a file or folder below the root.
    Link(usize),
    /// A link to something outside.
    Leak,
}

impl Tree {
    /// Up to eight entries.
    pub(super) fn read(script: &mut Script<'_>, options: &FolderOptions) -> Self {
        let outer = tempfile::tempdir().expect("a temporary folder");
        fs::write(outer.path().join("secret"), "secret").expect("a file");
        fs::create_dir(outer.path().join("root")).expect("a folder");
        let mut tree = Self {
            outer,
            entries: Vec::new(),
            follows: options.follow_symlinks,
            shows_dots: options.dot_files,
            lists: options.listing,
        };
        for _ in 0..script.byte() % 9 {
            tree.add(script);
        }
        tree
    }

    fn add(&mut self, script: &mut Script<'_>) {
        let (code, parent) = (script.byte(), script.byte());
        let name = match code & 64 {
            0 => script.piece().to_vec(),
            _ => script.pick(NAMES).to_vec(),
        };
        let folders = self.entries.iter().enumerate();
        let folders = folders.filter(|(_, entry)| entry.kind == Kind::Folder);
        let folders: Vec<_> = folders.map(|(at, _)| Some(at)).chain([None]).collect();
        let parent = folders[usize::from(parent) % folders.len()];
        let is_name = !matches!(&name[..], b"" | b"." | b"..") && name.len() < 256;
        if !is_name || name.iter().any(|byte| matches!(byte, 0 | b'/')) {
            return;
        }
        if self.child(parent, &name).is_some() {
            return;
        }
        let targets: Vec<_> = self.entries.iter().enumerate().collect();
        let targets: Vec<_> = targets.iter().filter(|(_, entry)| !entry.kind.is_link()).collect();
        let kind = match code % 8 {
            0..=2 => Kind::File,
            3 | 4 => Kind::Folder,
            5 if !targets.is_empty() => {
                Kind::Link(targets[usize::from(code >> 3) % targets.len()].0)
            }
            _ => Kind::Leak,
        };
        self.make(Entry { parent, name, kind });
    }

    fn make(&mut self, entry: Entry) {
        let path =
            self.path().join(self.relative(entry.parent)).join(OsStr::from_bytes(&entry.name));
        // From the folder of the link up to the root.
        let up: PathBuf = self.ancestors(entry.parent).map(|_| "..").collect();
        match entry.kind {
            Kind::File => fs::write(path, Self::content(self.entries.len())),
            Kind::Folder => fs::create_dir(path),
            Kind::Link(target) => symlink(up.join(self.relative(Some(target))), path),
            Kind::Leak => symlink(up.join("../secret"), path),
        }
        .expect("the name is free");
        self.entries.push(entry);
    }

    pub(super) fn path(&self) -> PathBuf {
        self.outer.path().join("root")
    }

    /// The content of the file with this number.
    pub(super) fn content(entry: usize) -> Vec<u8> {
        format!("file {entry}").into_bytes()
    }

    pub(super) fn name(&self, entry: usize) -> &[u8] {
        &self.entries[entry].name
    }

    fn ancestors(&self, entry: Option<usize>) -> impl Iterator<Item = usize> {
        std::iter::successors(entry, |at| self.entries[*at].parent)
    }

    fn relative(&self, entry: Option<usize>) -> PathBuf {
        let mut names: Vec<_> = self.ancestors(entry).map(|at| self.name(at)).collect();
        names.reverse();
        names.iter().map(|name| Path::new(OsStr::from_bytes(name))).collect()
    }

    fn child(&self, parent: Option<usize>, name: &[u8]) -> Option<usize> {
        self.entries.iter().position(|entry| entry.parent == parent && entry.name == name)
    }

    /// The file or folder that an entry leads to, if it may be served.
    fn target(&self, entry: usize) -> Option<usize> {
        match self.entries[entry].kind {
            Kind::File | Kind::Folder => Some(entry),
            Kind::Link(target) => self.follows.then_some(target),
            Kind::Leak => None,
        }
    }

    /// Follows the names of a path one by one.
    pub(super) fn find(&self, path: &[u8], rest: &[u8]) -> Expected {
        let names = rest.strip_prefix(b"/").unwrap_or(rest);
        let (names, has_slash) = match names.strip_suffix(b"/") {
            Some(names) => (Some(names), true),
            None if names.is_empty() => (None, path.ends_with(b"/")),
            None => (Some(names), false),
        };
        let (mut at, mut is_file) = (None, false);
        for (depth, name) in names.iter().flat_map(|n| n.split(|b| *b == b'/')).enumerate() {
            if !is_encoded(name) {
                return Expected::NotFound;
            }
            let name = decode(name);
            if is_file || !self.may_ask_for(&name, depth) {
                return Expected::NotFound;
            }
            let entry = self.child(at, &name).and_then(|entry| self.target(entry));
            let Some(entry) = entry else { return Expected::NotFound };
            (at, is_file) = (Some(entry), self.entries[entry].kind == Kind::File);
        }
        match (at, is_file, has_slash) {
            (Some(file), true, false) => Expected::File(file),
            (_, true, _) => Expected::NotFound,
            (_, false, false) => Expected::Redirect,
            (folder, false, true) => self.index(folder),
        }
    }

    fn index(&self, folder: Option<usize>) -> Expected {
        let index = self.child(folder, b"index.html").and_then(|entry| self.target(entry));
        match index.filter(|entry| self.entries[*entry].kind == Kind::File) {
            Some(file) => Expected::File(file),
            None if self.lists => Expected::Listing(self.listed(folder)),
            None => Expected::NotFound,
        }
    }

    fn listed(&self, folder: Option<usize>) -> Vec<(usize, bool)> {
        let inside = self.entries.iter().enumerate().filter(|(_, entry)| entry.parent == folder);
        let shown = inside.filter(|(_, entry)| {
            !entry.name.contains(&b'\\') && (self.shows_dots || !entry.name.starts_with(b"."))
        });
        let targets = shown.filter_map(|(at, _)| Some((at, self.target(at)?)));
        targets.map(|(at, target)| (at, self.entries[target].kind == Kind::Folder)).collect()
    }

    fn may_ask_for(&self, name: &[u8], depth: usize) -> bool {
        let is_known = depth == 0 && name == b".well-known";
        !name.contains(&b'\\') && (self.shows_dots || is_known || !name.starts_with(b"."))
    }

    /// A path from the script: names of entries, and strings that might leave the folder.
    pub(super) fn url(&self, script: &mut Script<'_>) -> Vec<u8> {
        let mut path = Vec::new();
        let names = script.byte() % 6;
        for _ in 0..names {
            path.extend_from_slice(b"/");
            match script.byte() % 4 {
                0 => path.extend(script.piece().iter().filter(|byte| is_in_path(**byte))),
                1 => path.extend_from_slice(script.pick(TRICKS)),
                _ if self.entries.is_empty() => {}
                code => {
                    let entry = usize::from(script.byte()) % self.entries.len();
                    for byte in self.name(entry) {
                        match code == 2 && is_in_path(*byte) && *byte != b'%' {
                            true => path.push(*byte),
                            false => path.extend(format!("%{byte:02x}").bytes()),
                        }
                    }
                }
            }
        }
        if path.is_empty() || script.flag() {
            path.push(b'/');
        }
        path
    }
}

impl Kind {
    fn is_link(self) -> bool {
        matches!(self, Self::Link(_) | Self::Leak)
    }
}

/// Whether each percent sign is followed by two digits.
fn is_encoded(name: &[u8]) -> bool {
    let mut parts = name.split(|byte| *byte == b'%').skip(1);
    parts.all(|part| part.len() > 1 && part[..2].iter().all(u8::is_ascii_hexdigit))
}

/// Whether the engine accepts the byte in a path.
fn is_in_path(byte: u8) -> bool {
    byte > b' ' && !matches!(byte, 0x7f | b'?' | b'#')
}

const NAMES: &[&[u8]] = &[
    b"a",
    b"index.html",
    b".well-known",
    b".hidden",
    b"a b",
    b"%2e%2e",
    b"..a",
    b"javascript:x",
    b"\xff",
    b"<a href=\"",
];

const TRICKS: &[&[u8]] =
    &[b"..", b"%2e%2e", b".", b"", b"%2F", b"..%2fsecret", b"%00", b"%5c", b"%", b"secret", b"%2"];

/// Percent-decodes; a percent sign without two digits stands for itself.
pub(super) fn decode(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut decoded, mut at) = (Vec::new(), 0);
    while let Some(byte) = text.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high << 4 | low) as u8);
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    decoded
}
