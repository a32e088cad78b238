//! nginx with one process, `sendfile` and `tcp_nopush`. Writes the configuration and starts nginx.
//! Two workers are two processes beside the main one, each with its own listener (`reuseport`).
//!
//! The configuration is in a temporary folder beside the file that nginx serves. The runner removes
//! that folder. nginx ends with this process in all cases.

use std::fs;
use std::io;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tremolo_benches::{Arguments, BODY, TWO_WORKERS, connections, file, ready, tls};

const READY_TIMEOUT: Duration = Duration::from_secs(5);

const WORKER_CONNECTIONS: usize = 16_384;

/// Those that are not idle clients.
const SPARE_CONNECTIONS: usize = 1_024;

fn configuration(arguments: &Arguments, folder: &Path, file: &Path) -> io::Result<String> {
    let (ssl, certificate) = if arguments.has(tls::WORD) {
        let (cert, key) = tls::identity()?;
        let (cert, key) = (cert.display(), key.display());
        (" ssl", format!("ssl_certificate {cert}; ssl_certificate_key {key};"))
    } else {
        ("", String::new())
    };
    let (folder, file, address) = (folder.display(), file.display(), arguments.address);
    let crowd = connections();
    let connections = WORKER_CONNECTIONS.max(crowd + SPARE_CONNECTIONS);
    // The default, unless many connections are opened one after the other.
    let keepalive = if crowd > 0 { "1h" } else { "75s" };
    // One process without children: the process that is measured is the process that is ended.
    let (processes, reuseport) = if arguments.has(TWO_WORKERS) {
        ("worker_processes 2", " reuseport")
    } else {
        ("master_process off", "")
    };
    Ok(format!(
        "daemon off;
{processes};
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_requests 1000000000;
    keepalive_timeout {keepalive};
    default_type text/html;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen {address}{ssl} backlog=1024{reuseport};
        {certificate}
        location = /hello {{ return 200 \"{BODY}\"; }}
        location = /file {{ alias {file}; }}
    }}
}}
"
    ))
}

fn main() -> io::Result<()> {
    let (arguments, file) = (Arguments::read()?, file());
    let folder = file.with_extension("nginx");
    fs::create_dir_all(&folder)?;
    let path = folder.join("nginx.conf");
    fs::write(&path, configuration(&arguments, &folder, &file)?)?;
    let mut child = Command::new("setpriv")
        // On this signal nginx also ends its workers.
        .args(["--pdeathsig", "TERM", "nginx", "-e", "stderr", "-c"])
        .arg(&path)
        // Debian installs nginx outside of the default `PATH` of ordinary users.
        .env("PATH", std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/usr/local/sbin")
        .stdout(Stdio::null())
        .spawn()?;
    let end = Instant::now() + READY_TIMEOUT;
    while TcpStream::connect(arguments.address).is_err() {
        if Instant::now() > end || child.try_wait()?.is_some() {
            return Err(io::Error::other("nginx does not listen"));
        }
        thread::sleep(Duration::from_millis(10));
    }
    ready()?;
    child.wait()?;
    Ok(())
}
