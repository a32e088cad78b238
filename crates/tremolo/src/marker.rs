//! Marker types: each is a type parameter of one implementation of [`Handler`](crate::Handler) or
//! [`Hook`](crate::signatures::Hook), so that the compiler can keep them apart. Programs do not name
//! them.

/// An async function or closure.
#[derive(Debug)]
pub struct Async;

/// A function or closure that is not async.
#[derive(Debug)]
pub struct NotAsync;

/// A handler that runs on a thread of its own: [`BlockingHandler`](crate::signatures::BlockingHandler).
#[derive(Debug)]
pub struct OnThread;

/// A handler with options: [`With`](crate::signatures::With).
#[derive(Debug)]
pub struct WithOptions;

/// A handler with middleware of its own: [`Wrapped`](crate::signatures::Wrapped).
#[derive(Debug)]
pub struct WithMiddleware;

/// A table of methods: [`Methods`](crate::methods::Methods).
#[derive(Debug)]
pub struct MethodTable;

/// A `tower` service: [`TowerService`](crate::TowerService).
#[derive(Debug)]
pub struct Service;

/// A hook that takes an argument.
#[derive(Debug)]
pub struct WithArgument;

/// A hook without an argument.
#[derive(Debug)]
pub struct WithoutArgument;
