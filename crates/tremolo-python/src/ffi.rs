//! All unsafe code of the crate: calls of the C interface that `pyo3` does not wrap.
//!
//! Each is a thin wrapper whose safety does not depend on the caller.

#![expect(unsafe_code, reason = "this is the one file for it")]

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::PyClass;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::panic::PanicException;
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyString, PyTuple, PyType};
use tremolo_core::websocket::Message;

/// The result of running a coroutine to its next suspension.
pub(crate) enum Sent<'py> {
    /// It waits for this object.
    Yielded(Bound<'py, PyAny>),
    /// It is over.
    Returned(Bound<'py, PyAny>),
}

/// `coroutine.send(None)`, without the exception that `send` ends with.
pub(crate) fn send_none<'py>(coroutine: &Bound<'py, PyAny>) -> PyResult<Sent<'py>> {
    let py = coroutine.py();
    let mut result = std::ptr::null_mut();
    // SAFETY: both objects are alive and we are attached; `result` is set to a new reference
    // unless an error is set.
    unsafe {
        match ffi::PyIter_Send(coroutine.as_ptr(), ffi::Py_None(), &raw mut result) {
            ffi::PySendResult::PYGEN_RETURN => {
                Ok(Sent::Returned(Bound::from_owned_ptr(py, result)))
            }
            ffi::PySendResult::PYGEN_NEXT => Ok(Sent::Yielded(Bound::from_owned_ptr(py, result))),
            ffi::PySendResult::PYGEN_ERROR => Err(PyErr::fetch(py)),
        }
    }
}

/// Whether an object is what calling an `async def` function returns.
pub(crate) fn is_coroutine(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: the object is alive, and we are attached.
    unsafe { ffi::PyCoro_CheckExact(object.as_ptr()) != 0 }
}

/// Objects of a type are awaited without a suspension, and without a call of Rust: each is its own
/// iterator, which is at its end.
pub(crate) fn end_when_awaited(kind: &Bound<'_, PyType>) {
    unsafe extern "C" fn end(_iterator: *mut ffi::PyObject) -> *mut ffi::PyObject {
        std::ptr::null_mut()
    }
    // SAFETY: the type is alive, and we are attached. The functions have the signatures of their
    // slots, and are valid for every object; no error is set at the end of an iteration.
    unsafe {
        let kind = kind.as_type_ptr();
        (*kind).tp_iternext = Some(end);
        if let Some(methods) = (*kind).tp_as_async.as_mut() {
            methods.am_await = Some(ffi::PyObject_SelfIter);
        }
        ffi::PyType_Modified(kind);
    }
}

/// Objects that are awaited.
pub(crate) trait Awaited: PyClass<Frozen = True> + Sync {
    /// Runs to the next suspension.
    fn run<'py>(slf: &Bound<'py, Self>) -> PyResult<Sent<'py>>;
}

/// Makes the interpreter call [`Awaited::run`] where it can take the result without a
/// `StopIteration`: its `await` in Python 3.11, and tasks.
pub(crate) fn set_send_slot<T: Awaited>(py: Python<'_>) {
    let class = py.get_type::<T>();
    // SAFETY: we are attached, the class is alive, and it has its own table. The slot fits the class.
    unsafe {
        if let Some(methods) = (*class.as_type_ptr()).tp_as_async.as_mut() {
            methods.am_send = Some(send_slot::<T>);
        }
    }
}

unsafe extern "C" fn send_slot<T: Awaited>(
    object: *mut ffi::PyObject,
    _value: *mut ffi::PyObject,
    result: *mut *mut ffi::PyObject,
) -> ffi::PySendResult {
    Python::attach(|py| {
        // SAFETY: the interpreter calls the slot with an object of the class, alive for the call.
        let object = unsafe { Bound::from_borrowed_ptr(py, object).cast_into_unchecked::<T>() };
        // Unwinding must not reach the interpreter.
        let sent = catch_unwind(AssertUnwindSafe(|| T::run(&object)));
        let sent = sent.unwrap_or_else(|_| Err(PanicException::new_err("an operation panicked")));
        let (value, kind) = match sent {
            Ok(Sent::Returned(value)) => (value.into_ptr(), ffi::PySendResult::PYGEN_RETURN),
            Ok(Sent::Yielded(value)) => (value.into_ptr(), ffi::PySendResult::PYGEN_NEXT),
            Err(error) => {
                error.restore(py);
                (std::ptr::null_mut(), ffi::PySendResult::PYGEN_ERROR)
            }
        };
        // SAFETY: the interpreter takes the reference from there.
        unsafe { *result = value };
        kind
    })
}

