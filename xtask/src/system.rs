//! Programs of the system: whether they are there, and how they get there.

use std::env;
use std::path::PathBuf;

use crate::Outcome;
use crate::runner::execute;

/// Where programs are besides `PATH`, which leaves these out for ordinary users.
const MORE_FOLDERS: &[&str] = &["/usr/sbin", "/usr/local/sbin"];

pub(crate) fn is_there(binary: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = env::split_paths(&path).chain(MORE_FOLDERS.iter().map(PathBuf::from));
    folders.any(|folder| folder.join(binary).is_file())
}

/// Fetches the lists of packages. They may be older than the packages; if they cannot be fetched,
/// [`install`] may work all the same.
pub(crate) fn update_lists() {
    let _ = execute("apt-get update --quiet=2");
}

/// Installs `binary` with a package of Debian and its children.
///
/// # Errors
///
/// That it is still not there, and why.
pub(crate) fn install(binary: &str, package: &str) -> Outcome {
    let line = format!(
        "DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 \
         --no-install-recommends {package}"
    );
    println!("==> {binary} is missing: {line}");
    let outcome = execute(&line);
    if is_there(binary) {
        return Ok(());
    }
    let fault = outcome.err().unwrap_or_else(|| "it is not in the package".to_owned());
    Err(format!("apt-get install {package}: {fault}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_for_programs_where_they_are() {
        assert!(is_there("cargo"));
        assert!(!is_there("no-such-program"));
    }
}
