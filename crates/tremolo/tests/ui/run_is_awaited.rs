//! `run` serves until the process gets a signal: there is nothing to await.

async fn serve() -> tremolo::Result<()> {
    tremolo::Application::new().run("127.0.0.1:8000").await
}

fn main() {
    drop(serve());
}
