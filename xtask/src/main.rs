//! `cargo xtask <verb>`: every task of this workspace, written in Rust, nothing else to install.
//!
//! This file knows the verbs and nothing of what they do: one file (or folder) per verb. A verb
//! answers with one sentence when it fails; what led there has been printed by then.

#![expect(clippy::print_stdout, reason = "a command line program: its output is its interface")]

mod asgi_table;
mod autobahn;
mod bench;
mod clients;
mod counts;
mod differential;
mod docs;
mod faults;
mod features;
mod first_page;
mod frameworks;
mod fuzz;
mod miri;
mod packages;
mod pages;
mod production;
mod proxies;
mod python;
mod release;
mod runner;
mod simulate;
mod test;
mod threads;
mod tidy;
mod venv;

use std::env;
use std::process::ExitCode;

/// What a verb returns: nothing, or a sentence that names the failure.
type Outcome = Result<(), String>;

struct Verb {
    name: &'static str,
    /// What may follow the name; empty: nothing.
    arguments: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Outcome,
}

const VERBS: &[Verb] = &[
    Verb {
        name: "test",
        arguments: "",
        about: "everything that must pass before a merge",
        run: |_| test::run(),
    },
    Verb {
        name: "python",
        arguments: "[--interpreter PATH]",
        about: "the checks of the Python front",
        run: python::run,
    },
    Verb {
        name: "tidy",
        arguments: "",
        about: "the rules that no compiler checks",
        run: |_| tidy::run(),
    },
    Verb {
        name: "docs",
        arguments: "",
        about: "the guide and the reference of both fronts, with their links checked",
        run: |_| docs::run(),
    },
    Verb {
        name: "pages",
        arguments: "",
        about: "the pages of the examples and of the guide in Chromium, with axe-core",
        run: |_| pages::run(),
    },
    Verb {
        name: "clients",
        arguments: "",
        about: "curl, requests, ws, nginx, Caddy, Redis, Chromium and others with the examples",
        run: |_| clients::run(),
    },
    Verb {
        name: "differential",
        arguments: "[--requests N] [--seed N]",
        about: "generated requests to both fronts and other servers; writes docs/differential.md",
        run: differential::run,
    },
    Verb {
        name: "faults",
        arguments: "",
        about: "the servers while system calls fail, by strace",
        run: |_| faults::run(),
    },
    Verb {
        name: "frameworks",
        arguments: "",
        about: "applications of Django, Flask, Litestar, Quart and Socket.IO on the Python front",
        run: |_| frameworks::run(),
    },
    Verb {
        name: "asgi-table",
        arguments: "",
        about: "the tests of ASGI with uvicorn, granian and hypercorn too; writes docs/asgi.md",
        run: |_| asgi_table::run(),
    },
    Verb {
        name: "autobahn",
        arguments: "[CASE…] [--debug]",
        about: "the Autobahn cases for WebSocket against both fronts",
        run: autobahn::run,
    },
    Verb {
        name: "counts",
        arguments: "[INPUT…] [--record]",
        about: "instructions and allocations per request, and how they differ from docs/counts.md",
        run: counts::run,
    },
    Verb {
        name: "bench",
        arguments: "[SCENARIO…] [OPTION…]",
        about: "ours beside other servers, in one run: benches/README.md",
        run: bench::run,
    },
    Verb {
        name: "production",
        arguments: "[CASE…] [OPTION…]",
        about: "restarts, limits, slow clients and minutes of mixed load: docs/production.md",
        run: production::run,
    },
    Verb {
        name: "proxies",
        arguments: "",
        about: "request smuggling behind nginx, HAProxy, Varnish, httpd, Caddy: docs/proxies.md",
        run: |_| proxies::run(),
    },
    Verb {
        name: "features",
        arguments: "[--few]",
        about: "the Rust front without features, with each one alone, and with all",
        run: features::run,
    },
    Verb {
        name: "first-page",
        arguments: "[PROGRAM…]",
        about: "what the first program costs to build, beside those of axum and actix",
        run: first_page::run,
    },
    Verb {
        name: "release",
        arguments: "[PART…]",
        about: "the packages for crates.io and PyPI, made and tried, not published",
        run: release::run,
    },
    Verb {
        name: "fuzz",
        arguments: "[TARGET…] [--seconds N]",
        about: "looks for inputs that break a promise of the engine; needs nightly",
        run: fuzz::run,
    },
    Verb {
        name: "miri",
        arguments: "[FILTER…]",
        about: "unit tests of the engine under Miri; needs nightly",
        run: miri::run,
    },
    Verb {
        name: "threads",
        arguments: "[FILTER…]",
        about: "models of what threads share under loom, tests under ThreadSanitizer; needs nightly",
        run: threads::run,
    },
    Verb {
        name: "simulate",
        arguments: "[--seeds N] [--seconds N] [--first SEED] [--peers N]",
        about: "servers with scripted peers on virtual time; a failing seed prints its script",
        run: simulate::run,
    },
];

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let Some(name) = arguments.next() else {
        print_usage();
        return ExitCode::SUCCESS;
    };
    let arguments: Vec<_> = arguments.collect();
    let takes = |verb: &&Verb| arguments.is_empty() || !verb.arguments.is_empty();
    let Some(verb) = VERBS.iter().find(|verb| verb.name == name).filter(takes) else {
        print_usage();
        return ExitCode::from(2);
    };
    // Every verb works from the root of the workspace, wherever it was called.
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let outcome = env::set_current_dir(root).map_err(|error| format!("{root}: {error}"));
    match outcome.and_then(|()| (verb.run)(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            println!("{name}: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn print_usage() {
    println!("cargo xtask <verb>\n");
    for verb in VERBS {
        let call = format!("{} {}", verb.name, verb.arguments);
        println!("  {call:<29} {}", verb.about);
    }
}
