//! Descriptors that this process was started with, by their numbers.

#![expect(unsafe_code, reason = "a number of a descriptor becomes one in a single place")]

use std::io;
use std::os::fd::{BorrowedFd, FromRawFd as _, OwnedFd, RawFd};

use rustix::io::{Errno, FdFlags, fcntl_getfd, fcntl_setfd};

/// A duplicate of a descriptor of this process, which is closed with the result.
///
/// # Errors
///
/// `EBADF` if there is none with this number; the error of the system.
pub fn duplicate(descriptor: RawFd) -> io::Result<OwnedFd> {
    borrow(descriptor)?.try_clone_to_owned()
}

/// A duplicate of a descriptor that this process was started with. The programs that this process
/// starts do not get the descriptor.
pub(crate) fn inherit(descriptor: RawFd) -> io::Result<OwnedFd> {
    let borrowed = borrow(descriptor)?;
    fcntl_setfd(borrowed, fcntl_getfd(borrowed)? | FdFlags::CLOEXEC)?;
    borrowed.try_clone_to_owned()
}

/// Takes a descriptor that this process was started with: the number itself is free afterwards, so
/// that the descriptor is closed with the result.
///
/// The caller must know that nothing in this process uses the number.
pub(crate) fn take(descriptor: RawFd) -> io::Result<OwnedFd> {
    let duplicate = inherit(descriptor)?;
    // SAFETY: it is open, and the process that started this one has opened it for this caller only.
    drop(unsafe { OwnedFd::from_raw_fd(descriptor) });
    Ok(duplicate)
}

fn borrow<'a>(descriptor: RawFd) -> io::Result<BorrowedFd<'a>> {
    if descriptor < 0 {
        return Err(Errno::BADF.into());
    }
    // SAFETY: the descriptor is not -1, and used for system calls at once. One that is not open is
    // an error of these calls.
    Ok(unsafe { BorrowedFd::borrow_raw(descriptor) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_not_open_is_refused() {
        for number in [-1, RawFd::MAX] {
            assert_eq!(duplicate(number).unwrap_err().raw_os_error(), Some(9));
            assert_eq!(inherit(number).unwrap_err().raw_os_error(), Some(9));
        }
    }
}
