//! The options of a route as arguments.

use super::{Call, FromCall};
use crate::error::HttpError;
use crate::route_option::RouteOption;

impl<T: Clone + Send + Sync + 'static> FromCall for RouteOption<T> {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        call.request().extensions().get().ok_or_else(|| {
            let name = std::any::type_name::<T>();
            tracing::error!("the route has no option of the type {name}");
            HttpError::internal_server_error()
        })
    }

    fn is_absent(call: &Call) -> bool {
        !call.has_extension::<Self>()
    }
}
