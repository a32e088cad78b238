//! Requests and responses.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tremolo::testing::{Multipart, TestClient, TestError, block_on};
use tremolo::{
    Application, Cookies, Form, Handler, HttpError, Json, Method, Query, Request, Response,
    StatusCode, stream,
};

fn client(handler: impl Fn(Application) -> Application) -> TestClient {
    TestClient::new(handler(Application::new()))
}

async fn describe(request: Request) -> Result<String, HttpError> {
    let mut text = format!("{} {}", request.method(), request.url());
    for (name, value) in request.headers().iter() {
        let [name, value] = [name, value].map(String::from_utf8_lossy);
        text += &format!("\n{name}: {value}");
    }
    let body = request.body().await?;
    Ok(format!("{text}\n\n{}", String::from_utf8_lossy(&body)))
}

#[test]
fn a_request_is_sent_as_it_was_built() {
    block_on(async {
        let client = client(|application| application.route("^/", describe));
        let request = client.get("/a b?x=1").query(&[("q", "ä&")]).header("X-One", "1");
        let request = request.header("X-One", "2").send().await.text().await;
        assert_eq!(request, "GET /a%20b?x=1&q=%C3%A4%26\nx-one: 1\nx-one: 2\nhost: localhost\n\n");
        let request = client.put("/").json(&json!([1])).header("Host", "a.test").send().await;
        let expected =
            "PUT /\ncontent-type: application/json\nhost: a.test\ncontent-length: 3\n\n[1]";
        assert_eq!(request.text().await, expected);
        let request = client.post("/").send().await.text().await;
        assert_eq!(request, "POST /\nhost: localhost\ncontent-length: 0\n\n");
        let request = client.request(Method::from_bytes(b"QUERY").unwrap(), "/").body("x");
        assert!(request.send().await.text().await.starts_with("QUERY /\n"));
    });
}

#[test]
fn a_client_has_fields_of_its_own_that_a_request_replaces() {
    block_on(async {
        let client = client(|application| {
            application.route("/", async |request: Request| {
                request.header("Authorization").unwrap_or("nothing").to_owned()
            })
        });
        let ada = client.clone().with_header("Authorization", "Bearer ada");
        assert_eq!(client.get("/").send().await.text().await, "nothing");
        assert_eq!(ada.get("/").send().await.text().await, "Bearer ada");
        let other = ada.get("/").header("authorization", "Bearer bob");
        assert_eq!(other.send().await.text().await, "Bearer bob");
    });
}

#[test]
fn forms_and_queries_are_what_extractors_read() {
    type Fields = BTreeMap<String, String>;
    async fn both(Query(query): Query<Fields>, Form(form): Form<Fields>) -> Json<Value> {
        Json(json!([query, form]))
    }
    async fn files(request: Request) -> Result<String, HttpError> {
        let (mut parts, mut seen) = (request.parts(), Vec::new());
        while let Some(part) = parts.next().await {
            let part = part?;
            let head = format!("{} {:?} {:?}", part.name(), part.filename(), part.content_type());
            seen.push(format!("{head} {}", String::from_utf8_lossy(&part.bytes(100).await?)));
        }
        Ok(seen.join("\n"))
    }
    block_on(async {
        let client = client(|application| application.route("/", both).route("/files", files));
        let response = client.post("/").query(&[("a", "1 2")]).form(&[("b", "ü&")]).send().await;
        assert_eq!(response.json::<Value>().await, json!([{ "a": "1 2" }, { "b": "ü&" }]));
        let form = Multipart::new().text("title", "Cats").file("f", "a\"b.txt", "text/x", "meow");
        let seen = client.post("/files").multipart(form).send().await.text().await;
        assert!(seen.starts_with("title None") && seen.contains("Cats\nf Some("), "{seen}");
        assert!(seen.ends_with("meow"), "{seen}");
    });
}

