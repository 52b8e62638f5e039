//! Drives the router without a socket.
//!
//! The documents used here mean the same to every schema: `{ __typename }` and no more.

use axum::http::{HeaderMap, HeaderName};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::*;

const GRAPHQL: &str = "application/graphql-response+json; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

/// The one place that knows how the API under test is made; the tests of the server use it too.
pub(crate) async fn api() -> Api {
    crate::graphql::tests::api().await
}

async fn site(change: impl FnOnce(&mut config::Config)) -> Router {
    let mut config = config::Config::read(|_| None).unwrap();
    config.limits.request_bytes_max = 1_000;
    config.http.body_time = Duration::from_millis(50);
    change(&mut config);
    router(Site {
        api: api().await,
        config: config.http,
        request_bytes_max: config.limits.request_bytes_max,
        schema: "type Query".to_owned(),
    })
}

/// An answer as a client sees it.
#[derive(Debug)]
struct Seen {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Seen {
    fn header(&self, name: impl Into<HeaderName>) -> &str {
        self.headers.get(name.into()).map_or("", |value| value.to_str().unwrap())
    }

    /// The status and the form.
    fn kind(&self) -> (u16, &str) {
        (self.status, self.header(header::CONTENT_TYPE))
    }

    /// The code of the only error; checks the form of errors on the way.
    fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"));
        assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["errors"], "{self:?}");
        assert_eq!(body["errors"].as_array().unwrap().len(), 1, "{self:?}");
        let error = &body["errors"][0];
        assert!(!error["message"].as_str().unwrap().is_empty());
        assert_eq!(error["extensions"]["requestId"], self.header(trace::HEADER), "{self:?}");
        error["extensions"]["code"].as_str().unwrap().to_owned()
    }
}

async fn see(router: Router, request: Request) -> Seen {
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Seen {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8(body.into()).unwrap(),
    }
}

