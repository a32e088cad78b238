//! The state of an application: what its handlers share.

use super::{Call, FromCall};
use crate::error::HttpError;
use crate::requirements::Requirements;

/// A clone of what [`Application::state`](crate::Application::state) was given of this type: put
/// what is not cheap to clone into an `Arc`.
///
/// An application whose handlers ask for what was not given does not start.
///
/// ```
/// use std::sync::Arc;
/// use tremolo::{Application, State};
///
/// struct Greeting {
///     text: String,
/// }
///
/// async fn greet(State(greeting): State<Arc<Greeting>>) -> String {
///     greeting.text.clone()
/// }
///
/// # let _ =
/// Application::new().state(Arc::new(Greeting { text: "hi".into() })).route("/", greet)
/// # ;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State<T>(pub T);

/// What the state of an application must be, because each handler gets a clone of it, on any worker.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Clone + Send + Sync`, as state must be: write `Arc<…>` around it, with a `Mutex` or \
               atomics in place of `RefCell` and `Cell`",
    label = "cannot be shared by handlers"
)]
pub trait SharedState: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync + 'static> SharedState for T {}

impl<T: SharedState> FromCall for State<T> {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        call.shared().worker().app.get().map(Self).ok_or_else(|| {
            let name = std::any::type_name::<T>();
            tracing::error!("no state of the type {name} was given");
            HttpError::internal_server_error()
        })
    }

    fn is_absent(call: &Call) -> bool {
        !call.shared().worker().app.contains(std::any::TypeId::of::<T>())
    }

    fn requires(requirements: &mut Requirements) {
        requirements.state::<T>();
    }
}