#[test]
fn responses_have_status_fields_and_bodies_of_all_framings() {
    async fn until_end(response: Response) -> Result<(), HttpError> {
        Ok(response.send("HTTP/1.0 203 Yes\r\nX-Y: z\r\n\r\nuntil the end").await?)
    }
    async fn trailer(response: Response) -> Result<(), HttpError> {
        response.write("body").await?;
        response.set_trailer("X-Sum", "7")?;
        Ok(response.end("").await?)
    }
    block_on(async {
        let client = client(|application| {
            application
                .route("/length", (async || (201, "text")).with_content_type("text/plain"))
                .route("/chunked", || stream! { yield "a"; yield "b"; })
                .route("/raw", until_end)
                .route("/empty", async || StatusCode::NO_CONTENT)
                .route("/trailer", trailer)
        });
        let response = client.get("/length").send().await;
        assert_eq!(
            (response.status(), response.header("content-length")),
            (StatusCode::CREATED, Some("4"))
        );
        assert_eq!(response.headers()["Content-Type"], "text/plain");
        assert_eq!(response.text().await, "text");
        let response = client.head("/length").send().await;
        assert_eq!(response.header("Content-Length"), Some("4"));
        assert_eq!(response.text().await, "");
        assert_eq!(client.get("/chunked").send().await.bytes().await, "ab");
        let response = client.get("/raw").send().await;
        assert_eq!((response.status().as_u16(), response.header("X-Y")), (203, Some("z")));
        assert_eq!(response.text().await, "until the end");
        let response = client.get("/empty").send().await;
        assert_eq!(response.status(), 204);
        assert_eq!(response.text().await, "");
        let request = client.get("/trailer").header("TE", "trailers");
        let mut response = request.send().await;
        assert_eq!(response.try_bytes().await, Ok("body".into()));
        assert_eq!(response.trailers().and_then(|all| all.get("x-sum")), Some(&b"7"[..]));
        assert_eq!(client.get("/nothing").send().await.status(), 404);
    });
}

#[test]
fn a_response_that_is_cut_is_an_error() {
    block_on(async {
        let client = client(|application| {
            application.route("/", || {
                stream! {
                    yield Ok("some");
                    yield Err(HttpError::internal_server_error());
                }
            })
        });
        let mut response = client.get("/").send().await;
        assert_eq!(response.next().await, Some(Ok("some".into())));
        assert_eq!(response.next().await, Some(Err(TestError::Cut)));
        assert_eq!(response.next().await, None);
    });
}

#[test]
fn cookies_are_kept_by_a_client_that_does_and_by_its_clones() {
    async fn login(response: Response) -> Result<&'static str, HttpError> {
        response.set_cookie(("user", "ada"))?;
        Ok("welcome")
    }
    async fn show(cookies: Cookies) -> String {
        cookies.get("user").unwrap_or("nobody").to_owned()
    }
    block_on(async {
        let plain = client(|application| application.route("/login", login).route("/", show));
        let ada = plain.clone().with_cookies();
        let same = ada.clone();
        plain.get("/login").send().await;
        assert_eq!(ada.get("/login").send().await.status(), 200);
        assert_eq!(plain.get("/").send().await.text().await, "nobody");
        assert_eq!(same.get("/").send().await.text().await, "ada");
    });
}

#[test]
fn a_large_body_does_not_wait_for_a_handler_that_does_not_read_it() {
    block_on(async {
        let client = client(|application| {
            application
                .route("/ignore", (async || "ignored").with_body_limit(1 << 30))
                .route("/echo", async |body: String| body)
        });
        let body = "x".repeat(1 << 22);
        let response = client.post("/ignore").body(body.clone()).send().await;
        assert_eq!(response.text().await, "ignored");
        // 2 MiB is the limit.
        let refused = client.post("/echo").body(body).send().await;
        assert_eq!(refused.status(), 413);
    });
}

#[test]
fn files_are_sent_whole_and_in_part() {
    let content = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    async fn program(response: Response) -> Result<(), HttpError> {
        response.sendfile(std::env::current_exe()?).await
    }
    block_on(async {
        let client = client(|application| application.route("/", program));
        assert!(client.get("/").send().await.bytes().await == content, "megabytes");
        let part = client.get("/").header("Range", "bytes=1000-600999").send().await;
        assert_eq!(part.status(), 206);
        assert!(part.bytes().await == content[1000..601_000]);
        // One that is not read, and one that is read late.
        client.get("/").send().await.abort();
        let mut late = client.get("/").send().await;
        client.advance(std::time::Duration::ZERO).await;
        assert!(late.try_bytes().await.unwrap() == content);
    });
}
