//! The identifiers of requests in the access log. Its lines are tested for both fronts in
//! `behaviour/access_log`.

use serde_json::Value;

use super::{launch, log_of, send};

#[test]
fn the_identifier_of_a_request_is_logged() {
    let sent = "Host: a\r\nX-Request-Id: a-1\r\nConnection: close\r\n";
    for access in ["text", "json"] {
        let program = launch(["info", "text", access, "ids"]);
        send(&program, format!("GET /whole HTTP/1.1\r\n{sent}\r\n"));
        send(&program, format!("GET /cut HTTP/1.1\r\n{sent}\r\n"));
        let mut client = program.connect();
        let made = client.ask("/missing").field("X-Request-Id").unwrap().to_owned();
        drop(client);
        send(&program, "bad\r\n\r\n");
        let log = log_of(program);
        let lines: Vec<_> = log.lines().filter(|line| !line.contains(" ERROR ")).collect();
        let [whole, cut, missing, bad] = lines[..] else { panic!("{log}") };
        if access == "text" {
            assert!(whole.ends_with("ms id=a-1") && cut.ends_with("ms id=a-1 cut"), "{log}");
            assert!(missing.ends_with(&format!("ms id={made}")), "{log}");
            assert!(bad.contains("ms id="), "{log}");
        } else {
            let id = |line: &str| {
                serde_json::from_str::<Value>(line).expect(line)["request_id"]
                    .as_str()
                    .map(str::to_owned)
            };
            assert_eq!([id(whole), id(cut)], [Some("a-1".into()), Some("a-1".into())]);
            assert!(id(missing) == Some(made) && id(bad).is_some_and(|id| id.len() == 32), "{log}");
        }
    }
}
