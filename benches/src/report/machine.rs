//! The machine, and the versions of all programs of a measurement.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::peers::{ROOT, environment_folder, program_on_path};

/// The Rust packages whose versions are shown.
const PACKAGES: [&str; 13] = [
    "hyper",
    "axum",
    "actix-web",
    "may_minihttp",
    "multer",
    "tower-http",
    "actix-files",
    "hyper-util",
    "may",
    "tokio",
    "httparse",
    "fastwebsockets",
    "yawc",
];

/// Programs, and their option that prints the version.
const PROGRAMS: [(&str, &str); 3] = [("rustc", "--version"), ("nginx", "-v"), ("wrk", "-v")];

const ENVIRONMENTS: [(&str, &[&str]); 2] = [
    (
        "peers",
        &[
            "granian",
            "uvicorn",
            "gunicorn",
            "gunicorn_h1c",
            "fastpysgi",
            "socketify",
            "uvloop",
            "httptools",
            "websockets",
        ],
    ),
    ("original", &["tremolo", "uvloop"]),
];

/// The machine and the versions.
pub(crate) struct Machine {
    processor: String,
    processors: usize,
    kernel: String,
    date: String,
    /// Name and version.
    versions: Vec<(String, String)>,
}

impl Machine {
    /// Reads the machine's description and all versions.
    pub(crate) fn read() -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let lock = include_str!("../../Cargo.lock");
        let mut versions = vec![("tremolo".to_owned(), revision())];
        for package in PACKAGES {
            versions.extend(locked(lock, package).map(|version| (package.to_owned(), version)));
        }
        for (environment, packages) in ENVIRONMENTS {
            versions.extend(installed(environment, packages));
        }
        for (program, word) in PROGRAMS {
            let path = program_on_path(program).map(|path| path.to_string_lossy().into_owned());
            let line = path.and_then(|path| first_line(&path, &[word]));
            let version = line.as_deref().and_then(first_number).map(str::to_owned);
            versions.extend(version.map(|version| (program.to_owned(), version)));
        }
        Self {
            processor: model(&cpuinfo),
            processors: std::thread::available_parallelism().map_or(0, usize::from),
            kernel: kernel.trim().to_owned(),
            date: first_line("date", &["--iso-8601"]).unwrap_or_default(),
            versions,
        }
    }

    pub(super) fn sentence(&self) -> String {
        let versions: Vec<_> =
            self.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
        format!("{}\n{}", self.short(), versions.join(", "))
    }

    /// Date and machine in one line.
    pub(super) fn short(&self) -> String {
        let Self { processor, processors, kernel, date, .. } = self;
        format!("{date}, {processor}, {processors} processors, Linux {kernel}")
    }

    pub(super) fn json(&self) -> Value {
        let versions = self.versions.iter().map(|(name, version)| (name.clone(), json!(version)));
        json!({
            "date": self.date,
            "processor": self.processor,
            "processors": self.processors,
            "kernel": self.kernel,
            "versions": Value::Object(versions.collect()),
        })
    }
}

fn model(cpuinfo: &str) -> String {
    let line = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
    line.and_then(|line| line.split_once(": ")).map_or("unknown", |(_, model)| model).to_owned()
}

/// The commit that is checked out.
fn revision() -> String {
    let words = ["-C", ROOT, "describe", "--always", "--dirty"];
    first_line("git", &words).unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned())
}

/// The version of `package` in a lock file.
fn locked(lock: &str, package: &str) -> Option<String> {
    let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// The versions of `packages` in a virtual environment, if it exists.
fn installed(environment: &str, packages: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let Ok(versions) = fs::read_dir(environment_folder(environment).join("lib")) else {
        return found;
    };
    for python in versions.flatten() {
        let Ok(entries) = fs::read_dir(python.path().join("site-packages")) else { continue };
        for entry in entries.flatten() {
            if let Some((name, version)) = distribution(&entry.file_name().to_string_lossy())
                && packages.contains(&name.as_str())
            {
                found.push((format!("{environment}/{name}"), version));
            }
        }
    }
    found.sort();
    found
}

/// Name and version from the name of a `.dist-info` folder.
fn distribution(folder: &str) -> Option<(String, String)> {
    let (name, version) = folder.strip_suffix(".dist-info")?.rsplit_once('-')?;
    Some((name.to_ascii_lowercase(), version.to_owned()))
}

/// The first word, or part of a word after a slash, that begins with a digit.
fn first_number(line: &str) -> Option<&str> {
    line.split([' ', '/']).find(|word| word.starts_with(|first: char| first.is_ascii_digit()))
}

/// The first line of a program's output or error output.
fn first_line(program: &str, words: &[&str]) -> Option<String> {
    let output = Command::new(Path::new(program)).args(words).output().ok()?;
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    let text = String::from_utf8_lossy(&text).into_owned();
    text.lines().next().map(|line| line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_lock_files_and_folders() {
        let lock = "[[package]]\nname = \"hyper-util\"\nversion = \"0.1.2\"\n\n\
            [[package]]\nname = \"hyper\"\nversion = \"1.2.3\"\n";
        assert_eq!(locked(lock, "hyper").as_deref(), Some("1.2.3"));
        assert_eq!(locked(lock, "axum"), None);
        let found = distribution("Granian-2.5.1.dist-info").unwrap();
        assert_eq!(found, ("granian".to_owned(), "2.5.1".to_owned()));
        assert_eq!(distribution("granian"), None);
    }

    #[test]
    fn all_packages_are_in_the_lock_file() {
        for package in PACKAGES {
            assert!(locked(include_str!("../../Cargo.lock"), package).is_some(), "{package}");
        }
    }

    #[test]
    fn a_version_is_found_in_the_output_of_a_program() {
        assert_eq!(first_number("rustc 1.95.0 (59807616e 2026-04-14)"), Some("1.95.0"));
        assert_eq!(first_number("nginx version: nginx/1.22.1"), Some("1.22.1"));
        assert_eq!(first_number("wrk debian/4.1.0-3 [epoll]"), Some("4.1.0-3"));
    }

    #[test]
    fn a_processor_has_a_model_name() {
        assert_eq!(model("processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\n"), "Some CPU @ 3 GHz");
        assert_eq!(model(""), "unknown");
    }
}
