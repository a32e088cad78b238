//! nginx as a reverse proxy in front of a server: HTTP/1.1 on both sides, with persistent
//! connections.
//!
//! nginx runs as one process in the foreground. All its files are in a folder that is deleted with
//! it. `/` is proxied with nginx's defaults: requests and responses are buffered. `/streamed/` is
//! `/` without buffering. `/upgraded/` is `/` for WebSockets.

use std::env;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::client::Client;
use crate::wait_until;

/// A running nginx. Dropping this kills it.
#[derive(Debug)]
pub struct Nginx {
    child: Child,
    address: String,
    _folder: TempDir,
}

impl Nginx {
    /// Starts nginx in front of `http://host:port` and waits until it listens.
    ///
    /// # Panics
    ///
    /// If it does not listen in time.
    #[must_use]
    pub fn launch(server: &str) -> Self {
        let server = server.trim_start_matches("http://");
        Self::launch_with(|address| CONFIG.replace("LISTEN", address).replace("SERVER", server))
    }

    /// Starts nginx with the configuration that `config` returns for the address to listen on, and
    /// waits until it listens. It has to run in the foreground.
    ///
    /// # Panics
    ///
    /// If it does not listen in time.
    #[must_use]
    pub fn launch_with(config: impl FnOnce(&str) -> String) -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        // nginx does not support port 0. No other test uses this address, so a free port stays
        // free.
        let port = TcpListener::bind((HOST, 0)).and_then(|listener| listener.local_addr());
        let address = format!("{HOST}:{}", port.expect("a port is free").port());
        let file = folder.path().join("nginx.conf");
        fs::write(&file, config(&address)).expect("the folder is ours");
        // nginx is not in the `PATH` of ordinary users.
        let path = env::var("PATH").unwrap_or_default() + ":/usr/sbin:/usr/local/sbin";
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder.path()).arg("-c").arg(&file).args(["-e", "error.log"]);
        command.env("PATH", path).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().expect("nginx is installed");
        let mut nginx = Self { child, address: format!("http://{address}"), _folder: folder };
        wait_until("nginx listens", || {
            let end = nginx.child.try_wait().expect("it is our child");
            assert!(end.is_none(), "nginx ends: {end:?}");
            TcpStream::connect(&address).is_ok()
        });
        nginx
    }

    /// The address of nginx, as `http://host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A new connection to nginx.
    #[must_use]
    pub fn connect(&self) -> Client {
        Client::connect(&self.address)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const HOST: &str = "127.0.0.2";

const CONFIG: &str = "
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    client_max_body_size 0;
    proxy_http_version 1.1;
    proxy_set_header Connection '';
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto https;
    upstream server {
        server SERVER;
        keepalive 4;
    }
    server {
        listen LISTEN;
        location / {
            proxy_pass http://server;
        }
        location /streamed/ {
            proxy_pass http://server/;
            proxy_buffering off;
            proxy_request_buffering off;
        }
        location /upgraded/ {
            proxy_pass http://server/;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $http_connection;
        }
    }
}
";
