//! The owner of the file of a Unix socket: `user`, `user:group` or `:group`.

use std::io;
use std::os::unix::fs::chown;
use std::path::Path;

use nix::unistd::{Group, User};

/// The numbers of a user and of a group; `None` keeps that of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owner {
    user: Option<u32>,
    group: Option<u32>,
}

impl Owner {
    /// Finds the user and the group that a text names, or whose numbers it has.
    pub(crate) fn find(text: &str) -> io::Result<Self> {
        let (user, group) = text.split_once(':').unwrap_or((text, ""));
        let named = |name| Ok(User::from_name(name)?.map(|user| user.uid.as_raw()));
        let user = number(user, "user", named)?;
        let named = |name| Ok(Group::from_name(name)?.map(|group| group.gid.as_raw()));
        Ok(Self { user, group: number(group, "group", named)? })
    }

    /// Makes it the owner of a file.
    pub(crate) fn apply(self, path: &Path) -> io::Result<()> {
        if self == Self::default() { Ok(()) } else { chown(path, self.user, self.group) }
    }
}

fn number<'a>(
    name: &'a str,
    kind: &str,
    find: impl Fn(&'a str) -> io::Result<Option<u32>>,
) -> io::Result<Option<u32>> {
    if name.is_empty() {
        return Ok(None);
    }
    if let Ok(number) = name.parse() {
        return Ok(Some(number));
    }
    let found = find(name)?.ok_or_else(|| {
        let why = format!("unix_socket_owner: no {kind} has the name {name}");
        io::Error::new(io::ErrorKind::InvalidInput, why)
    });
    found.map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_read() {
        let owner = |user, group| Owner { user, group };
        for (text, expected) in [
            ("", owner(None, None)),
            ("root", owner(Some(0), None)),
            ("7:8", owner(Some(7), Some(8))),
            (":8", owner(None, Some(8))),
            ("0:", owner(Some(0), None)),
        ] {
            assert_eq!(Owner::find(text).unwrap(), expected, "{text}");
        }
        let error = Owner::find("root:no-such-group").unwrap_err().to_string();
        assert!(error.contains("no group has the name no-such-group"), "{error}");
    }
}
