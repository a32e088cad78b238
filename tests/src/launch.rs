//! Programs as child processes: started on a free port, found by their ready line, killed on drop.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};

use crate::client::Client;
use crate::wait_until;

/// A running server program. Dropping this kills it.
#[derive(Debug)]
pub struct Program {
    child: Child,
    address: String,
    /// Kept open, because a program may write to it until it ends.
    _stdout: BufReader<ChildStdout>,
    /// Collects the log, so that the program never blocks on a full pipe.
    log: Option<JoinHandle<String>>,
}

impl Program {
    /// Starts a program that takes the address to listen on as its first argument and prints a
    /// line with `http://host:port` when it is ready.
    ///
    /// # Panics
    ///
    /// If the program does not start.
    #[must_use]
    pub fn launch(program: &str) -> Self {
        Self::launch_with(program, &[])
    }

    /// Starts a program like [`launch`](Self::launch), with arguments after the address.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn launch_with(program: &str, arguments: &[&OsStr]) -> Self {
        Self::start(Command::new(program), program, arguments)
    }

    /// The same for a program that may have so many files open.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn launch_with_descriptors(program: &str, descriptors: u32, arguments: &[&OsStr]) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -n {descriptors} && exec \"$0\" \"$@\""), program]);
        Self::start(shell, program, arguments)
    }

    /// Starts the example of a front: `rust` is its program, unless [`python`] names an
    /// interpreter, which runs the script `script` then.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn launch_example(rust: &str, script: &str) -> Self {
        Self::launch_example_with(rust, script, &[])
    }

    /// Starts an example like [`launch_example`](Self::launch_example), with arguments after the
    /// address.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn launch_example_with(rust: &str, script: &str, arguments: &[&OsStr]) -> Self {
        Self::start(example(rust, script), script, arguments)
    }

    /// Starts an example like [`launch_example_with`](Self::launch_example_with), with variables in
    /// its environment.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn launch_example_in(
        rust: &str,
        script: &str,
        arguments: &[&OsStr],
        environment: &[(&str, &str)],
    ) -> Self {
        let mut command = example(rust, script);
        command.envs(environment.iter().copied());
        Self::start(command, script, arguments)
    }

    /// Starts the program of the Rust front, with variables in its environment.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn launch_in(program: &str, environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program);
        command.envs(environment.iter().copied());
        Self::start(command, program, &[])
    }

    /// Starts an example like [`launch_example_in`](Self::launch_example_in), on this address.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn launch_example_at(
        rust: &str,
        script: &str,
        address: &str,
        environment: &[(&str, &str)],
    ) -> Self {
        let mut command = example(rust, script);
        command.envs(environment.iter().copied());
        Self::start_at(command, script, address, &[])
    }

    /// Starts an example like [`launch_example_in`](Self::launch_example_in), which may have so many
    /// files open.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn launch_example_limited(
        rust: &str,
        script: &str,
        descriptors: u32,
        environment: &[(&str, &str)],
    ) -> Self {
        let line = format!("ulimit -n {descriptors} && exec \"$0\" \"$@\"");
        Self::launch_example_under(&["sh", "-c", &line], (rust, script), &[], environment)
    }

    /// Starts an example, given as its program and its script, like
    /// [`launch_example_in`](Self::launch_example_in). Its command line is the end of that of a
    /// `wrapper`, which becomes the program, or starts it as the process itself.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn launch_example_under(
        wrapper: &[&str],
        (rust, script): (&str, &str),
        arguments: &[&OsStr],
        environment: &[(&str, &str)],
    ) -> Self {
        let program = example(rust, script);
        let mut words = wrapper.iter().map(OsStr::new).chain([program.get_program()]);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).args(program.get_args());
        command.envs(environment.iter().copied());
        Self::start(command, script, arguments)
    }

    /// Starts the application of a file in Python by the command line of the Python front, in the
    /// folder of the file.
    ///
    /// # Panics
    ///
    /// If there is no interpreter, or it does not start.
    #[must_use]
    pub fn launch_application(folder: &str, script: &str) -> Self {
        let interpreter = python().expect("TEST_PYTHON names an interpreter");
        // Relative to this process, not to the folder. Links stay: they lead to the environment.
        let interpreter = std::path::absolute(interpreter).expect("it is a path");
        let mut command = Command::new(interpreter);
        command.args(["-m", "tremolo", script, "--bind"]).current_dir(folder);
        Self::start(command, script, &[])
    }

    /// Starts a program by a command, which gets the address to listen on as its last argument.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn launch_command(command: Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        Self::start(command, &name, &[])
    }

    fn start(command: Command, program: &str, arguments: &[&OsStr]) -> Self {
        Self::start_at(command, program, "127.0.0.1:0", arguments)
    }

    fn start_at(mut command: Command, program: &str, address: &str, arguments: &[&OsStr]) -> Self {
        command.arg(address).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
        let mut stderr = child.stderr.take().expect("it is piped");
        let log = thread::spawn(move || {
            let mut log = Vec::new();
            let _ = stderr.read_to_end(&mut log);
            String::from_utf8_lossy(&log).into_owned()
        });
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        let read = stdout.read_line(&mut line);
        let is_address =
            |word: &&str| ["http://", "https://", "/"].iter().any(|start| word.starts_with(start));
        let address = line.split_whitespace().find(is_address);
        let Some(address) = address.map(str::to_owned) else {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{program} is not ready: {read:?} {line:?}");
        };
        Self { child, address, _stdout: stdout, log: Some(log) }
    }

    /// The address of the server, as `http://host:port` or `https://host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The number of the process.
    #[must_use]
    pub fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// Waits until the program ends, while others may still write to its log.
    ///
    /// # Panics
    ///
    /// If the program does not end in time.
    pub fn wait_for_exit(&mut self) -> ExitStatus {
        let mut status = None;
        wait_until("the program ends", || {
            status = self.child.try_wait().expect("it is our child");
            status.is_some()
        });
        status.expect("it has ended")
    }

    /// A new connection to the server.
    #[must_use]
    pub fn connect(&self) -> Client {
        Client::connect(&self.address)
    }

    /// The highest resident size of the program so far, in bytes.
    ///
    /// # Panics
    ///
    /// If the system does not report it.
    #[must_use]
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("it runs, on Linux");
        let kibibytes = status.lines().find_map(|line| {
            line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok()
        });
        kibibytes.expect("the kernel reports the peak") << 10
    }

    /// Stops the program with SIGTERM.
    ///
    /// # Panics
    ///
    /// If the signal cannot be sent.
    pub fn stop(&self) {
        self.signal("TERM");
    }

    /// Sends it the signal of this name.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let kill = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(kill.is_ok_and(|status| status.success()), "kill -s {name} {pid}");
    }

    /// Stops the program with SIGTERM, and returns its log.
    ///
    /// # Panics
    ///
    /// If it does not end successfully.
    #[must_use]
    pub fn stop_and_read_log(self) -> String {
        self.stop();
        let (status, log) = self.wait();
        assert!(status.success(), "{log}");
        log
    }

    /// Waits until the program ends; returns the exit status and the log.
    ///
    /// # Panics
    ///
    /// If the program does not end in time.
    #[must_use]
    pub fn wait(mut self) -> (ExitStatus, String) {
        let status = self.wait_for_exit();
        let log = self.log.take().and_then(|log| log.join().ok());
        (status, log.expect("the log is read to its end"))
    }
}

/// The command that runs the example of a front, as for [`Program::launch_example`].
#[must_use]
pub fn example(rust: &str, script: &str) -> Command {
    let Some(interpreter) = python() else { return Command::new(rust) };
    let mut command = Command::new(interpreter);
    command.arg(script);
    command
}

/// The interpreter of the Python front from `TEST_PYTHON`; `None` to test the Rust front.
#[must_use]
pub fn python() -> Option<OsString> {
    std::env::var_os("TEST_PYTHON")
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