fn request(method: &str, uri: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

async fn send(method: &str, uri: &str, headers: &[(&str, &str)]) -> Seen {
    see(site(|_| ()).await, request(method, uri, headers, "")).await
}

/// A POST of `body` to the endpoint, with an `Accept`.
async fn post(accept: &str, body: impl Into<Body>) -> Seen {
    let headers = [("content-type", "application/json"), ("accept", accept)];
    see(site(|_| ()).await, request("POST", "/graphql", &headers, body)).await
}

fn document(query: &str) -> String {
    json!({ "query": query }).to_string()
}

#[tokio::test]
async fn an_operation_is_answered_in_the_form_the_client_accepts() {
    for (accept, form) in
        [("*/*", JSON), ("application/json", JSON), ("application/graphql-response+json", GRAPHQL)]
    {
        let seen = post(accept, document("{ __typename }")).await;
        assert_eq!(seen.kind(), (200, form));
        assert_eq!(seen.body, r#"{"data":{"__typename":"Query"}}"#);
        assert_eq!(seen.header(header::CACHE_CONTROL), "no-store");
    }
}

#[tokio::test]
async fn an_answer_keeps_the_order_of_the_selection() {
    let seen = post("*/*", document("{ z: __typename a: __typename m: __typename }")).await;
    assert_eq!(seen.body, r#"{"data":{"z":"Query","a":"Query","m":"Query"}}"#);
}

#[tokio::test]
async fn a_document_that_cannot_be_executed_is_400_where_statuses_count() {
    for query in ["{", "", "{ nonsense }"] {
        let seen = post("application/graphql-response+json", document(query)).await;
        assert_eq!((seen.kind(), seen.code().as_str()), ((400, GRAPHQL), "INVALID_REQUEST"), "{query}");
        let seen = post("application/json", document(query)).await;
        assert_eq!((seen.kind(), seen.code().as_str()), ((200, JSON), "INVALID_REQUEST"), "{query}");
    }
}

#[tokio::test]
async fn a_request_that_is_not_well_formed_is_400_in_either_form() {
    let bodies: [&[u8]; 8] = [
        b"",
        b"NONSENSE",
        b"{\"query\":",
        b"{}",
        b"{\"query\":7}",
        b"{\"query\":\"{ __typename }\",\"variables\":[7]}",
        b"[{\"query\":\"{ __typename }\"}]",
        b"{\"query\":\"\\ud800\xff\"}",
    ];
    for body in bodies {
        for (accept, form) in [("application/json", JSON), ("application/graphql-response+json", GRAPHQL)] {
            let seen = post(accept, body).await;
            assert_eq!((seen.kind(), seen.code().as_str()), ((400, form), "INVALID_REQUEST"), "{seen:?}");
        }
    }
}

#[tokio::test]
async fn a_body_of_another_form_is_415() {
    let body = document("{ __typename }");
    for headers in [
        &[][..],
        &[("content-type", "text/plain")],
        &[("content-type", "application/x-www-form-urlencoded")],
        &[("content-type", "application/json; charset=latin1")],
        &[("content-type", "application/json"), ("content-encoding", "gzip")],
    ] {
        let seen = see(site(|_| ()).await, request("POST", "/graphql", headers, body.clone())).await;
        assert_eq!((seen.status, seen.code().as_str()), (415, "INVALID_REQUEST"), "{headers:?}");
    }
}

#[tokio::test]
async fn a_client_that_accepts_no_json_is_told_406_in_json() {
    let seen = post("text/html", document("{ __typename }")).await;
    assert_eq!((seen.kind(), seen.code().as_str()), ((406, JSON), "INVALID_REQUEST"));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_413() {
    let seen = post("*/*", document(&" ".repeat(1_000))).await;
    assert_eq!((seen.status, seen.code().as_str()), (413, "INVALID_REQUEST"));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408() {
    let never = Body::from_stream(futures_util::stream::pending::<Result<&str, std::convert::Infallible>>());
    let seen = post("*/*", never).await;
    assert_eq!((seen.status, seen.code().as_str()), (408, "TIMEOUT"));
}

#[tokio::test]
async fn a_query_comes_by_get() {
    let seen = send("GET", "/graphql?query=%7B+a:+__typename+b:+__typename+%7D", &[]).await;
    assert_eq!((seen.status, seen.body.as_str()), (200, r#"{"data":{"a":"Query","b":"Query"}}"#));
    for query in ["", "?query={__typename}&query={__typename}", "?query={__typename}&variables=1", "?query=%"]
    {
        let seen = send("GET", &format!("/graphql{query}"), &[]).await;
        assert_eq!((seen.status, seen.code().as_str()), (400, "INVALID_REQUEST"), "{query}");
    }
}

#[tokio::test]
async fn get_changes_nothing() {
    for accept in ["application/json", "application/graphql-response+json"] {
        let seen = send("GET", "/graphql?query=mutation+%7B+__typename+%7D", &[("accept", accept)]).await;
        assert_eq!((seen.status, seen.code().as_str()), (405, "INVALID_REQUEST"));
        assert_eq!(seen.header(header::ALLOW), "POST");
    }
    assert_eq!(post("*/*", document("mutation { __typename }")).await.status, 200);
}

#[tokio::test]
async fn a_head_is_a_get_without_the_body() {
    let seen = send("HEAD", "/graphql?query=%7B+__typename+%7D", &[]).await;
    assert_eq!((seen.kind(), seen.body.as_str()), ((200, JSON), ""));
}

#[tokio::test]
async fn subscriptions_are_refused_for_now() {
    let seen = post("application/graphql-response+json", document("subscription { __typename }")).await;
    assert_eq!((seen.status, seen.code().as_str()), (400, "INVALID_REQUEST"));
}

#[tokio::test]
async fn other_methods_are_405_and_hear_which_are_allowed() {
    for method in ["PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
        let seen = send(method, "/graphql", &[]).await;
        assert_eq!((seen.kind(), seen.code().as_str()), ((405, JSON), "INVALID_REQUEST"), "{method}");
        assert_eq!(seen.header(header::ALLOW), "GET, HEAD, POST, OPTIONS");
    }
    let seen = send("POST", "/health/live", &[]).await;
    assert_eq!((seen.status, seen.header(header::ALLOW)), (405, "GET, HEAD, OPTIONS"));
}

#[tokio::test]
async fn options_tells_the_methods() {
    let seen = send("OPTIONS", "/graphql", &[]).await;
    assert_eq!((seen.status, seen.body.as_str()), (204, ""));
    assert_eq!(seen.header(header::ALLOW), "GET, HEAD, POST, OPTIONS");
}

#[tokio::test]
async fn an_unknown_address_is_404_in_json() {
    for method in ["GET", "POST", "OPTIONS"] {
        let seen = send(method, "/nothing", &[]).await;
        assert_eq!((seen.kind(), seen.code().as_str()), ((404, JSON), "NOT_FOUND"));
    }
}

#[tokio::test]
async fn a_request_keeps_its_name() {
    let seen = send("GET", "/nothing", &[("x-request-id", "mine-1")]).await;
    assert_eq!((seen.header(trace::HEADER), seen.code().as_str()), ("mine-1", "NOT_FOUND"));
    let seen = send("GET", "/nothing", &[("x-request-id", "not mine")]).await;
    assert_eq!((seen.header(trace::HEADER).len(), seen.code().as_str()), (24, "NOT_FOUND"));
}

#[tokio::test]
async fn every_answer_has_the_safe_headers() {
    for path in ["/", "/nothing", "/graphql", "/playground", "/schema.graphql"] {
        let seen = send("GET", path, &[]).await;
        assert_eq!(seen.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        assert_eq!(seen.header(header::REFERRER_POLICY), "no-referrer", "{path}");
        assert_eq!(seen.header(header::CACHE_CONTROL), "no-store", "{path}");
        assert!(seen.header(header::CONTENT_SECURITY_POLICY).starts_with("default-src 'none'"), "{path}");
    }
}

#[tokio::test]
async fn pages_of_listed_origins_may_call() {
    let listed = |config: &mut config::Config| {
        config.http.cors_origins = config::Origins::Listed(vec!["https://a.example".to_owned()]);
    };
    let preflight = |origin| {
        let headers = [("origin", origin), ("access-control-request-method", "POST")];
        request("OPTIONS", "/graphql", &headers, "")
    };
    let seen = see(site(listed).await, preflight("https://a.example")).await;
    assert_eq!((seen.status, seen.header(header::ACCESS_CONTROL_ALLOW_ORIGIN)), (204, "https://a.example"));
    assert!(seen.header(header::ACCESS_CONTROL_ALLOW_HEADERS).contains("authorization"));
    assert_eq!(seen.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), "");
    let seen = see(site(listed).await, preflight("https://b.example")).await;
    assert_eq!(seen.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "");
    let seen = see(site(|_| ()).await, preflight("https://b.example")).await;
    assert_eq!(seen.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "*");
    let refused = request("POST", "/graphql", &[("origin", "https://a.example")], "");
    let seen = see(site(listed).await, refused).await;
    assert_eq!((seen.status, seen.header(header::ACCESS_CONTROL_ALLOW_ORIGIN)), (415, "https://a.example"));
}

#[tokio::test]
async fn a_panic_is_an_answer_too() {
    async fn broken() -> &'static str {
        panic!("what a client must not see")
    }
    let router = Router::new().route("/", get(broken)).layer(middleware::from_fn(trace::follow));
    let seen = see(router, request("GET", "/", &[], "")).await;
    assert_eq!((seen.kind(), seen.code().as_str()), ((500, JSON), "INTERNAL"));
    assert!(!seen.body.contains("must not see"), "{}", seen.body);
}

#[tokio::test]
async fn the_card_tells_what_is_here() {
    let seen = send("GET", "/", &[]).await;
    let card: Value = serde_json::from_str(&seen.body).unwrap();
    assert_eq!(card["name"], "loquat");
    for path in card["links"].as_object().unwrap().values() {
        assert_ne!(send("GET", path.as_str().unwrap(), &[]).await.status, 404, "{path}");
    }
    let bare = see(site(|config| config.http.playground = false).await, request("GET", "/", &[], "")).await;
    assert!(!bare.body.contains("playground"));
}

#[tokio::test]
async fn the_playground_is_there_when_it_is_switched_on() {
    for (path, form) in [
        ("/playground", "text/html; charset=utf-8"),
        ("/playground/app.js", "text/javascript; charset=utf-8"),
        ("/playground/style.css", "text/css; charset=utf-8"),
    ] {
        assert_eq!(send("GET", path, &[]).await.kind(), (200, form));
        let off =
            see(site(|config| config.http.playground = false).await, request("GET", path, &[], "")).await;
        assert_eq!((off.status, off.code().as_str()), (404, "NOT_FOUND"));
    }
}

#[tokio::test]
async fn health_and_schema_are_served() {
    assert_eq!(send("GET", "/health/live", &[]).await.body, r#"{"status":"ok"}"#);
    assert_eq!(send("GET", "/health/ready", &[]).await.kind(), (200, JSON));
    assert_eq!(send("GET", "/schema.graphql", &[]).await.body, "type Query");
}
