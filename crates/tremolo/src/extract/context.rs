//! Contexts and locks as arguments: values that outlive a request.

use std::sync::Arc;

use super::{Call, FromCall};
use crate::context::{ConnectionContext, WorkerContext};
use crate::error::HttpError;
use crate::lock::Lock;

impl FromCall for WorkerContext {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        Ok(Self::new(Arc::clone(call.shared().worker())))
    }
}

impl FromCall for ConnectionContext {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        Ok(Self::new(Arc::clone(call.shared()), call.peer()))
    }
}

impl FromCall for Lock {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        Ok(Self::first(&call.shared().resources().locks))
    }
}
