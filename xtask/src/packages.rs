//! Programs of the system that a verb needs, from the packages of Debian and its children.

use std::env;
use std::path::PathBuf;

use crate::Outcome;
use crate::runner::execute;

/// Installs the programs that are missing, given with their packages. Which ones are missing
/// still, and why.
pub(crate) fn install(programs: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let missing: Vec<_> = programs.iter().filter(|(binary, _)| !is_there(binary)).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    update_lists();
    let mut faults = Vec::new();
    for (binary, package) in missing {
        println!("==> {binary} is missing");
        let outcome = fetch(package);
        if !is_there(binary) {
            let absent = || format!("it is not in the package {package}");
            faults.push((*binary, outcome.err().unwrap_or_else(absent)));
        }
    }
    faults
}

/// Installs a package that has no program.
pub(crate) fn install_library(package: &str) -> Outcome {
    update_lists();
    fetch(package)
}

/// The lists may be older than the packages; if they cannot be fetched, what is done with them may
/// work all the same.
fn update_lists() {
    let _ = execute("apt-get update --quiet=2");
}

fn fetch(package: &str) -> Outcome {
    let line = format!(
        "DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 \
         --no-install-recommends {package}"
    );
    println!("==> {package}: {line}");
    execute(&line)
}

fn is_there(binary: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = env::split_paths(&path).chain(MORE_FOLDERS.iter().map(PathBuf::from));
    folders.any(|folder| folder.join(binary).is_file())
}

/// Where programs are besides `PATH`, which leaves these out for ordinary users.
const MORE_FOLDERS: &[&str] = &["/usr/sbin", "/usr/local/sbin"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_for_programs_where_they_are() {
        assert!(is_there("cargo"));
        assert!(!is_there("no-such-program"));
    }

    #[test]
    fn what_is_there_is_not_installed() {
        assert!(install(&[("cargo", "no-such-package")]).is_empty());
    }
}
