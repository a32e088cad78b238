//! Uploads in pieces, clients that leave, peers, and bytes of one's own.

use std::future::pending;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tremolo::testing::{TestClient, block_on};
use tremolo::{Application, HttpError, Request, State, TlsDetails, stream};

use crate::{Dropped, Noted, noting, wait_for};

#[test]
fn an_upload_arrives_piece_by_piece() {
    async fn sizes(State(notes): Noted, request: Request) -> Result<String, HttpError> {
        let mut body = request.stream();
        while let Some(piece) = body.next().await {
            notes.add(format!("{} bytes", piece?.len()));
        }
        Ok(request.header("Content-Length").unwrap_or("chunked").to_owned())
    }
    let (application, notes) = noting();
    block_on(async {
        let client = TestClient::new(application.route("/", sizes));
        let mut upload = client.post("/").upload();
        upload.send("four").await;
        wait_for(&client, &notes, "4 bytes").await;
        upload.send("twelve bytes").await;
        wait_for(&client, &notes, "12 bytes").await;
        assert_eq!(upload.end().await.text().await, "chunked");
        let mut upload = client.post("/").header("Content-Length", "3").upload();
        upload.send("abc").await;
        assert_eq!(upload.end().await.text().await, "3");
    });
}

#[test]
fn an_early_response_comes_before_the_end_of_an_upload() {
    block_on(async {
        let client = TestClient::new(Application::new().route("/", async || (403, "no")));
        let mut upload = client.post("/").upload();
        upload.send("something").await;
        let response = upload.response().await;
        assert_eq!((response.status().as_u16(), response.text().await), (403, "no".to_owned()));
    });
}

#[test]
fn a_client_that_leaves_ends_the_handler() {
    fn endless(State(notes): Noted) -> impl tremolo::Reply {
        stream! {
            let _dropped = Dropped(notes, "stream dropped");
            yield "first";
            pending::<()>().await;
        }
    }
    async fn waiting(State(notes): Noted) {
        let _dropped = Dropped(notes.clone(), "handler dropped");
        notes.add("handler begun");
        pending::<()>().await;
    }
    let (application, notes) = noting();
    block_on(async {
        let client = TestClient::new(application.route("/stream", endless).route("/", waiting));
        let mut response = client.get("/stream").send().await;
        assert_eq!(response.next().await, Some(Ok("first".into())));
        response.abort();
        wait_for(&client, &notes, "stream dropped").await;
        let request = client.get("/").start();
        wait_for(&client, &notes, "handler begun").await;
        drop(request);
        wait_for(&client, &notes, "handler dropped").await;
    });
}

#[test]
fn the_peer_and_the_encryption_are_those_of_the_client() {
    async fn show(request: Request) -> String {
        let client = request.client().map(|client| client.to_string());
        let tls = request.tls().map_or("none", |tls| tls.version);
        format!("{client:?} {} {tls}", request.scheme())
    }
    block_on(async {
        let client = TestClient::new(Application::new().route("/", show));
        let mut tls = TlsDetails::default();
        tls.version = "TLSv1.2";
        for (client, expected) in [
            (client.clone(), r#"Some("127.0.0.1:50000") http none"#),
            (client.clone().with_peer("[2001:db8::1]:7"), r#"Some("[2001:db8::1]:7") http none"#),
            (client.clone().with_unix_peer(), "None http none"),
            (client.clone().with_tls(tls), r#"Some("127.0.0.1:50000") https TLSv1.2"#),
        ] {
            assert_eq!(client.get("/").send().await.text().await, expected);
        }
    });
}

#[test]
fn a_connection_takes_any_bytes_and_is_kept() {
    block_on(async {
        let client = TestClient::new(Application::new().route("/", async || "hi"));
        let mut connection = client.connect();
        for _ in 0..2 {
            connection.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
            let mut response = vec![0; 200];
            let count = connection.read(&mut response).await.unwrap();
            assert!(response[..count].ends_with(b"\r\n\r\nhi"));
        }
        connection.write_all(b"nonsense\r\n\r\n").await.unwrap();
        let mut response = String::new();
        connection.read_to_string(&mut response).await.unwrap();
        assert!(response.starts_with("HTTP/1.1 400 "), "{response}");
        client.connect().reset();
    });
}
