//! Reads the body of each request, and reports it in the field `X-Seen`. Argument: address.
//! `program.py` is its twin.

use tremolo::{Application, Request, Response};
use tremolo_tests::differential::sum;

fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_default();
    Application::new().route("^", seen).route("*", seen).run(address)
}

async fn seen(request: Request, response: Response) -> tremolo::HandlerResult<()> {
    let body = request.body().await?;
    let report = format!("{} {} {}", request.method(), body.len(), sum(&body));
    response.set_header("X-Seen", report)?;
    response.end("").await?;
    Ok(())
}
