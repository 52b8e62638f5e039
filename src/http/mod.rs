//! The web server's inside: which path leads where, and what every answer has in common.
//!
//! All of it speaks JSON, errors included, and differs from the GraphQL behind it in framing only. It knows tokens
//! and requests; it knows no conversation.

mod answer;
mod body;
mod graphql;
mod health;
mod media;
mod playground;
mod request;
#[cfg(test)]
pub(crate) mod tests;
mod trace;

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, Response, StatusCode, header},
    middleware::{self, Next},
    routing::{MethodRouter, get},
};
use serde_json::{Map, Value, json};
use tower_http::cors::{AllowOrigin, CorsLayer};

pub(crate) use health::READY_PATH;
pub(crate) use playground::PATH as PLAYGROUND_PATH;

use crate::{config, error::Code, graphql::Api};
use trace::RequestId;

const SCHEMA_PATH: &str = "/schema.graphql";
/// How long a browser may remember what another origin may do here.
const CORS_MAX_AGE: Duration = Duration::from_hours(24);

/// What the routes need.
pub struct Site {
    /// What executes operations.
    pub api: Api,
    /// The settings of the web server.
    pub config: config::Http,
    /// Bytes in the body of a request at most.
    pub request_bytes_max: usize,
    /// The schema, in its own language.
    pub schema: String,
}

/// Where a request comes from: an extension of every request that came over a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// All routes, with everything around them.
pub fn router(site: Site) -> Router {
    let cors = cors(&site.config.cors_origins);
    let readable = |methods| resource("GET, HEAD, OPTIONS", methods, &cors);
    let endpoint = resource("GET, HEAD, POST, OPTIONS", get(graphql::handle).post(graphql::handle), &cors);
    let mut router = Router::new()
        .route(graphql::PATH, endpoint)
        .route("/", readable(get(card)))
        .route(SCHEMA_PATH, readable(get(schema)))
        .route(health::LIVE_PATH, readable(get(health::live)))
        .route(health::READY_PATH, readable(get(health::ready)));
    if site.config.playground {
        router = router.merge(playground::routes(readable));
    }
    router.fallback(not_found).layer(middleware::from_fn(trace::follow)).with_state(Arc::new(site))
}

/// Completes a route: other methods are refused, and OPTIONS and those refused are told which are `allowed`.
fn resource(
    allowed: &'static str,
    methods: MethodRouter<Arc<Site>>,
    cors: &CorsLayer,
) -> MethodRouter<Arc<Site>> {
    let tell = move |request: Request, next: Next| async move {
        let asked = request.method() == Method::OPTIONS;
        let mut answer = next.run(request).await;
        if asked {
            *answer.status_mut() = StatusCode::NO_CONTENT;
        }
        if asked || answer.status() == StatusCode::METHOD_NOT_ALLOWED {
            answer.headers_mut().entry(header::ALLOW).or_insert(HeaderValue::from_static(allowed));
        }
        answer
    };
    methods.fallback(method_not_allowed).layer(cors.clone()).layer(middleware::from_fn(tell))
}

/// Which pages of other origins may call. Tokens travel in a header that such a page has to have of its own, so no
/// credentials of the browser are ever allowed along.
fn cors(origins: &config::Origins) -> CorsLayer {
    let origins = match origins {
        config::Origins::Any => AllowOrigin::any(),
        config::Origins::Listed(listed) => {
            AllowOrigin::list(listed.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()))
        }
    };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::ACCEPT, header::AUTHORIZATION, header::CONTENT_TYPE, trace::HEADER])
        .expose_headers([trace::HEADER])
        .max_age(CORS_MAX_AGE)
}

/// What is here, for whoever looks at the address with a browser.
async fn card(State(site): State<Arc<Site>>) -> Response<Body> {
    let mut links = Map::new();
    links.insert("graphql".to_owned(), Value::from(graphql::PATH));
    if site.config.playground {
        links.insert("playground".to_owned(), Value::from(PLAYGROUND_PATH));
    }
    links.insert("schema".to_owned(), Value::from(SCHEMA_PATH));
    links.insert("health".to_owned(), Value::from(READY_PATH));
    let card =
        json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION"), "links": links });
    answer::json(StatusCode::OK, &card)
}

async fn schema(State(site): State<Arc<Site>>) -> Response<Body> {
    answer::bytes(StatusCode::OK, "text/plain; charset=utf-8", site.schema.clone())
}

async fn not_found(request: Request) -> Response<Body> {
    let id = RequestId::of(request.extensions());
    answer::error(StatusCode::NOT_FOUND, Code::NotFound, "There is nothing at this address.", id)
}

async fn method_not_allowed(request: Request) -> Response<Body> {
    let id = RequestId::of(request.extensions());
    let message = "This address does not take that method.";
    answer::error(StatusCode::METHOD_NOT_ALLOWED, Code::InvalidRequest, message, id)
}