/// `generator.__anext__()`, as `async for` calls it.
pub(crate) fn anext<'py>(generator: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = generator.py();
    // SAFETY: the object is alive, its type with it, and a type keeps its table of methods.
    let methods = unsafe { (*ffi::Py_TYPE(generator.as_ptr())).tp_as_async.as_ref() };
    let Some(next) = methods.and_then(|methods| methods.am_anext) else {
        return generator.call_method0(pyo3::intern!(py, "__anext__"));
    };
    // SAFETY: the slot is for objects of this type, and we are attached; the result is a new
    // reference or null with an error set.
    unsafe { Bound::from_owned_ptr_or_err(py, next(generator.as_ptr())) }
}

/// A copy of the current context, for one handler.
pub(crate) fn copy_context(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    // SAFETY: we are attached; the result is a new reference or null with an error set.
    unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyContext_CopyCurrent()) }
}

/// Runs `body` in a context, so that no context variable leaks out of it.
pub(crate) fn in_context<T>(
    context: &Bound<'_, PyAny>,
    body: impl FnOnce() -> PyResult<T>,
) -> PyResult<T> {
    // SAFETY: an object of another type, or a context that is entered already, is an error.
    if unsafe { ffi::PyContext_Enter(context.as_ptr()) } != 0 {
        return Err(PyErr::fetch(context.py()));
    }
    let result = body();
    // SAFETY: as above; a context that `body` has entered was exited before.
    if unsafe { ffi::PyContext_Exit(context.as_ptr()) } != 0 {
        return result.and(Err(PyErr::fetch(context.py())));
    }
    result
}

/// Whether there is another reference to an object than this one.
pub(crate) fn is_shared<T>(object: &Bound<'_, T>) -> bool {
    // SAFETY: the object is alive, and we are attached.
    unsafe { ffi::Py_REFCNT(object.as_ptr()) > 1 }
}

/// A Python object that is used again and again, with bound methods of it: to make them takes longer
/// than what most handlers do.
#[derive(Debug)]
pub(crate) struct Reused<P, const N: usize> {
    object: Py<P>,
    methods: [Py<PyAny>; N],
}

impl<P: PyClass<Frozen = True> + Sync, const N: usize> Reused<P, N> {
    /// An object and its methods of these names.
    pub(crate) fn new(object: Bound<'_, P>, names: [&Bound<'_, PyString>; N]) -> PyResult<Self> {
        let mut methods = Vec::with_capacity(N);
        for name in names {
            let method = object.as_any().getattr(name)?;
            // SAFETY: the object is alive, and we are attached; the second call is made for
            // functions in C only.
            let is_bound = unsafe {
                ffi::PyCFunction_Check(method.as_ptr()) != 0
                    && ffi::PyCFunction_GetSelf(method.as_ptr()) == object.as_ptr()
            };
            if !is_bound {
                return Err(PyTypeError::new_err("not a method in C"));
            }
            methods.push(method.unbind());
        }
        let methods = methods.try_into();
        let methods = methods.map_err(|_| PyTypeError::new_err("a method is missing"))?;
        Ok(Self { object: object.unbind(), methods })
    }

    pub(crate) fn object<'py>(&self, py: Python<'py>) -> &Bound<'py, P> {
        self.object.bind(py)
    }

    /// The methods, in the order of their names.
    pub(crate) fn methods<'py>(&self, py: Python<'py>) -> [&Bound<'py, PyAny>; N] {
        self.methods.each_ref().map(|method| method.bind(py))
    }

    /// Replaces the value of the object, and returns the old one; `Err` if anything else has the
    /// object or one of its methods.
    pub(crate) fn replace(&mut self, py: Python<'_>, value: P) -> Result<P, P> {
        if !self.is_alone(py) {
            return Err(value);
        }
        let object = self.object.as_ptr();
        let offset = std::ptr::from_ref(self.object.get()).addr() - object.addr();
        // SAFETY: the value is at this offset. All references to the object are in `self`, which is
        // borrowed exclusively, and the lock of the interpreter is held: there is no other
        // reference to the value, and none is made meanwhile.
        unsafe { Ok(object.byte_add(offset).cast::<P>().replace(value)) }
    }

    /// Whether all references to the object are here, weak ones included.
    fn is_alone(&self, py: Python<'_>) -> bool {
        HAS_LOCK
            && is_held_by(self.object.bind(py).as_any(), 1 + N)
            && self.methods.iter().all(|method| is_held_by(method.bind(py), 1))
    }
}

/// Whether an object has so many references, and no weak ones.
fn is_held_by(object: &Bound<'_, PyAny>, count: usize) -> bool {
    let object = object.as_ptr();
    // SAFETY: the object is alive, and we are attached. A positive offset is that of the list of weak
    // references, in each object of the type.
    unsafe {
        let is_weakly_referenced = match (*ffi::Py_TYPE(object)).tp_weaklistoffset {
            0 => false,
            at @ 1.. => !object.byte_offset(at).cast::<*mut ffi::PyObject>().read().is_null(),
            ..0 => true,
        };
        !is_weakly_referenced && usize::try_from(ffi::Py_REFCNT(object)) == Ok(count)
    }
}

