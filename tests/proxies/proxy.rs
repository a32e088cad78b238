//! The proxies: nginx, HAProxy, Varnish, Apache httpd and Caddy, each in front of one server, with
//! connections that are kept and short timeouts for clients.
//!
//! Each adds the field `X-Stamp` with a value that no client knows to every request that it
//! forwards, in place of what the client has sent there.

use std::env;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use tremolo_tests::wait_until;

/// The value of `X-Stamp`.
pub(crate) const STAMP: &str = "4bb1e3ad91c07f52";

/// A program that can be a proxy.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Its program, and what makes it print its version.
    version: [&'static str; 2],
    /// Its address; no other test uses this host.
    host: &'static str,
    config: &'static str,
    /// `FOLDER` and `CONFIG` are replaced.
    command: &'static str,
}

pub(crate) const NGINX: Kind = Kind {
    name: "nginx",
    version: ["nginx", "-v"],
    host: "127.0.0.11",
    config: include_str!("config/nginx.conf"),
    command: "nginx -p FOLDER -c CONFIG -e error.log",
};

/// Whole requests and responses are buffered, as it does by default.
pub(crate) const NGINX_BUFFERING: Kind =
    Kind { name: "nginx, buffering", host: "127.0.0.12", ..NGINX };

pub(crate) const HAPROXY: Kind = Kind {
    name: "HAProxy",
    version: ["haproxy", "-v"],
    host: "127.0.0.13",
    config: include_str!("config/haproxy.cfg"),
    command: "haproxy -db -f CONFIG",
};

pub(crate) const VARNISH: Kind = Kind {
    name: "Varnish",
    version: ["varnishd", "-V"],
    host: "127.0.0.14",
    config: include_str!("config/varnish.vcl"),
    command: "varnishd -F -n FOLDER -j none -T none -s malloc,16m -p timeout_idle=1 -a LISTEN -f CONFIG",
};

pub(crate) const APACHE: Kind = Kind {
    name: "Apache httpd",
    version: ["apache2", "-v"],
    host: "127.0.0.15",
    config: include_str!("config/apache.conf"),
    command: "apache2 -DFOREGROUND -f CONFIG",
};

pub(crate) const CADDY: Kind = Kind {
    name: "Caddy",
    version: ["caddy", "version"],
    host: "127.0.0.16",
    config: include_str!("config/Caddyfile"),
    command: "caddy run --adapter caddyfile --config CONFIG",
};

/// A running proxy. Dropping this ends it.
pub(crate) struct Proxy {
    child: Child,
    address: String,
    folder: TempDir,
}

impl Proxy {
    /// Starts it in front of the server at `host:port`, and waits until it listens.
    pub(crate) fn launch(kind: &Kind, server: &str) -> Self {
        let folder = TempDir::new().unwrap();
        // None of them supports port 0.
        let port = TcpListener::bind((kind.host, 0)).unwrap().local_addr().unwrap().port();
        let address = format!("{}:{port}", kind.host);
        let (server_host, server_port) = server.split_once(':').unwrap();
        let file = folder.path().join("config");
        let at = |path: &Path| path.to_str().unwrap().to_owned();
        let fill = |text: &str| {
            text.replace("FOLDER", &at(folder.path()))
                .replace("CONFIG", &at(&file))
                .replace("LISTEN_HOST", kind.host)
                .replace("LISTEN_PORT", &port.to_string())
                .replace("LISTEN", &address)
                .replace("SERVER_HOST", server_host)
                .replace("SERVER_PORT", server_port)
                .replace("SERVER", server)
                .replace("BUFFERING", if kind.name.ends_with("buffering") { "on" } else { "off" })
                .replace("STAMP", STAMP)
        };
        fs::write(&file, fill(kind.config)).unwrap();
        let line = fill(kind.command);
        let mut words = line.split_whitespace();
        let mut command = program(words.next().unwrap());
        command.args(words).stdin(Stdio::null());
        for variable in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
            command.env(variable, folder.path());
        }
        let output = fs::File::create(folder.path().join("output")).unwrap();
        command.stdout(output.try_clone().unwrap()).stderr(output);
        let child = command.spawn().unwrap_or_else(|error| panic!("{line}: {error}"));
        let mut proxy = Self { child, address, folder };
        wait_until("the proxy listens", || {
            let end = proxy.child.try_wait().unwrap();
            assert!(end.is_none(), "{line}: {end:?}: {}", proxy.output());
            TcpStream::connect(&proxy.address).is_ok()
        });
        proxy
    }

    /// Its address, as `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    fn output(&self) -> String {
        fs::read_to_string(self.folder.path().join("output")).unwrap_or_default()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Some have children, which end with a parent that may end.
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-s", "TERM", &pid]).status();
        let _ = self.child.wait();
    }
}

impl Kind {
    /// Its version, as it prints it.
    pub(crate) fn version(&self) -> String {
        let [name, option] = self.version;
        let output = program(name).arg(option).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        let is_version = |word: &&str| {
            word.contains('.')
                && word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit())
        };
        let words = text.split(|c: char| c.is_whitespace() || "/-+()".contains(c));
        words.clone().find(is_version).unwrap_or("?").trim_start_matches('v').to_owned()
    }
}

/// Some are not in the `PATH` of ordinary users.
fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env("PATH", env::var("PATH").unwrap_or_default() + ":/usr/sbin:/usr/local/sbin");
    command
}
