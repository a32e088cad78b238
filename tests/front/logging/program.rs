//! A server for the tests of what is logged: address, log level, log format, access log, and
//! whether it is behind a load balancer.

use tremolo::{AccessLog, Application, Config, HttpError, LogFormat, LogLevel, Response, stream};

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
        _ => AccessLog::Off,
    };
    let proxy_protocol = next() == "proxied";
    let config = Config { log_level, log_fmt, access_log, proxy_protocol, ..Config::default() };
    Application::new()
        .config(config)
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
        .route("/fails", async || Err::<(), _>(HttpError::internal_server_error()))
        .route("/panics", async || -> &str { panic!("at the disco") })
        .route("/speaks", async || tracing::info!("a handler speaks"))
        .run(address.as_str())
}
