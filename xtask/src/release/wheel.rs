//! The packages of the Python front: an archive of the sources, and a wheel for each platform.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::Outcome;
use crate::runner::execute;

/// Where the packages are put.
pub(super) const FOLDER: &str = "target/release-tools/wheels";

/// The platforms, and the oldest system that each wheel runs on (PEP 600, PEP 656).
const PLATFORMS: &[(&str, &str)] = &[
    ("x86_64-unknown-linux-gnu", "manylinux_2_17"),
    ("aarch64-unknown-linux-gnu", "manylinux_2_17"),
    ("x86_64-unknown-linux-musl", "musllinux_1_2"),
    ("aarch64-unknown-linux-musl", "musllinux_1_2"),
];

/// Builds all of them for the version of `interpreter`; maturin can build for one that is not on
/// this machine as well.
pub(super) fn build(interpreter: &str) -> Outcome {
    let version = "import sys; print('python%d.%d' % sys.version_info[:2])";
    let output = Command::new(interpreter).args(["-c", version]).output();
    let output = output.map_err(|error| format!("{interpreter}: {error}"))?;
    let version = String::from_utf8_lossy(&output.stdout);
    maturin(&format!("sdist --out {FOLDER}"))?;
    for (target, tag) in PLATFORMS {
        execute(&format!("rustup target add {target}"))?;
        maturin(&format!(
            "build --zig --target {target} --compatibility {tag} --out {FOLDER} \
             --interpreter {version} --target-dir target/release-tools/python"
        ))?;
    }
    Ok(())
}

fn maturin(arguments: &str) -> Outcome {
    const PYTHON: &str = "target/release-tools/venv/bin/python";
    let folder = env::current_dir().map_err(|error| error.to_string())?;
    // The variable: where maturin looks for zig.
    let line = format!(
        "CARGO_ZIGBUILD_PYTHON_PATH={}/{PYTHON} {PYTHON} -m maturin {arguments} \
         --manifest-path crates/tremolo-python/Cargo.toml",
        folder.display()
    );
    println!("==> {line}");
    execute(&line)
}

/// Installs the wheel for this machine with a `PATH` that has no compiler, and asks the example
/// `hello` for a page.
pub(super) fn try_it(interpreter: &str) -> Outcome {
    let wheels = fs::read_dir(FOLDER).map_err(|error| format!("{FOLDER}: {error}"))?;
    for file in wheels.flatten() {
        println!("    {}", file.path().display());
    }
    let venv = Path::new("target/release-tools/user");
    execute(&format!("{interpreter} -m venv --clear {}", venv.display()))?;
    let python = venv.join("bin/python");
    let installed = without_rust(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"])
        .args(["--find-links", FOLDER, "--only-binary", ":all:", "tremolo-http"])
        .status();
    match installed {
        Ok(status) if status.success() => {}
        failed => return Err(format!("pip install: {failed:?}")),
    }
    let mut server = without_rust(&python);
    let server = server.args(["examples/hello.py", "127.0.0.1:0"]).stdout(Stdio::piped());
    let mut server = server.spawn().map_err(|error| format!("hello.py: {error}"))?;
    let answer = ask(&mut server);
    let ended = server.kill().and_then(|()| server.wait());
    ended.map_err(|error| format!("hello.py: {error}"))?;
    let answer = answer.map_err(|error| format!("hello.py: {error}"))?;
    if !answer.starts_with("HTTP/1.1 200 ") || !answer.ends_with("Hello World!") {
        return Err(format!("hello.py answered {answer:?}"));
    }
    println!("    hello.py answers from the wheel");
    Ok(())
}

/// A program that finds those of the system alone: Rust is in the folder of the user.
fn without_rust(program: &PathBuf) -> Command {
    let mut command = Command::new(program);
    command.env("PATH", "/usr/bin:/bin").env_remove("CARGO_HOME").env_remove("RUSTUP_HOME");
    command
}

/// Sends one request to the address that the server prints.
fn ask(server: &mut Child) -> std::io::Result<String> {
    let mut line = String::new();
    if let Some(output) = server.stdout.as_mut() {
        BufReader::new(output).read_line(&mut line)?;
    }
    let address = line.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next());
    let address =
        address.ok_or_else(|| std::io::Error::other(format!("no address in {line:?}")))?;
    let mut client = TcpStream::connect(address.trim_end_matches([',', '/']))?;
    client.write_all(b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    Ok(answer)
}
