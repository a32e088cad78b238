//! Three ways to respond.

use serde::Serialize;
use tremolo::{
    Answer, Application, Attachment, HttpError, Json, Redirect, Reply, Response, StatusCode, stream,
};

#[derive(Serialize)]
struct Note {
    id: u64,
    text: &'static str,
}

// ANCHOR: returned
async fn note() -> Json<Note> {
    Json(Note { id: 1, text: "milk" })
}

async fn created() -> Answer {
    Json(Note { id: 2, text: "bread" })
        .into_answer()
        .with_status(StatusCode::CREATED)
        .with_header("Location", "/notes/2")
}

async fn moved() -> Redirect {
    Redirect::permanent("/note")
}
// ANCHOR_END: returned

// ANCHOR: yielded
fn count() -> impl Reply {
    stream! {
        for number in 1..=3 {
            yield format!("{number}\n");
        }
    }
}

fn rows() -> impl Reply {
    stream! {
        let mut sum = 0_u8;
        for row in ["1", "2", "3"] {
            // An error before the first piece is an error page. After it the response is cut.
            sum += row.parse::<u8>()?;
            yield Ok::<_, HttpError>(format!("{row} makes {sum}\n"));
        }
    }
}
// ANCHOR_END: yielded

// ANCHOR: driven
async fn driven(response: Response) -> Result<(), HttpError> {
    response.set_status(201)?;
    response.set_cookie(("session", "abc"))?;
    response.write("Hello ").await?;
    response.end("World!").await?;
    Ok(())
}

async fn raw(response: Response) -> Result<(), HttpError> {
    response.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nraw").await?;
    response.close_keepalive()?;
    Ok(())
}
// ANCHOR_END: driven

// ANCHOR: described
async fn report() -> (Attachment<&'static str>, &'static str) {
    (Attachment("naïve report.csv"), "a,b\n1,2\n")
}

async fn versioned() -> Answer {
    "a page".into_answer().with_etag("version 7")
}
// ANCHOR_END: described

pub fn application() -> Application {
    Application::new()
        .route("/note", note)
        .route("/created", created)
        .route("/moved", moved)
        .route("/count", count)
        .route("/rows", rows)
        .route("/driven", driven)
        .route("/raw", raw)
        .route("/report", report)
        .route("/versioned", versioned)
}
