//! Locks of an application: exclusive across its workers, in the order of the calls, and always
//! released.

use std::future::pending;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Semaphore;
use tremolo::{
    Application, BlockingLock, Config, HttpError, Lock, Request, Server, blocking, stream,
};
use tremolo_tests::{Client, TIMEOUT, wait_until};

use crate::{ask, connect, start};

#[test]
fn a_lock_excludes_tasks_on_all_workers() {
    let (sender, receiver) = channel();
    let open = Arc::new(Semaphore::new(0));
    let gate = Arc::clone(&open);
    let hold = async move |request: Request, lock: Lock| {
        let _guard = lock.acquire().await;
        sender.send(request.query_string().into_owned()).unwrap();
        gate.acquire().await.unwrap().forget();
    };
    let soon = Duration::from_millis(1);
    let numbered = async move |lock: Lock| -> Result<String, HttpError> {
        let _other = lock.of(1).acquire_timeout(TIMEOUT).await?;
        let again = lock.of(6).acquire_timeout(soon).await.is_err();
        let first = lock.of(0).acquire_timeout(soon).await.is_err();
        Ok(format!("{again} {first} {}", lock.of(5).acquire_timeout(soon).await.is_err()))
    };
    let shared = async move |lock: Lock| lock.acquire_timeout(soon).await.map(|_| "free");
    let thread = move |lock: BlockingLock| lock.acquire_timeout(soon).map(|_| "free");
    let config = Config { worker_num: 2, ..Config::default() };
    let application = Application::new().route("/hold", hold).route("/numbered", numbered);
    let application = application.route("/try", shared).route("/thread", blocking(thread));
    let server = start(application.config(config));
    let mut client = connect(&server);
    client.get("/hold");
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok(String::new()));
    // Enough connections to reach both workers.
    for _ in 0..16 {
        assert_eq!(ask(&server, "GET /try", &[], "").0, 503);
    }
    assert_eq!(ask(&server, "GET /thread", &[], "").0, 503);
    assert_eq!(ask(&server, "GET /numbered", &[], "").1, "true true true");
    open.add_permits(1);
    client.read_to_end();
    assert_eq!(ask(&server, "GET /try", &[], ""), (200, "free".to_owned()));
    assert_eq!(ask(&server, "GET /thread", &[], ""), (200, "free".to_owned()));
}

#[test]
fn a_lock_is_granted_in_order_and_a_cancelled_waiter_is_skipped() {
    let (sender, receiver) = channel();
    let (asking, asked) = channel();
    let open = Arc::new(Semaphore::new(0));
    let gate = Arc::clone(&open);
    let hold = async move |request: Request, lock: Lock| {
        let number = request.query_string().into_owned();
        asking.send(()).unwrap();
        tokio::select! {
            guard = lock.acquire() => {
                sender.send(number).unwrap();
                gate.acquire().await.unwrap().forget();
                drop(guard);
            }
            () = request.disconnected() => sender.send(format!("{number} left")).unwrap(),
        }
    };
    let server = start(Application::new().route("/", hold));
    let mut clients: Vec<Option<Client>> = (0..4)
        .map(|number| {
            let mut client = connect(&server);
            client.get(&format!("/?{number}"));
            asked.recv_timeout(TIMEOUT).unwrap();
            Some(client)
        })
        .collect();
    assert_eq!(receiver.recv_timeout(TIMEOUT).unwrap(), "0");
    clients[1].take().unwrap().reset();
    assert_eq!(receiver.recv_timeout(TIMEOUT).unwrap(), "1 left");
    for next in ["2", "3"] {
        open.add_permits(1);
        assert_eq!(receiver.recv_timeout(TIMEOUT).unwrap(), next);
    }
    open.add_permits(1);
}

/// However a handler ends, its lock is released.
#[test]
fn a_failed_handler_releases_its_lock() {
    let panic = || {
        if true {
            std::panic::resume_unwind(Box::new("on purpose"));
        }
    };
    let (sender, receiver) = channel();
    let streams = move |lock: Lock| {
        stream! {
            let _guard = lock.acquire().await;
            yield "held";
            panic();
        }
    };
    let config = Config {
        app_handler_timeout: Duration::from_millis(100),
        app_close_timeout: Duration::from_millis(1),
        ..Config::default()
    };
    let application = Application::new()
        .route("/panics", async move |lock: Lock| {
            let _guard = lock.acquire().await;
            panic();
        })
        .route("/streams", streams)
        .route("/task", async move |lock: Lock, server: Server| {
            let guard = lock.acquire().await;
            server.spawn(async move {
                let _guard = guard;
                panic();
            });
            "moved"
        })
        .route("/hangs", async |lock: Lock| {
            let _guard = lock.acquire().await;
            pending::<()>().await;
        })
        .route("/left", async move |lock: Lock, request: Request| {
            let guard = lock.acquire().await;
            request.extensions().insert(Arc::new(guard));
            sender.send(()).unwrap();
            pending::<()>().await;
        })
        .route("/try", async |lock: Lock| lock.acquire_timeout(TIMEOUT).await.map(|_| "free"));
    let server = start(application.config(config));
    let free =
        || assert_eq!(connect(&server).ask("/try").status_and_text(), (200, "free".to_owned()));
    for (path, status) in [("/panics", 500), ("/task", 200), ("/hangs", 500)] {
        assert_eq!(connect(&server).ask(path).status(), status, "{path}");
        free();
    }
    let mut client = connect(&server);
    client.get("/streams");
    assert!(client.read_until_cut().ends_with(b"4\r\nheld\r\n"));
    free();
    let mut client = connect(&server);
    client.get("/left");
    receiver.recv_timeout(TIMEOUT).unwrap();
    client.reset();
    free();
}

#[test]
fn a_panic_on_a_thread_releases_its_lock() {
    let held = Arc::new(Mutex::new(0));
    let count = Arc::clone(&held);
    let server = start(Application::new().route(
        "/",
        blocking(move |lock: BlockingLock| -> () {
            let _guard = lock.of(3).acquire();
            *count.lock().unwrap() += 1;
            std::panic::resume_unwind(Box::new("on purpose"));
        }),
    ));
    for _ in 0..3 {
        assert_eq!(ask(&server, "GET /", &[], "").0, 500);
    }
    wait_until("all had the lock", || *held.lock().unwrap() == 3);
}
