//! Starting a server in programs with a tokio runtime, and in those without.

use tokio::runtime::Builder;
use tremolo::{Application, Error};
use tremolo_tests::{connect, start};

fn application() -> Application {
    Application::new().route("/", async || "fine")
}

#[test]
fn run_inside_a_runtime_is_an_error_that_names_start() {
    let current_thread = Builder::new_current_thread().build().unwrap();
    let multi_thread = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    for runtime in [current_thread, multi_thread] {
        let error = runtime.block_on(async { application().run("127.0.0.1:0").unwrap_err() });
        assert!(matches!(error, Error::InsideRuntime));
        let text = error.to_string();
        for part in ["inside a tokio runtime", "Application::start", ".start()?", "server.stop()"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let task = async { application().run("127.0.0.1:0").map_err(|error| error.to_string()) };
        assert_eq!(runtime.block_on(runtime.spawn(task)).unwrap(), Err(text));
    }
}

#[test]
fn a_server_runs_until_a_future_is_ready_and_finishes_its_requests() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let begun = std::sync::Mutex::new(Some(begun));
        let server =
            start(Application::new().route("/", async move |request: tremolo::Request| {
                let begun = begun.lock().unwrap().take();
                begun.unwrap().send(()).unwrap();
                request.draining().await;
                "finished"
            }));
        let address = server.addresses();
        let client = std::thread::spawn(move || {
            tremolo_tests::Client::connect(&address[0]).ask("/").text().to_owned()
        });
        server.run_until(has_begun).await.unwrap();
        assert_eq!(client.join().unwrap(), "finished");
    });
}

#[test]
fn start_works_inside_and_outside_of_a_runtime() {
    let serve = || {
        let server = start(application());
        assert_eq!(connect(&server).ask("/").text(), "fine");
        server.stop();
        server.wait().unwrap();
        drop(start(application()));
    };
    serve();
    for runtime in [Builder::new_current_thread().build(), Builder::new_multi_thread().build()] {
        let runtime = runtime.unwrap();
        runtime.block_on(async { serve() });
        runtime.block_on(runtime.spawn_blocking(serve)).unwrap();
    }
}
