//! Faults of system calls, which strace returns in the place of the kernel.
//!
//! Only what the kernel can return: a socket that has data is never reported as empty, because an
//! event loop is then right to wait for the next report.

use crate::server::Server;

/// A fault, and how often: the first of the calls that have it, and after how many it comes again.
struct Fault {
    call: &'static str,
    error: &'static str,
    when: &'static str,
}

const fn fault(call: &'static str, error: &'static str, when: &'static str) -> Fault {
    Fault { call, error, when }
}

impl Fault {
    /// Runs a server whose calls have this fault. It has to happen.
    fn happens(&self, ask: impl FnOnce(&Server)) {
        let calls = tempfile::NamedTempFile::new().unwrap();
        let path = calls.path().display().to_string();
        let trace = format!("trace={}", self.call);
        let inject = format!("inject={}:error={}:when={}", self.call, self.error, self.when);
        let strace = ["strace", "-D", "-f", "-qqq", "-o", &path, "-e", &trace, "-e", &inject];
        let server = Server::start_under(&strace, &[]);
        note(self);
        ask(&server);
        let calls = std::fs::read_to_string(&path).unwrap();
        assert!(calls.contains("(INJECTED)"), "no such call, or too few:\n{calls}");
    }
}

/// A call that is repeated, or another one that does the same.
#[test]
fn faults_that_no_client_notices() {
    for fault in [
        fault("recvfrom", "EINTR", "2+3"),
        fault("sendto", "EINTR", "2+3"),
        fault("sendmsg", "EINTR", "1+2"),
        fault("sendfile", "EINTR", "1+2"),
        fault("accept4", "EINTR", "1+2"),
        fault("accept4", "ECONNABORTED", "1+3"),
        fault("accept4", "EPROTO", "2+9"),
        fault("epoll_wait", "EINTR", "5+3"),
        fault("preadv2", "EINTR", "1+2"),
        // What the page cache does not have, and file systems without such reads.
        fault("preadv2", "EAGAIN", "1+2"),
        fault("preadv2", "EOPNOTSUPP", "1+1"),
        fault("sendfile", "EINVAL", "1+1"),
        // Kernels and sandboxes without it.
        fault("openat2", "ENOSYS", "1+1"),
        fault("openat2", "EPERM", "1+1"),
        fault("accept4", "EMFILE", "1+3"),
        fault("accept4", "ENFILE", "2+3"),
        fault("accept4", "ENOBUFS", "2+3"),
        fault("accept4", "ENOMEM", "2+3"),
    ] {
        fault.happens(|server| {
            server.serves();
            server.serves();
        });
    }
}

/// A call that fails ends its connection, or its request with an error.
#[test]
fn faults_that_end_one_connection() {
    for fault in [
        fault("recvfrom", "ECONNRESET", "4+5"),
        fault("recvfrom", "ETIMEDOUT", "4+5"),
        fault("recvfrom", "EHOSTUNREACH", "4+5"),
        fault("recvfrom", "ENOMEM", "4+5"),
        fault("sendto", "EPIPE", "3+4"),
        fault("sendto", "ECONNRESET", "3+4"),
        fault("sendto", "ENOBUFS", "3+4"),
        fault("sendmsg", "EPIPE", "2+3"),
        fault("sendfile", "EIO", "1+2"),
        fault("sendfile", "ENOMEM", "1+2"),
        fault("sendfile", "ECONNRESET", "1+2"),
        fault("preadv2", "EIO", "1+2"),
        fault("openat2", "EIO", "1+2"),
        fault("openat2", "EMFILE", "1+2"),
        fault("openat2", "ENOMEM", "1+2"),
        fault("openat2", "EACCES", "1+2"),
    ] {
        fault.happens(|server| {
            let right: usize = (0..8).map(|_| server.answers_or_cuts()).sum();
            assert!(right >= 8, "{right} of 32 answers are right");
        });
    }
}

/// The fault that a test that fails stopped at is the last line.
#[expect(clippy::print_stderr, reason = "it is shown when the test fails")]
fn note(fault: &Fault) {
    eprintln!("{} {} {}", fault.call, fault.error, fault.when);
}
