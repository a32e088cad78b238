//! The routes of an application as values.

use tremolo::methods::{get, on};
use tremolo::{Application, Group, StaticFiles};

async fn page() -> &'static str {
    "page"
}

#[test]
fn routes_are_listed_with_methods_prefix_and_place() {
    let inner = Application::new().route("/deep", page).mount("/files", StaticFiles::new("src"));
    let users = Application::new().route(r"^/(\d+)$", get(page).post(page)).mount("/in/", inner);
    let line = line!() + 2;
    let application = Application::new()
        .route("/", page)
        .group(Group::new().route("dav", on("PROPFIND", page)))
        .route("/all", get(page).any(page))
        .mount("/users", users)
        .mount("/", Application::new().route("/last", page));
    let listed: Vec<_> = application
        .routes()
        .iter()
        .map(|route| {
            let methods = route.methods().map(|methods| methods.iter().map(|one| one.as_str()));
            let methods =
                methods.map_or_else(|| "*".to_owned(), |all| all.collect::<Vec<_>>().join(" "));
            (methods, route.prefix(), route.path())
        })
        .collect();
    let expected = [
        ("*", "", Some("/")),
        ("PROPFIND", "", Some("dav")),
        ("*", "", Some("/all")),
        ("GET POST", "/users", Some(r"^/(\d+)$")),
        ("*", "/users/in", Some("/deep")),
        ("*", "/users/in/files", None),
        ("*", "", Some("/last")),
    ];
    let expected = expected.map(|(methods, prefix, path)| (methods.to_owned(), prefix, path));
    assert_eq!(listed, expected);
    let [first, ..] = application.routes() else { panic!("there are routes") };
    assert!(first.location().file().ends_with("routes.rs"));
    assert_eq!(first.location().line(), line);
    let texts: Vec<_> = application.routes().iter().map(ToString::to_string).collect();
    for (text, start) in texts.iter().zip([
        "* / (",
        "PROPFIND dav (",
        "* /all (",
        r"GET, POST /users ^/(\d+)$ (",
        "* /users/in/deep (",
        "* /users/in/files/… (",
        "* /last (",
    ]) {
        assert!(text.starts_with(start), "{text}");
    }
}
