//! Where Redis is, from its URL.

use std::fmt;
use std::io;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// An address of Redis, and the user to log in as. `Display` does not show the password.
pub(super) struct Target {
    place: Place,
    pub(super) login: Option<Login>,
}

enum Place {
    Tcp { host: String, port: u16 },
    Unix(PathBuf),
}

pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: String,
}

pub(super) trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Socket for S {}

impl Target {
    /// Reads `redis://[user][:password@]host[:port][/number]` or `unix://path`. The number of a
    /// database does not matter: channels belong to all of them.
    pub(super) fn parse(url: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = url.split_once("://").ok_or("it has no scheme")?;
        match scheme {
            "unix" | "redis+unix" if rest.starts_with('/') => {
                Ok(Self { place: Place::Unix(rest.into()), login: None })
            }
            "redis" => Self::parse_tcp(rest),
            "rediss" => Err("TLS to Redis is not supported"),
            _ => Err("the scheme is neither redis nor unix"),
        }
    }

    fn parse_tcp(rest: &str) -> Result<Self, &'static str> {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (login, address) = match authority.rsplit_once('@') {
            Some((login, address)) => (Some(Login::parse(login)?), address),
            None => (None, authority),
        };
        // The colons of an IPv6 address are inside its brackets.
        let host_end = address.rfind(']').map_or(0, |at| at + 1);
        let colon = address[host_end..].find(':').map(|at| at + host_end);
        let (host, port) = address.split_at(colon.unwrap_or(address.len()));
        let port = match port.trim_start_matches(':') {
            "" => DEFAULT_PORT,
            port => port.parse().map_err(|_| "the port is no number from 0 to 65535")?,
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let host = if host.is_empty() { "localhost" } else { host }.to_owned();
        Ok(Self { place: Place::Tcp { host, port }, login })
    }

    pub(super) async fn connect(&self) -> io::Result<Box<dyn Socket>> {
        Ok(match &self.place {
            Place::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
            Place::Unix(path) => Box::new(UnixStream::connect(path).await?),
        })
    }
}

impl Login {
    fn parse(login: &str) -> Result<Self, &'static str> {
        let (user, password) = login.split_once(':').ok_or("the user has no password")?;
        let decode = |text| {
            let text = percent_decode_str(text).decode_utf8();
            text.map(String::from).map_err(|_| "the user or the password is not UTF-8")
        };
        let user = if user.is_empty() { "default" } else { user };
        Ok(Self { user: decode(user)?, password: decode(password)? })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Place::Tcp { host, port } => write!(f, "{host}:{port}"),
            Place::Unix(path) => path.display().fmt(f),
        }
    }
}

const DEFAULT_PORT: u16 = 6_379;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_urls() {
        let rows = [
            ("redis://", "localhost:6379", None),
            ("redis://cache/2?x", "cache:6379", None),
            ("redis://[::1]", "[::1]:6379", None),
            ("redis://[::1]:1", "[::1]:1", None),
            ("redis://:a%40b@10.0.0.1:7000/0", "10.0.0.1:7000", Some(("default", "a@b"))),
            ("redis://me:p@w@cache", "cache:6379", Some(("me", "p@w"))),
            ("unix:///run/redis.sock", "/run/redis.sock", None),
        ];
        for (url, address, login) in rows {
            let target = Target::parse(url).unwrap_or_else(|why| panic!("{url}: {why}"));
            let found = target.login.as_ref();
            let found = found.map(|login| (login.user.as_str(), login.password.as_str()));
            assert_eq!((target.to_string().as_str(), found), (address, login), "{url}");
        }
    }

    #[test]
    fn refuses_what_is_no_url_of_redis() {
        for url in [
            "",
            "localhost:6379",
            "http://localhost",
            "rediss://localhost",
            "unix://relative",
            "redis://me@localhost",
            "redis://localhost:port",
            "redis://localhost:65536",
            "redis://:%ff@localhost",
        ] {
            assert!(Target::parse(url).is_err(), "{url}");
        }
    }
}
