//! All ways to send a response: each has its own path, and `/` lists them.
//!
//! `cargo run --features full --example response_object`, then open <http://127.0.0.1:8000/>, or show the bytes:
//! `curl -i --raw http://127.0.0.1:8000/yield`.

mod page;

use std::time::Duration;

use tremolo::errors::ConnectionError;
use tremolo::{
    Application, Html, HttpError, LeaveOpen, Reply, Response, SameSite, SetCookie, StatusCode,
    stream,
};

fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    Application::new()
        .route("/", async || Html(page::html()))
        .route("/yield", yield_pieces)
        .route("/yield-slow", yield_slowly)
        .route("/return", async || "Hello, World!")
        .route("/write", write)
        .route("/write-open", write_open)
        .route("/write-none", write_none)
        .route("/end", async |response: Response| response.end("Hello").await)
        .route("/end-empty", async |response: Response| response.end("").await)
        .route("/write-end", write_end)
        .route("/end-twice", end_twice)
        .route("/send", send)
        .route("/send-binary", send_binary)
        .route("/send-none", async |response: Response| response.send_none().await)
        .route("/close-keepalive", close_keepalive)
        .route("/close", async |response: Response| response.close())
        .route("/none", async || ())
        .route("/leave-open", leave_open)
        .route("/status", status)
        .route("/headers", headers)
        .route("/cookies", cookies)
        .route("/content-type", content_type)
        .route("/late-header", late_header)
        .route("/bad-header", bad_header)
        .route("/no-content", async || StatusCode::NO_CONTENT)
        .route("/not-modified", async || StatusCode::NOT_MODIFIED)
        .route("/error-before", error_before)
        .route("/error-after", error_after)
        .run(address)
}

/// The result of a handler that has sent its response through [`Response`].
type Said = Result<(), ConnectionError>;

fn yield_pieces() -> impl Reply {
    stream! {
        yield "Hello ";
        yield "World!";
    }
}

fn yield_slowly() -> impl Reply {
    stream! {
        for number in 1..=7 {
            if number > 1 {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            yield format!("piece {number}\n");
        }
    }
}

/// The empty piece ends the body.
async fn write(response: Response) -> Said {
    response.write("Hello ").await?;
    response.write("World!").await?;
    response.write("").await
}

/// A body without an end is ended when the handler returns.
async fn write_open(response: Response) -> Said {
    response.write("Hello").await
}

/// Sends the head alone.
async fn write_none(response: Response) -> Said {
    response.set_status(202)?;
    response.write_none().await
}

async fn write_end(response: Response) -> Said {
    response.write("Hello ").await?;
    response.end("World!").await
}

/// The second call is an error. It is logged, and the client does not notice it.
async fn end_twice(response: Response) -> Said {
    response.end("Hello").await?;
    response.end("Hello again").await
}

/// Sends exactly these bytes; nothing is added.
async fn send(response: Response) -> Said {
    response.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nraw").await?;
    response.send_none().await
}

/// The bytes need not be HTTP.
async fn send_binary(response: Response) -> Said {
    response.send(b"\x00\x01\x02 not HTTP \xfd\xfe\xff").await?;
    response.close()
}

/// Does the same as `end`, in single steps.
async fn close_keepalive(response: Response) -> Said {
    response.write("Hello").await?;
    response.close_keepalive()
}

/// The connection stays open after the handler: the task with the `Response` owns it.
async fn leave_open(response: Response) -> LeaveOpen {
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlater";
        response.send(answer).await?;
        response.close()
    });
    LeaveOpen
}

async fn status(response: Response) -> Said {
    response.set_status((418, "I'm a teapot"))?;
    response.end("short and stout").await
}

async fn headers(response: Response) -> Said {
    response.set_header("X-Foo", "bar")?;
    response.append_header("X-Foo", "baz")?;
    response.end("Hello").await
}

async fn cookies(response: Response) -> Said {
    let everything = SetCookie::new("a", "1")
        .max_age(Duration::from_secs(3600))
        .path("/cookies")
        .domain("127.0.0.1")
        .same_site(SameSite::Strict)
        .secure()
        .http_only();
    response.set_cookie(everything)?;
    response.set_cookie(("b", "2"))?;
    response.end("Hello").await
}

async fn content_type(response: Response) -> Said {
    response.set_content_type("text/plain")?;
    response.end("<b>not bold</b>").await
}

/// The head was sent with the first piece and can no longer change.
async fn late_header(response: Response) -> Said {
    response.write("Hello ").await?;
    match response.set_header("X-Late", "1") {
        Ok(()) => response.end("World!").await,
        Err(error) => response.end(error.to_string()).await,
    }
}

/// Bytes that could split the head are refused; `?` makes the response a 500.
async fn bad_header(response: Response) -> Said {
    response.set_header("X-Bad", "1\r\nSet-Cookie: session=stolen")?;
    response.end("Hello").await
}

/// The text of the error is logged. The client gets a 500 without it.
async fn error_before() -> Result<String, HttpError> {
    Ok(std::fs::read_to_string("/nonexistent")?)
}

/// It is too late for an error page: the body is cut, so that the client detects the error.
async fn error_after(response: Response) -> Result<(), HttpError> {
    response.write("Hello").await?;
    response.end(std::fs::read_to_string("/nonexistent")?).await?;
    Ok(())
}
