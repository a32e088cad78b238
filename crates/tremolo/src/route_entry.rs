//! The routes of an application as values: for tests, documentation and listings.

use std::fmt;
use std::panic::Location;

use http::Method;
use tremolo_core::routing::MethodTable;

/// A route that was registered, in [`Application::routes`](crate::Application::routes).
///
/// Its text is one line: `GET, POST /notes (src/main.rs:12:10)`.
#[derive(Clone, Debug)]
pub struct RouteEntry {
    prefix: String,
    path: Option<String>,
    methods: Option<Vec<Method>>,
    at: &'static Location<'static>,
}

impl RouteEntry {
    /// A route, whose handler serves these methods, or all.
    pub(crate) fn route(
        path: &str,
        methods: Option<&MethodTable<()>>,
        at: &'static Location<'static>,
    ) -> Self {
        let methods = methods.and_then(MethodTable::methods).map(|all| all.cloned().collect());
        Self { prefix: String::new(), path: Some(path.to_owned()), methods, at }
    }

    /// A handler that is mounted.
    pub(crate) fn mount(prefix: &str, at: &'static Location<'static>) -> Self {
        Self { prefix: below(prefix, ""), path: None, methods: None, at }
    }

    /// The same in an application that is mounted.
    pub(crate) fn below(self, prefix: &str) -> Self {
        Self { prefix: below(prefix, &self.prefix), ..self }
    }

    /// The prefix of the mounted application that it belongs to, without a slash at its end; empty
    /// for a route of the application itself.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Path or pattern behind the prefix, as it was given to `route`. `None` for what serves all
    /// paths at and below the prefix, such as a folder.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The methods that have a handler, in the order in which they were given; that of GET also
    /// serves HEAD. `None`: every method is served, or the handler itself refuses some.
    #[must_use]
    pub fn methods(&self) -> Option<&[Method]> {
        self.methods.as_deref()
    }

    /// The line of the program that registered it.
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.at
    }
}

impl fmt::Display for RouteEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.methods {
            None => f.write_str("*")?,
            Some(methods) => {
                for (at, method) in methods.iter().enumerate() {
                    write!(f, "{}{method}", if at == 0 { "" } else { ", " })?;
                }
            }
        }
        write!(f, " {}", self.prefix)?;
        match &self.path {
            None => f.write_str("/…")?,
            Some(path) if self.prefix.is_empty() => f.write_str(path)?,
            Some(pattern) if !pattern.starts_with('/') => write!(f, " {pattern}")?,
            Some(path) => f.write_str(path)?,
        }
        write!(f, " ({})", self.at)
    }
}

/// A prefix within another one.
fn below(outer: &str, inner: &str) -> String {
    let outer = outer.trim_end_matches('/');
    format!("{outer}{inner}")
}
