//! Replies that clients save (RFC 6266).

use tremolo::testing::{TestClient, block_on};
use tremolo::{Answer, Application, Attachment, Json};

#[test]
fn a_download_has_a_name_and_the_type_of_its_name() {
    let named = "attachment; filename=\"a_.csv\"; filename*=UTF-8''a%C3%BC.csv";
    let application = Application::new()
        .route("/csv", async || (Attachment("aü.csv"), "a,b"))
        .route("/made", async || (201, Attachment(String::from("a.unknown")), vec![1]))
        .route("/json", async || (Attachment("a.txt"), Json(1)))
        .route("/own", async || {
            let plain = Answer::whole("text").with_content_type("text/plain");
            (Attachment("../a.csv"), plain.with_header("Content-Disposition", "inline"))
        });
    block_on(async {
        let client = TestClient::new(application);
        for (path, status, content_type, disposition) in [
            ("/csv", 200, "text/csv; charset=utf-8", named),
            ("/made", 201, "application/octet-stream", "attachment; filename=\"a.unknown\""),
            ("/json", 200, "application/json", "attachment; filename=\"a.txt\""),
            ("/own", 200, "text/plain", "attachment; filename=\".._a.csv\""),
        ] {
            let response = client.get(path).send().await;
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(response.header("Content-Type"), Some(content_type), "{path}");
            assert_eq!(response.header("Content-Disposition"), Some(disposition), "{path}");
        }
    });
}
