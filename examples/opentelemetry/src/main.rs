//! Requests as spans of OpenTelemetry, in the traces of their clients: `cargo run`, then
//!
//! ```text
//! curl -H 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' \
//!     http://127.0.0.1:8000/
//! ```
//!
//! prints the span of the request, whose parent is that of the client. A program of yours takes the
//! exporter of its collector in place of the one for standard output.

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanExporter};
use tracing::Span;
use tracing::level_filters::LevelFilter;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tremolo::{Application, Request};

fn main() -> tremolo::Result<()> {
    let provider = export_to(opentelemetry_stdout::SpanExporter::default());
    application().run("127.0.0.1:8000")?;
    if let Err(error) = provider.shutdown() {
        tracing::error!(%error, "spans are lost");
    }
    Ok(())
}

fn application() -> Application {
    Application::new().on_request(join_trace).route("/", hello)
}

async fn hello() -> &'static str {
    tracing::info!("this event belongs to the span of the request");
    "Hello"
}

/// Sends the spans of the server and of its handlers to an exporter. The server makes spans at the
/// level `debug`.
fn export_to(exporter: impl SpanExporter + 'static) -> SdkTracerProvider {
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter).build();
    // Without activation the parent of a span may be set within it, which middleware does.
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("tremolo"))
        .with_context_activation(false)
        .with_filter(LevelFilter::DEBUG);
    let lines = tracing_subscriber::fmt::layer().with_filter(LevelFilter::INFO);
    tracing_subscriber::registry().with(spans).with(lines).init();
    provider
}

/// Makes the span of the request a child of that of the client.
async fn join_trace(request: Request) {
    let Some(parent) = request.trace_parent() else { return };
    let (trace_id, span_id) = (parent.trace_id().0, parent.parent_id().0);
    let client = SpanContext::new(
        TraceId::from_bytes(trace_id),
        SpanId::from_bytes(span_id),
        TraceFlags::new(parent.flags()),
        true,
        TraceState::NONE,
    );
    let joined = Span::current().set_parent(Context::new().with_remote_span_context(client));
    if let Err(error) = joined {
        tracing::warn!(%error, "a request is not in the trace of its client");
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use opentelemetry_sdk::trace::InMemorySpanExporter;

    use super::*;

    #[test]
    fn the_span_of_a_request_is_in_the_trace_of_its_client() {
        let exporter = InMemorySpanExporter::default();
        let provider = export_to(exporter.clone());
        let server = application().listen("127.0.0.1:0").start().unwrap();
        let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let request = format!(
            "GET / HTTP/1.1\r\nHost: a\r\ntraceparent: 00-{trace}-{parent}-01\r\n\
             Connection: close\r\n\r\n"
        );
        let mut client = TcpStream::connect(&server.addresses()[0]["http://".len()..]).unwrap();
        client.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert!(answer.ends_with("Hello"), "{answer}");
        // The spans end with the connection.
        drop(server);
        provider.force_flush().unwrap();
        let spans = exporter.get_finished_spans().unwrap();
        let span = spans.iter().find(|span| span.name == "request").expect("it has ended");
        assert_eq!(span.span_context.trace_id().to_string(), trace);
        assert_eq!(span.parent_span_id.to_string(), parent);
        assert!(span.parent_span_is_remote);
        assert_eq!(span.events.len(), 1, "{span:?}");
    }
}
