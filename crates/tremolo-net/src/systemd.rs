//! Listening sockets of systemd: it passes them as the descriptors from 3 on, and describes them in
//! the environment (sd_listen_fds(3)).

use std::env;
use std::io;
use std::os::fd::RawFd;

use crate::{ListenAddress, handover};

impl ListenAddress {
    /// The addresses of single sockets: `systemd://` stands for several descriptors, any other
    /// address for itself.
    ///
    /// # Errors
    ///
    /// `NotFound` if systemd has passed no such socket to this process.
    pub fn expand(self) -> io::Result<Vec<Self>> {
        let Self::Systemd(name) = self else { return Ok(vec![self]) };
        let variable = |name| env::var(name).unwrap_or_default();
        let (process, count) = (variable("LISTEN_PID"), variable("LISTEN_FDS"));
        // What is handed over was passed to the first of the processes.
        if process.parse() != Ok(std::process::id()) && !handover::is_received() {
            return Err(not_found("systemd has not passed sockets to this process (LISTEN_PID)"));
        }
        let numbers = numbers(&count, &variable("LISTEN_FDNAMES"), name.as_deref())?;
        Ok(numbers.into_iter().map(Self::Descriptor).collect())
    }
}

/// The numbers of the sockets that have this name, or of all.
fn numbers(count: &str, names: &str, name: Option<&str>) -> io::Result<Vec<RawFd>> {
    let count = count.parse::<u16>().ok().filter(|count| (1..=MOST).contains(count));
    let count = count.ok_or_else(|| not_found("systemd has passed no sockets (LISTEN_FDS)"))?;
    let mut of_each = names.split(':');
    let sockets = (FIRST..).take(count.into()).map(|number| (number, of_each.next()));
    let wanted = sockets.filter(|(_, own)| name.is_none() || *own == name);
    let numbers: Vec<_> = wanted.map(|(number, _)| number).collect();
    if numbers.is_empty() {
        return Err(not_found(&format!("no socket of systemd has this name; there is {names:?}")));
    }
    Ok(numbers)
}

fn not_found(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, why)
}

/// The first descriptor that systemd passes.
const FIRST: RawFd = 3;

/// More sockets than a service has.
const MOST: u16 = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_of_systemd_have_numbers_from_3_and_names() {
        assert_eq!(numbers("2", "", None).unwrap(), [3, 4]);
        assert_eq!(numbers("3", "web:admin:web", Some("web")).unwrap(), [3, 5]);
        assert_eq!(numbers("3", "web", None).unwrap(), [3, 4, 5]);
        let error = numbers("1", "web", Some("other")).unwrap_err().to_string();
        assert!(error.contains("\"web\""), "{error}");
        for count in ["", "0", "-1", "99999", "many"] {
            assert!(numbers(count, "", None).is_err(), "{count:?}");
        }
    }

    #[test]
    fn a_process_without_sockets_of_systemd_says_so() {
        let error = ListenAddress::Systemd(None).expand().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let other = ListenAddress::Descriptor(7);
        assert_eq!(other.clone().expand().unwrap(), [other]);
    }
}
