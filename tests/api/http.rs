//! HTTP: the GraphQL-over-HTTP specification, and JSON on every path that fails.

use reqwest::{Method, StatusCode, header::ACCEPT};
use serde_json::{Value, json};

use crate::support::{Answer, App};

const MODERN: &str = "application/graphql-response+json";

#[tokio::test]
async fn the_media_type_decides_the_status() {
    let app = App::start().await;
    let client = app.anonymous();
    let post = |accept: &str, query: &str| {
        let request = client.request(Method::POST, "/graphql").header(ACCEPT, accept);
        Answer::of(request.json(&json!({ "query": query })))
    };
    let good = "{ server { version } }";
    for (accept, query, status, media_type) in [
        (MODERN, good, 200, MODERN),
        ("application/json", good, 200, "application/json"),
        ("*/*", good, 200, "application/json"),
        ("application/json;q=0.5, application/graphql-response+json", good, 200, MODERN),
        (MODERN, "{ nothing }", 400, MODERN),
        (MODERN, "{", 400, MODERN),
        ("application/json", "{ nothing }", 200, "application/json"),
        ("application/json", "{", 200, "application/json"),
    ] {
        let answer = post(accept, query).await;
        assert_eq!((answer.status.as_u16(), answer.media_type()), (status, media_type), "{accept} {query}");
    }
    let partly = post(MODERN, "{ server { version } conversation(id: \"cnv_\") { id } }").await;
    assert_eq!(partly.status, StatusCode::OK, "an error of one field is no error of the request");
    let none = post("text/html", good).await;
    assert!([200, 406].contains(&none.status.as_u16()));
}

#[tokio::test]
async fn get_reads_and_never_writes() {
    let app = App::start().await;
    let (alice, client) = (app.person("alice").await, app.anonymous());
    let get = |query: &[(&str, &str)]| {
        let pairs: Vec<_> =
            query.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
        let url = format!("/graphql?{}", pairs.join("&"));
        Answer::of(alice.request(Method::GET, &url))
    };
    assert_eq!(get(&[("query", "{ viewer { email } }")]).await["viewer"]["email"], json!(alice.email));
    let two = "query A { server { now } } query B($id: ID!) { user(by: { id: $id }) { username } }";
    let variables = json!({ "id": alice.id }).to_string();
    let named = get(&[("query", two), ("operationName", "B"), ("variables", &variables)]).await;
    assert_eq!(named["user"]["username"], "alice");

    let mutation = get(&[("query", "mutation { logout(input: {}) { message } }")]).await;
    assert_eq!((mutation.status, mutation.code()), (StatusCode::METHOD_NOT_ALLOWED, "INVALID_REQUEST"));
    assert!(alice.is_logged_in().await);
    assert_eq!(get(&[]).await.status, StatusCode::BAD_REQUEST, "no query");
    assert_eq!(
        get(&[("query", "{ server { now } }"), ("variables", "{")]).await.status,
        StatusCode::BAD_REQUEST
    );
    let in_url = Answer::of(client.request(
        Method::GET,
        &format!("/graphql?query=%7Bviewer%7Bemail%7D%7D&access_token={}", alice.token.as_ref().unwrap()),
    ));
    assert_eq!(in_url.await.code(), "UNAUTHENTICATED", "never a token in a URL");
}

#[tokio::test]
async fn every_refusal_is_json_with_a_code() {
    let app = App::start().await;
    let client = app.anonymous();
    for (method, path, status) in [
        (Method::GET, "/nowhere", 404),
        (Method::POST, "/graphql/nowhere", 404),
        (Method::PUT, "/graphql", 405),
        (Method::DELETE, "/graphql", 405),
        (Method::PATCH, "/graphql", 405),
        (Method::POST, "/health/live", 405),
    ] {
        let answer = Answer::of(client.request(method.clone(), path)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.media_type()),
            (status, "application/json"),
            "{method} {path}"
        );
        assert!(!answer.code().is_empty());
        if status == 405 {
            assert!(answer.headers.contains_key("allow"), "{method} {path} says what is allowed");
        }
    }
}

#[tokio::test]
async fn the_front_door_says_where_everything_is() {
    let app = App::start().await;
    let client = app.anonymous();
    let card = Answer::of(client.request(Method::GET, "/")).await;
    assert!(card.body.to_string().contains("/graphql"), "{}", card.body);
    for path in ["/health/live", "/health/ready"] {
        let answer = Answer::of(client.request(Method::GET, path)).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    let page = client.request(Method::GET, "/playground").send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let html = page.text().await.unwrap();
    assert!(!html.contains("src=\"http") && !html.contains("href=\"http"), "nothing from elsewhere");
}

#[tokio::test]
async fn an_answer_names_its_request() {
    let app = App::start().await;
    let answer = app.anonymous().ask("{ viewer { email } }").await;
    let other = app.anonymous().ask("{ viewer { email } }").await;
    assert_ne!(answer.error().request_id, other.error().request_id);
    let header = answer.headers.get("x-request-id").and_then(|value| value.to_str().ok());
    assert_eq!(header, Some(answer.error().request_id));
    let now = app.anonymous().ask("{ server { now version } }").await;
    assert_ne!(now["server"]["version"], Value::Null);
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| encoded + &format!("%{byte:02X}"))
}
