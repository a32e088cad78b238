//! The server of the logging tests. Arguments: address, log level, log format, access log, and
//! whether it is behind a load balancer.

use std::error::Error as StdError;
use std::fmt;
use std::future::pending;
use std::time::Duration;

use tremolo::config::{AccessLog, LogFormat, LogLevel};
use tremolo::methods::get;
use tremolo::{Application, Config, Handler, HttpError, RequestIds, Response, WebSocket, stream};

/// An error with a text and a source.
#[derive(Debug)]
struct Error(&'static str, Option<Box<dyn StdError + Send + Sync>>);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl tremolo::ResponseError for Error {}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.1.as_deref().map(|source| source as _)
    }
}

fn outer() -> Error {
    let inner = Error("disk full\r\n ERROR forged\u{1b}[2J", None);
    Error("not saved", Some(Box::new(Error("not written", Some(Box::new(inner))))))
}

/// An error that has no text.
#[derive(Debug)]
struct NoText;

impl fmt::Display for NoText {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no text")
    }
}

impl StdError for NoText {}

/// Paths that are given again, for the same methods.
fn with_early_routes(application: Application) -> Application {
    application
        .route("/whole", async || "early")
        .route("/table", get(async || "early").post(async || "posted"))
        .route("/table", get(async || "late"))
}

fn main() -> tremolo::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().unwrap_or_default();
    let address = next();
    let log_level = match &*next() {
        "off" => LogLevel::Off,
        "error" => LogLevel::Error,
        "warn" => LogLevel::Warn,
        "debug" => LogLevel::Debug,
        "own" => {
            tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
            LogLevel::Error
        }
        _ => LogLevel::Info,
    };
    let log_fmt = if next() == "json" { LogFormat::Json } else { LogFormat::Text };
    let access_log = match &*next() {
        "text" => AccessLog::Text,
        "json" => AccessLog::Json,
        "combined" => AccessLog::Combined,
        _ => AccessLog::Off,
    };
    let options: Vec<String> = arguments.collect();
    let has = |option: &str| options.iter().any(|given| given == option);
    let mut config = Config { log_level, log_fmt, access_log, ..Config::default() };
    config.proxy_protocol = has("proxied");
    if has("handler_timeout") {
        config.app_handler_timeout = Duration::from_millis(100);
    }
    if has("write_timeout") {
        config.write_timeout = Duration::from_millis(100);
    }
    let mut application = Application::new().config(config);
    if has("ids") {
        application = application.middleware(RequestIds::new());
    }
    if has("twice") {
        application = with_early_routes(application);
    }
    application
        .route("/whole", async || "hello")
        .route("/stream", || stream! { yield "ab"; yield "cde"; })
        .route("/cut", || {
            stream! {
                yield Ok("ab");
                yield Err(HttpError::internal_server_error());
            }
        })
        .route("/raw", async |response: Response| response.send("raw").await)
        .route("/nothing", async || {})
        .route("/chain", async || Err::<(), _>(outer()))
        .route("/chain-in-stream", || stream! { yield Ok("ab"); yield Err(outer()); })
        .route("/refused", async || {
            Err::<(), _>(HttpError::forbidden().with_message("no\r\n ERROR forged\u{1b}[2J"))
        })
        .route("/no-text", async || Err::<(), _>(Error("none", Some(Box::new(NoText)))))
        .route("/panics-in-lines", async || -> &str { panic!("one\r\n ERROR two\u{1b}[2J") })
        .route("/slow", (async || pending::<&str>().await).with_timeout(Duration::from_millis(1)))
        .route("/never", async || pending::<&str>().await)
        .route("/much", || stream! { loop { yield vec![0_u8; 1 << 16]; } })
        .route("/fails", async || Err::<(), _>(HttpError::internal_server_error()))
        .route("/panics", async || -> &str { panic!("at the disco") })
        .route("/socket", async |mut socket: WebSocket| {
            while socket.next().await.transpose()?.is_some() {}
            socket.send("late").await
        })
        .route("/speaks", async || tracing::info!("a handler speaks"))
        .run(address.as_str())
}
