//! The methods of one route (RFC 9110 section 9): which target serves a method, and the value of
//! `Allow` if none does (sections 10.2.1 and 15.5.6).

use http::Method;

use super::RouteError;

/// Targets by method.
///
/// `HEAD` is served by the target of `GET` unless it has its own (RFC 9110 section 9.3.2);
/// `OPTIONS` has no default target. `TRACE` needs its own target, because its response repeats
/// credentials (section 9.3.8), and `CONNECT` cannot have one (section 9.3.6).
///
/// ```
/// use http::Method;
/// use tremolo_core::routing::MethodTable;
///
/// let table = MethodTable::new().post("create").get("show");
/// assert_eq!(table.choose(&Method::HEAD), Ok(&"show"));
/// assert_eq!(table.choose(&Method::PUT).unwrap_err().allow, "GET, HEAD, POST");
/// ```
#[derive(Clone, Debug)]
pub struct MethodTable<T> {
    targets: Vec<(Method, T)>,
    any: Option<T>,
    allow: String,
    repeated: Option<Method>,
}

/// No target serves the method: 405.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAllowed<'t> {
    /// The value of `Allow`: common methods in a fixed order, then the others as registered.
    pub allow: &'t str,
}

impl<T> Default for MethodTable<T> {
    fn default() -> Self {
        Self { targets: Vec::new(), any: None, allow: String::new(), repeated: None }
    }
}

impl<T> MethodTable<T> {
    /// A table without targets: every method is refused.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves a method, any token. Of two targets the later one wins, and [`check`](Self::check)
    /// reports them.
    #[must_use]
    pub fn on(mut self, method: Method, target: T) -> Self {
        if self.insert(method.clone(), target) {
            self.repeated.get_or_insert(method);
        }
        self
    }

    /// Serves every method that has no target of its own, including `HEAD` and `OPTIONS`, but not
    /// `TRACE`.
    #[must_use]
    pub fn any(mut self, target: T) -> Self {
        self.any = Some(target);
        self.allow = self.allowed();
        self
    }

    /// Serves `GET`, and `HEAD` unless it has its own target.
    #[must_use]
    pub fn get(self, target: T) -> Self {
        self.on(Method::GET, target)
    }

    /// Serves `HEAD` apart from `GET`.
    #[must_use]
    pub fn head(self, target: T) -> Self {
        self.on(Method::HEAD, target)
    }

    /// Serves `POST`.
    #[must_use]
    pub fn post(self, target: T) -> Self {
        self.on(Method::POST, target)
    }

    /// Serves `PUT`.
    #[must_use]
    pub fn put(self, target: T) -> Self {
        self.on(Method::PUT, target)
    }

    /// Serves `PATCH`.
    #[must_use]
    pub fn patch(self, target: T) -> Self {
        self.on(Method::PATCH, target)
    }

    /// Serves `DELETE`.
    #[must_use]
    pub fn delete(self, target: T) -> Self {
        self.on(Method::DELETE, target)
    }

    /// Serves `OPTIONS`.
    #[must_use]
    pub fn options(self, target: T) -> Self {
        self.on(Method::OPTIONS, target)
    }

    /// Serves `TRACE`.
    #[must_use]
    pub fn trace(self, target: T) -> Self {
        self.on(Method::TRACE, target)
    }

    /// Adds the targets of a later registration of the same route; if both have a target for a
    /// method, the later one wins. A later target for every method replaces all earlier ones.
    ///
    /// ```
    /// use http::Method;
    /// use tremolo_core::routing::MethodTable;
    ///
    /// let mut table = MethodTable::new().get("list").put("replace");
    /// table.merge(MethodTable::new().post("create").get("show"));
    /// assert_eq!(table.choose(&Method::GET), Ok(&"show"));
    /// assert_eq!(table.choose(&Method::DELETE).unwrap_err().allow, "GET, HEAD, POST, PUT");
    /// ```
    pub fn merge(&mut self, later: Self) {
        if later.any.is_some() {
            *self = later;
            return;
        }
        for (method, target) in later.targets {
            self.insert(method, target);
        }
        self.repeated = later.repeated.or_else(|| self.repeated.take());
    }

    /// The same methods, with converted targets.
    #[must_use]
    pub fn map<U>(&self, new: impl Fn(&T) -> U) -> MethodTable<U> {
        let targets = self.targets.iter().map(|(method, target)| (method.clone(), new(target)));
        MethodTable {
            targets: targets.collect(),
            any: self.any.as_ref().map(&new),
            allow: self.allow.clone(),
            repeated: self.repeated.clone(),
        }
    }

    /// The methods that have a target, in the order in which they were given; `None` if every
    /// method is served.
    ///
    /// ```
    /// use http::Method;
    /// use tremolo_core::routing::MethodTable;
    ///
    /// let table = MethodTable::new().post("create").get("show");
    /// assert!(table.methods().is_some_and(|all| all.eq(&[Method::POST, Method::GET])));
    /// assert!(table.any("rest").methods().is_none());
    /// ```
    #[must_use]
    pub fn methods(&self) -> Option<impl Iterator<Item = &Method>> {
        self.any.is_none().then(|| self.targets.iter().map(|(method, _)| method))
    }

