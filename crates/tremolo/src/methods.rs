//! One path, several methods (RFC 9110 section 9.1): a table that is a handler itself.

use std::future::{Future, ready};
use std::pin::Pin;

use http::Method;

use crate::error::HttpError;
use crate::extract::Call;
use crate::handler::{AnyHandler, Handler, Requirements, erase};
use crate::reply::{Answer, Reply};

/// Handlers by method: made by [`get`], [`post`] and their siblings, and usable wherever a
/// handler is.
///
/// A method without a handler is a 405 whose `Allow` lists those that have one, in the order in
/// which they were given (RFC 9110 section 15.5.6). HEAD runs the handler of GET unless it has
/// one of its own.
///
/// ```
/// use tremolo::Application;
/// use tremolo::methods::get;
///
/// async fn list() -> &'static str {
///     "all notes"
/// }
///
/// async fn create(text: String) -> (u16, String) {
///     (201, text)
/// }
///
/// # let _ =
/// Application::new().route("/notes", get(list).post(create))
/// # ;
/// ```
#[derive(Debug, Default)]
#[must_use = "methods do nothing until they are the handler of a route"]
pub struct Methods {
    entries: Vec<(Method, Box<dyn AnyHandler>)>,
    requirements: Vec<Requirements>,
}

/// Marks the implementation for tables of methods.
#[derive(Debug)]
pub struct Tabled;

/// Serves GET, and HEAD, with this handler.
pub fn get<M: 'static>(handler: impl Handler<M>) -> Methods {
    Methods::default().get(handler)
}

/// Serves POST with this handler.
pub fn post<M: 'static>(handler: impl Handler<M>) -> Methods {
    Methods::default().post(handler)
}

/// Serves PUT with this handler.
pub fn put<M: 'static>(handler: impl Handler<M>) -> Methods {
    Methods::default().put(handler)
}

/// Serves PATCH with this handler.
pub fn patch<M: 'static>(handler: impl Handler<M>) -> Methods {
    Methods::default().patch(handler)
}

/// Serves DELETE with this handler.
pub fn delete<M: 'static>(handler: impl Handler<M>) -> Methods {
    Methods::default().delete(handler)
}

/// Serves a method of any name with this handler.
///
/// ```
/// use tremolo::{Application, Method};
/// use tremolo::methods::on;
///
/// # let _ =
/// Application::new().route("/", on(Method::OPTIONS, async || tremolo::StatusCode::NO_CONTENT))
/// # ;
/// ```
pub fn on<M: 'static>(method: Method, handler: impl Handler<M>) -> Methods {
    Methods::default().on(method, handler)
}

impl Methods {
    /// Serves GET, and HEAD, with this handler.
    pub fn get<M: 'static>(self, handler: impl Handler<M>) -> Self {
        self.on(Method::GET, handler)
    }

    /// Serves POST with this handler.
    pub fn post<M: 'static>(self, handler: impl Handler<M>) -> Self {
        self.on(Method::POST, handler)
    }

    /// Serves PUT with this handler.
    pub fn put<M: 'static>(self, handler: impl Handler<M>) -> Self {
        self.on(Method::PUT, handler)
    }

    /// Serves PATCH with this handler.
    pub fn patch<M: 'static>(self, handler: impl Handler<M>) -> Self {
        self.on(Method::PATCH, handler)
    }

    /// Serves DELETE with this handler.
    pub fn delete<M: 'static>(self, handler: impl Handler<M>) -> Self {
        self.on(Method::DELETE, handler)
    }

    /// Serves a method of any name with this handler; of two for one method the later one wins.
    pub fn on<M: 'static>(mut self, method: Method, handler: impl Handler<M>) -> Self {
        let mut requirements = Requirements::default();
        handler.requires(&mut requirements);
        self.requirements.push(requirements);
        let handler = erase(handler);
        match self.entries.iter_mut().find(|(known, _)| *known == method) {
            Some((_, replaced)) => *replaced = handler,
            None => self.entries.push((method, handler)),
        }
        self
    }

    fn find(&self, method: &Method) -> Option<&dyn AnyHandler> {
        let of = |method: &Method| self.entries.iter().find(|(known, _)| known == method);
        let found = of(method).or_else(|| {
            // RFC 9110 section 9.3.2: HEAD is GET without the body, which the engine leaves out.
            if method == Method::HEAD { of(&Method::GET) } else { None }
        });
        found.map(|(_, handler)| &**handler)
    }

    fn allow(&self) -> String {
        let mut allow = String::new();
        let has_head = self.entries.iter().any(|(method, _)| method == Method::HEAD);
        for (method, _) in &self.entries {
            if !allow.is_empty() {
                allow.push_str(", ");
            }
            allow.push_str(method.as_str());
            if method == Method::GET && !has_head {
                allow.push_str(", HEAD");
            }
        }
        allow
    }
}

#[diagnostic::do_not_recommend]
impl Handler<Tabled> for Methods {
    async fn call(&self, call: Call) -> Answer {
        Handler::<Tabled>::start(self, call).await
    }

    fn start<'a>(&'a self, call: Call) -> Pin<Box<dyn Future<Output = Answer> + 'a>>
    where
        Tabled: 'a,
    {
        match self.find(call.head().method()) {
            Some(handler) => handler.call(call),
            None => Box::pin(ready(HttpError::method_not_allowed(&self.allow()).into_answer())),
        }
    }

    fn prepare(&self, call: &mut Call) {
        if let Some(handler) = self.find(call.head().method()) {
            handler.prepare(call);
        }
    }

    fn requires(&self, requirements: &mut Requirements) {
        self.requirements.iter().for_each(|of_one| requirements.add(of_one));
    }
}
