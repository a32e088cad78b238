//! What handlers need of their application, collected as they are registered and checked before
//! the first connection is accepted.

use std::any::{TypeId, type_name};

use crate::extensions::TypeMap;

/// What a handler needs of its application: an extractor adds it in
/// [`FromCall::requires`](crate::FromCall::requires).
///
/// ```
/// use tremolo::{Application, State};
///
/// let missing = Application::new()
///     .route("/", async |State(name): State<String>| name)
///     .listen("127.0.0.1:0")
///     .start();
/// assert!(missing.unwrap_err().to_string().contains("alloc::string::String"));
/// ```
#[derive(Debug, Default)]
pub struct Requirements {
    state: Vec<(TypeId, &'static str)>,
    flaw: Option<String>,
    path: bool,
    next: bool,
}

impl Requirements {
    /// A value of this type from [`Application::state`](crate::Application::state).
    pub fn state<T: 'static>(&mut self) {
        self.state.push((TypeId::of::<T>(), type_name::<T>()));
    }

    /// A path with parameters, when it is the handler of a route.
    pub fn path(&mut self) {
        self.path = true;
    }

    /// Middleware around a handler: an argument that only it can have.
    pub(crate) fn next(&mut self) {
        self.next = true;
    }

    /// It is no middleware around a handler.
    pub(crate) fn without_next(&mut self) {
        if self.next {
            self.flaw("it asks for Next, which only middleware has that is given to `around`");
        }
    }

    /// It is middleware around a handler.
    pub(crate) fn with_next(&mut self) {
        if !std::mem::take(&mut self.next) {
            self.flaw("it does not ask for Next: what runs before a handler is for `on_request`");
        }
    }

    /// A reason why the handler cannot be served at all.
    pub fn flaw(&mut self, why: impl Into<String>) {
        let why = why.into();
        self.flaw.get_or_insert(why);
    }

    /// Its path has no parameters.
    pub(crate) fn without_path(&mut self) {
        if self.path {
            self.flaw(
                "it asks for Path, and the path has no parameters, as /users/{id} or \
                 ^/users/(\\d+)$ have",
            );
        }
    }

    /// Adds the requirements of another handler.
    pub(crate) fn add(&mut self, other: &Self) {
        self.state.extend(&other.state);
        self.path |= other.path;
        self.next |= other.next;
        if let Some(why) = &other.flaw {
            self.flaw(why);
        }
    }

    /// The first requirement that is not met, as a sentence.
    pub(crate) fn unmet(self, state: &TypeMap) -> Option<String> {
        let missing = self.state.into_iter().find(|(of, _)| !state.contains(*of));
        self.flaw
            .or_else(|| missing.map(|(_, name)| format!("no state of the type {name} was given")))
    }
}