    /// The target that serves a method.
    ///
    /// # Errors
    ///
    /// If no target serves it; the error has the value of `Allow`.
    pub fn choose(&self, method: &Method) -> Result<&T, NotAllowed<'_>> {
        self.target(method)
            .or_else(|| self.target(&Method::GET).filter(|_| *method == Method::HEAD))
            .or_else(|| self.any.as_ref().filter(|_| *method != Method::TRACE))
            .ok_or(NotAllowed { allow: &self.allow })
    }

    /// Checks that each method has one target at most, and may have one.
    ///
    /// # Errors
    ///
    /// [`RouteError::RepeatedMethod`] names the first method that was given twice,
    /// [`RouteError::ConnectMethod`] means a target for `CONNECT`.
    pub fn check(&self) -> Result<(), RouteError> {
        if self.target(&Method::CONNECT).is_some() {
            return Err(RouteError::ConnectMethod);
        }
        match &self.repeated {
            Some(method) => Err(RouteError::RepeatedMethod { method: method.clone() }),
            None => Ok(()),
        }
    }

    /// Whether there is a target for every method.
    #[must_use]
    pub fn serves_all(&self) -> bool {
        self.any.is_some()
    }

    /// The first method for which both tables have a target.
    #[must_use]
    pub fn first_common<U>(&self, other: &MethodTable<U>) -> Option<&Method> {
        let mut methods = self.targets.iter().map(|(method, _)| method);
        methods.find(|method| other.target(method).is_some())
    }

    fn target(&self, method: &Method) -> Option<&T> {
        self.targets.iter().find(|(known, _)| known == method).map(|(_, target)| target)
    }

    /// Returns whether there was a target already.
    fn insert(&mut self, method: Method, target: T) -> bool {
        if let Some((_, old)) = self.targets.iter_mut().find(|(known, _)| *known == method) {
            *old = target;
            return true;
        }
        self.targets.push((method, target));
        self.allow = self.allowed();
        false
    }

    fn allowed(&self) -> String {
        let common = COMMON.iter().filter(|method| self.choose(method).is_ok());
        let others = self.targets.iter().map(|(method, _)| method);
        let others = others.filter(|method| !COMMON.contains(method));
        common.chain(others).map(Method::as_str).collect::<Vec<_>>().join(", ")
    }
}

/// The order of methods in `Allow`.
const COMMON: [Method; 8] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
    Method::TRACE,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn method(name: &str) -> Method {
        name.parse().unwrap()
    }

    #[test]
    fn head_is_served_by_get_and_options_by_nothing() {
        let table = MethodTable::new().get(1).delete(2);
        let refused = NotAllowed { allow: "GET, HEAD, DELETE" };
        assert_eq!(table.choose(&Method::GET), Ok(&1));
        assert_eq!(table.choose(&Method::HEAD), Ok(&1));
        assert_eq!(table.choose(&Method::DELETE), Ok(&2));
        for name in ["OPTIONS", "POST", "get", "BREW"] {
            assert_eq!(table.choose(&method(name)), Err(refused), "{name}");
        }
        assert_eq!(MethodTable::<()>::new().choose(&Method::GET), Err(NotAllowed { allow: "" }));
    }

    #[test]
    fn a_target_for_the_method_takes_precedence() {
        let table = MethodTable::new().any(0).get(1).head(2).options(3);
        assert_eq!(table.choose(&Method::HEAD), Ok(&2));
        assert_eq!(table.choose(&Method::OPTIONS), Ok(&3));
        assert_eq!(table.choose(&method("BREW")), Ok(&0));
        assert_eq!(MethodTable::new().any(0).get(1).choose(&Method::HEAD), Ok(&1));
    }

    /// RFC 9110 sections 9.3.6 and 9.3.8.
    #[test]
    fn trace_needs_its_own_target_and_connect_cannot_have_one() {
        let allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
        assert_eq!(MethodTable::new().any(0).choose(&Method::TRACE), Err(NotAllowed { allow }));
        assert_eq!(MethodTable::new().any(0).trace(1).choose(&Method::TRACE), Ok(&1));
        let connect = MethodTable::new().get(0).on(Method::CONNECT, 1);
        assert_eq!(connect.check(), Err(RouteError::ConnectMethod));
        assert!(RouteError::ConnectMethod.to_string().contains("501"));
    }

    #[test]
    fn allow_has_a_fixed_order() {
        let allow = |table: &MethodTable<u8>| match table.choose(&method("NONE")) {
            Ok(_) => unreachable!("nothing serves NONE"),
            Err(refused) => refused.allow.to_owned(),
        };
        let all = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE, BREW, WHEN";
        let table = MethodTable::new().on(method("BREW"), 0).trace(2).options(3);
        let table = table.delete(4).patch(5).put(6).post(7).get(8).on(method("WHEN"), 9);
        assert_eq!(allow(&table), all);
        assert_eq!(allow(&table.head(1)), all);
        assert_eq!(allow(&MethodTable::new().head(1).post(1)), "HEAD, POST");
    }

    #[test]
    fn a_method_given_twice_is_an_error_but_a_merge_is_not() {
        let repeated = MethodTable::new().get(1).post(2).get(3);
        let error = RouteError::RepeatedMethod { method: Method::GET };
        assert_eq!(repeated.check(), Err(error.clone()));
        assert_eq!(error.to_string(), "GET is given twice for the same route");

        let mut table = MethodTable::new().get(1).any(4);
        table.merge(MethodTable::new().get(5).post(6));
        assert_eq!(table.check(), Ok(()));
        assert_eq!(table.choose(&Method::GET), Ok(&5));
        assert_eq!(table.choose(&Method::POST), Ok(&6));
        assert_eq!(table.choose(&Method::PUT), Ok(&4));
        table.merge(repeated);
        assert_eq!(table.check(), Err(error));

        table.merge(MethodTable::new().post(7).any(8));
        assert_eq!(table.check(), Ok(()));
        assert_eq!(table.choose(&Method::GET), Ok(&8));
        assert_eq!(table.choose(&Method::POST), Ok(&7));
    }
}