/// Whether this interpreter has a lock that all its threads share. Without one objects have more
/// fields in their heads, and their reference counts change at any time.
const HAS_LOCK: bool = size_of::<ffi::PyObject>() == 2 * size_of::<usize>();

/// Calls with positional arguments, followed by the keyword arguments of `names`.
pub(crate) fn vectorcall<'py>(
    function: &Bound<'py, PyAny>,
    arguments: &[&Bound<'py, PyAny>],
    names: Option<&Bound<'py, PyTuple>>,
) -> PyResult<Bound<'py, PyAny>> {
    let named = names.map_or(0, |names| names.len());
    if named > arguments.len() {
        return Err(PyTypeError::new_err("more names than arguments"));
    }
    if names.is_some_and(|names| names.iter().any(|name| !name.is_instance_of::<PyString>())) {
        return Err(PyTypeError::new_err("the name of an argument is no string"));
    }
    let names = names.map_or(std::ptr::null_mut(), |names| names.as_ptr());
    let mut pointers = [std::ptr::null_mut(); MAX_ARGUMENTS];
    if arguments.len() > MAX_ARGUMENTS {
        return Err(PyTypeError::new_err("too many parameters"));
    }
    for (pointer, argument) in pointers.iter_mut().zip(arguments) {
        *pointer = argument.as_ptr();
    }
    // SAFETY: all arguments are alive for the call; the last `named` of them are those of `names`,
    // which is null or a tuple of exactly so many strings.
    unsafe {
        let result = ffi::PyObject_Vectorcall(
            function.as_ptr(),
            pointers.as_ptr(),
            arguments.len() - named,
            names,
        );
        Bound::from_owned_ptr_or_err(function.py(), result)
    }
}

/// The values of a dictionary by these keys; `None` if it has another key, or an equal one that is
/// another object. Keys are only compared as objects, which runs no Python.
pub(crate) fn values_of<'py, const N: usize>(
    dict: &Bound<'py, PyDict>,
    keys: [&Bound<'py, PyString>; N],
) -> Option<[Option<Bound<'py, PyAny>>; N]> {
    let mut values = [const { None }; N];
    let is_known = with_critical_section(dict, || {
        let mut place = 0;
        let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: we are attached, and the dictionary is alive and does not change: nothing here runs
        // Python. The pointers are those of a key and its value, which it has references to.
        while unsafe { ffi::PyDict_Next(dict.as_ptr(), &mut place, &mut key, &mut value) } != 0 {
            let mut slots = keys.iter().zip(&mut values);
            let Some((_, slot)) = slots.find(|(known, _)| known.as_ptr() == key) else {
                return false;
            };
            // SAFETY: as above.
            *slot = Some(unsafe { Bound::from_borrowed_ptr(dict.py(), value) });
        }
        true
    });
    is_known.then_some(values)
}

/// The string of a text message. ASCII is copied, and not decoded.
pub(crate) fn text_of<'py>(py: Python<'py>, message: &Message) -> PyResult<Bound<'py, PyString>> {
    let bytes = &message.payload[..];
    if !message.is_ascii {
        return PyString::from_bytes(py, bytes);
    }
    debug_assert!(bytes.is_ascii());
    // A slice is not longer than `isize::MAX`.
    let length = bytes.len() as ffi::Py_ssize_t;
    // SAFETY: we are attached; the result is null with an error set, or a new string with room for so
    // many characters of one byte up to 127, to which nothing else has a reference. The engine has
    // looked at each byte of the message.
    unsafe {
        let string = ffi::PyUnicode_New(length, 127);
        let string = Bound::from_owned_ptr_or_err(py, string)?.cast_into_unchecked::<PyString>();
        let data = ffi::PyUnicode_DATA(string.as_ptr()).cast::<u8>();
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), data, bytes.len());
        Ok(string)
    }
}

/// Copies bytes into an array from an index on, as far as there is room.
pub(crate) fn fill(array: &Bound<'_, PyByteArray>, place: usize, bytes: &[u8]) {
    with_critical_section(array, || {
        let place = place.min(array.len());
        let count = bytes.len().min(array.len() - place);
        // SAFETY: `place + count` is within the array, and no other thread changes or moves it: we
        // are attached, in its critical section, and call no Python.
        unsafe { std::ptr::copy(bytes.as_ptr(), array.data().add(place), count) }
    });
}

/// A copy of a range of an array, cut at its end.
pub(crate) fn part<'py>(
    array: &Bound<'py, PyByteArray>,
    Range { start, end }: Range<usize>,
) -> Bound<'py, PyBytes> {
    with_critical_section(array, || {
        let end = end.min(array.len());
        let start = start.min(end);
        // SAFETY: as above; that the copy allocates runs no Python.
        let bytes = unsafe { std::slice::from_raw_parts(array.data().add(start), end - start) };
        PyBytes::new(array.py(), bytes)
    })
}

/// More parameters than any handler has.
const MAX_ARGUMENTS: usize = 64;
