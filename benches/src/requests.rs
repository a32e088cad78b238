//! The requests of the scenarios, byte for byte, and the check of their responses.
//!
//! The runner sends them to check a peer; wrk sends the same bytes as load.

use std::fmt::Write as _;
use std::iter::once;
use std::net::SocketAddr;

use tremolo_benches::BODY;

/// The number of routes of each kind in the scenarios with many routes.
pub(crate) const ROUTES: usize = 10_000;

/// 1 KiB of JSON in the format of `Order`.
const ECHO: &str = include_str!("echo.json");

/// The fields of a browser; `Host` is the fifteenth.
const BROWSER: [&str; 14] = [
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language: en-GB,en;q=0.7,de;q=0.3",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Referer: http://localhost/a/page/that/links/here?with=a&query=string",
    "Connection: keep-alive",
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=yes",
    "Upgrade-Insecure-Requests: 1",
    "Sec-Fetch-Dest: document",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-Site: same-origin",
    "Sec-Fetch-User: ?1",
    "Priority: u=0, i",
    "Cache-Control: max-age=0",
];

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A path, with no field except `Host`.
    Plain(&'static str),
    /// `/fields`, with the fields of a browser.
    Browser,
    /// `/echo`, with 1 KiB of JSON.
    Echo,
    /// `/yield`, with ten pieces in the response.
    Yield,
    /// `/fastapi`, with JSON in the response.
    FastApi,
    /// All routes `/routes/N`, in a shuffled order.
    Routes,
    /// All patterns `/items/N/…`, in a shuffled order.
    Patterns,
}

impl Shape {
    /// The requests to send in rotation, `depth` per write.
    pub(crate) fn requests(self, host: SocketAddr, depth: usize) -> Vec<String> {
        let get = |path: &str, fields: &[&str]| head("GET", path, host, fields);
        let requests: Vec<_> = match self {
            Self::Plain(path) => once(get(path, &[])).collect(),
            Self::Browser => once(get("/fields", &BROWSER)).collect(),
            Self::Echo => {
                let length = format!("Content-Length: {}", ECHO.len());
                let fields = ["Content-Type: application/json", &length];
                once(head("POST", "/echo", host, &fields) + ECHO).collect()
            }
            Self::Yield => once(get("/yield", &[])).collect(),
            Self::FastApi => once(get("/fastapi", &[])).collect(),
            Self::Routes => numbers().map(|n| get(&format!("/routes/{n}"), &[])).collect(),
            Self::Patterns => numbers().map(|n| get(&format!("/items/{n}/42"), &[])).collect(),
        };
        requests.iter().map(|request| request.repeat(depth)).collect()
    }

    /// Whether `body` is the correct response body.
    pub(crate) fn is_answered_by(self, body: &str) -> bool {
        match self {
            Self::FastApi => body == r#"{"message":"Hello World"}"#,
            Self::Echo => {
                let [asked, answered] = [ECHO, body].map(serde_json::from_str::<serde_json::Value>);
                answered.is_ok_and(|answered| asked.is_ok_and(|asked| asked == answered))
            }
            Self::Yield => body == BODY.repeat(10),
            _ => body == BODY,
        }
    }
}

fn head(method: &str, path: &str, host: SocketAddr, fields: &[&str]) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
    for field in fields {
        // Writing to a string does not fail.
        let _ = write!(head, "{field}\r\n");
    }
    head + "\r\n"
}

/// Every number once, each far from the one before: the step and the count are coprime.
fn numbers() -> impl Iterator<Item = usize> {
    (0..ROUTES).map(|step| step * 7_919 % ROUTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::net::Ipv4Addr;
    use tremolo_benches::Order;

    const HOST: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 80);

    #[test]
    fn an_order_has_1_kib_and_survives_a_round_trip() {
        assert_eq!(ECHO.len(), 1024);
        let order: Order = serde_json::from_str(ECHO).unwrap();
        assert_eq!(serde_json::to_string(&order).unwrap(), ECHO);
        assert!(Shape::Echo.is_answered_by(ECHO));
        assert!(!Shape::Echo.is_answered_by("{}"));
        assert!(Shape::FastApi.is_answered_by(r#"{"message":"Hello World"}"#));
        assert!(!Shape::FastApi.is_answered_by(BODY));
    }

    #[test]
    fn a_browser_sends_fifteen_fields() {
        let requests = Shape::Browser.requests(HOST, 1);
        assert_eq!(requests[0].lines().filter(|line| line.contains(": ")).count(), 15);
    }

    #[test]
    fn every_route_is_requested_once() {
        for shape in [Shape::Routes, Shape::Patterns] {
            let requests: HashSet<_> = shape.requests(HOST, 1).into_iter().collect();
            assert_eq!(requests.len(), ROUTES);
        }
    }

    #[test]
    fn pipelined_requests_are_concatenated() {
        let requests = Shape::Plain("/hello").requests(HOST, 16);
        assert_eq!(requests[0].matches("\r\n\r\n").count(), 16);
    }
}
