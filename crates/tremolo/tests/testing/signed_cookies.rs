//! Cookies whose values are signed.

use tremolo::testing::{TestClient, block_on};
use tremolo::{Application, CookieKey, Error, HttpError, Request, Response, SetCookie, State};

const SECRET: [u8; 32] = [7; 32];

/// Also in the tests of the Python front.
const SIGNED: &str = "36c99b6a4f1d441cde0ec3ac5af53404e02edaf4be36713965505e090e5794d5.ada l;";

async fn login(State(key): State<CookieKey>, response: Response) -> Result<(), HttpError> {
    response.set_cookie(key.sign(SetCookie::new("user", "ada l;").http_only()))?;
    Ok(response.end("welcome").await?)
}

async fn whoami(State(key): State<CookieKey>, request: Request) -> Option<String> {
    let user = key.verified(request.cookies(), "user").unwrap_or("nobody");
    Some(user.to_owned())
}

fn client(key: CookieKey) -> TestClient {
    let application = Application::new().state(key);
    TestClient::new(application.route("/login", login).route("/whoami", whoami))
}

#[test]
fn a_signed_cookie_is_accepted_as_it_is_and_in_no_other_way() {
    block_on(async {
        let key = CookieKey::new(SECRET).expect("it is long enough");
        let signed = key.sign(("user", "ada l;")).value.into_owned();
        assert_eq!(signed, SIGNED);
        let ada = client(key.clone()).with_cookies();
        assert_eq!(ada.get("/whoami").send().await.text().await, "nobody");
        assert_eq!(ada.get("/login").send().await.text().await, "welcome");
        assert_eq!(ada.get("/whoami").send().await.text().await, "ada l;");

        let plain = client(key.clone());
        let signed = signed.replace(' ', "%20").replace(';', "%3B");
        let (signature, value) = signed.split_once('.').expect("there is a dot");
        let other = key.sign(("other", "ada")).value.into_owned();
        for (cookie, expected) in [
            (format!("user={signed}"), "ada l;"),
            (format!("user=eve; user={signed}"), "ada l;"),
            (format!("user={value}"), "nobody"),
            (format!("user={signature}.eve"), "nobody"),
            (format!("user={}.{value}", signature.to_uppercase()), "nobody"),
            (format!("user={}.{value}", &signature[1..]), "nobody"),
            (format!("user=é{}.{value}", &signature[2..]), "nobody"),
            (format!("user={other}"), "nobody"),
            ("user=.".to_owned(), "nobody"),
        ] {
            let response = plain.get("/whoami").header("Cookie", &cookie).send().await;
            assert_eq!(response.text().await, expected, "{cookie}");
        }
    });
}

#[test]
fn an_earlier_secret_verifies_and_signs_no_more() {
    block_on(async {
        let earlier = CookieKey::new(SECRET).expect("it is long enough");
        let later = CookieKey::new([8; 32]).expect("it is long enough");
        let both = later.clone().with_earlier(SECRET).expect("it is long enough");
        assert_eq!(both.sign(("user", "ada")), later.sign(("user", "ada")));
        for (signer, verifier, expected) in
            [(&earlier, &both, "ada"), (&later, &both, "ada"), (&earlier, &later, "nobody")]
        {
            let cookie = format!("user={}", signer.sign(("user", "ada")).value);
            let response = client(verifier.clone()).get("/whoami").header("Cookie", &cookie);
            assert_eq!(response.send().await.text().await, expected);
        }
        assert!(matches!(CookieKey::new([7; 31]), Err(Error::Setup(_))));
        assert!(!format!("{both:?}").contains('7'));
    });
}
