//! The programs of the guide: started in this process, or by the command line of the Python front.

#![expect(unreachable_pub, reason = "the samples are written as the modules of a program")]

use std::sync::Once;

use tremolo::{Application, ServerHandle};
use tremolo_tests::{Client, Program, python};

#[path = "../../docs/guide/samples/errors.rs"]
mod errors;
#[path = "../../docs/guide/samples/events.rs"]
mod events;
#[path = "../../docs/guide/samples/files.rs"]
mod files;
#[path = "../../docs/guide/samples/greeting.rs"]
mod greeting;
#[expect(dead_code, reason = "`main` would run until a signal")]
#[path = "../../docs/guide/samples/hello.rs"]
mod hello;
#[path = "../../docs/guide/samples/middleware.rs"]
mod middleware;
#[path = "../../docs/guide/samples/replies.rs"]
mod replies;
#[path = "../../docs/guide/samples/requests.rs"]
mod requests;
#[path = "../../docs/guide/samples/routing.rs"]
mod routing;
#[path = "../../docs/guide/samples/state.rs"]
mod state;
#[path = "../../docs/guide/samples/testing.rs"]
mod testing;
#[path = "../../docs/guide/samples/uploads.rs"]
mod uploads;
#[path = "../../docs/guide/samples/websocket.rs"]
mod websocket;

/// A running sample. Dropping this stops it.
pub(crate) enum Served {
    Rust(ServerHandle),
    Python(Program),
}

impl Served {
    pub(crate) fn connect(&self) -> Client {
        match self {
            Self::Rust(server) => tremolo_tests::connect(server),
            Self::Python(program) => program.connect(),
        }
    }
}

/// Where the samples are, and the files that some of them read.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/samples");

/// Starts the sample of this name in the folder of the samples.
pub(crate) fn start(name: &str) -> Served {
    if python().is_some() {
        return Served::Python(Program::launch_application(FOLDER, &format!("{name}.py")));
    }
    static ENTERED: Once = Once::new();
    ENTERED.call_once(|| std::env::set_current_dir(FOLDER).expect("the folder is there"));
    Served::Rust(tremolo_tests::start(application(name)))
}

fn application(name: &str) -> Application {
    match name {
        "errors" => errors::application(),
        "events" => events::application(),
        "files" => files::application(),
        "greeting" => greeting::application(),
        "hello" => hello::application(),
        "middleware" => middleware::application(),
        "replies" => replies::application(),
        "requests" => requests::application(),
        "routing" => routing::application(),
        "state" => state::application(),
        "testing" => testing::application(),
        "uploads" => uploads::application(),
        "websocket" => websocket::application(),
        _ => panic!("the guide has no sample {name}"),
    }
}
