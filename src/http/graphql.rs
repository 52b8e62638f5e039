//! GraphQL over HTTP: one request in, one answer out, by the specification of that name.
//!
//! The library's handler answers everything with 200 and lets GET change data, so the framing is ours: which method
//! may do what, and which status an answer has. It knows requests and tokens; it knows no type of the schema.

use std::{net::IpAddr, sync::Arc};

use async_graphql::ServerError;
use async_graphql_axum::GraphQLResponse;
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderName, HeaderValue, Method, Response, StatusCode, header, request::Parts},
    response::IntoResponse as _,
};
use serde::Serialize;

use super::{
    Peer, Site, answer, body,
    media::{self, Media},
    request,
    trace::RequestId,
};
use crate::{
    error::Code,
    graphql::{RequestContext, gate},
};

/// Where the endpoint is.
pub(super) const PATH: &str = "/graphql";

/// Why a request is not answered with the result of its operation.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: Code,
    pub(super) message: String,
    /// What tells a client how to do better.
    pub(super) hint: Option<(HeaderName, &'static str)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), hint: None }
    }

    fn hinting(self, name: HeaderName, value: &'static str) -> Self {
        Self { hint: Some((name, value)), ..self }
    }
}

/// Answers a GET or a POST.
pub(super) async fn handle(State(site): State<Arc<Site>>, request: axum::extract::Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Some(media) = Media::negotiate(&parts.headers) else {
        let message = "Accept application/graphql-response+json or application/json.";
        let refusal = Refusal::new(StatusCode::NOT_ACCEPTABLE, Code::InvalidRequest, message);
        return refuse(&site, &parts, Media::Json, refusal).await;
    };
    let request = match read(&site, &parts, body).await {
        Ok(request) => request,
        Err(refusal) => return refuse(&site, &parts, media, refusal).await,
    };
    let prepared = match site.api.prepare(request) {
        Ok(prepared) => prepared,
        Err(errors) => {
            let context = context(&site, &parts).await;
            return not_executed(media, site.api.refuse(errors, context).errors);
        }
    };
    if let Some(refusal) = forbidden(&parts.method, prepared.operation.kind()) {
        return refuse(&site, &parts, media, refusal).await;
    }
    let context = context(&site, &parts).await;
    executed(media, site.api.execute(prepared, context).await)
}

/// The parameters, wherever the method has them.
async fn read(site: &Site, parts: &Parts, body: Body) -> Result<gate::Request, Refusal> {
    if parts.method != Method::POST {
        return request::from_query(parts.uri.query().unwrap_or_default());
    }
    let unsupported =
        |message| Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::InvalidRequest, message);
    if !media::is_json(&parts.headers) {
        return Err(unsupported("Send the body as application/json in UTF-8."));
    }
    if !media::is_plain(&parts.headers) {
        let refusal = unsupported("Send the body without a Content-Encoding.");
        return Err(refusal.hinting(header::ACCEPT_ENCODING, "identity"));
    }
    let body: Bytes = body::read(body, site.request_bytes_max, site.config.body_time).await?;
    request::from_json(&body)
}

/// Why `method` may not carry this kind of operation, if so.
fn forbidden(method: &Method, kind: gate::OperationKind) -> Option<Refusal> {
    match kind {
        gate::OperationKind::Query => None,
        gate::OperationKind::Mutation if method == Method::POST => None,
        gate::OperationKind::Mutation => {
            let message = "Send mutations by POST.";
            let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, Code::InvalidRequest, message);
            Some(refusal.hinting(header::ALLOW, "POST"))
        }
        gate::OperationKind::Subscription => {
            let message = "This server does not serve subscriptions over HTTP.";
            Some(Refusal::new(StatusCode::BAD_REQUEST, Code::InvalidRequest, message))
        }
    }
}

async fn context(site: &Site, parts: &Parts) -> RequestContext {
    let address = parts.extensions.get::<Peer>().map(|Peer(address)| *address);
    RequestContext {
        caller: site.api.authenticate(request::token(&parts.headers)).await,
        request_id: RequestId::of(&parts.extensions).to_owned(),
        path: PATH,
        address: address.as_ref().map(IpAddr::to_canonical),
        user_agent: request::user_agent(&parts.headers),
    }
}

/// Refuses a request for the way it was sent. It is logged and shaped like any other error.
async fn refuse(site: &Site, parts: &Parts, media: Media, refusal: Refusal) -> Response<Body> {
    let Refusal { status, code, message, hint } = refusal;
    let error = gate::RequestError { code, message, field: None, locations: Vec::new() };
    let errors = site.api.refuse(vec![error], context(site, parts).await).errors;
    let answer = without_data(status, media, &errors);
    match hint {
        Some((name, value)) => answer::with(answer, name, value),
        None => answer,
    }
}

/// The answer to an operation that was executed, whether or not some of its fields failed.
fn executed(media: Media, response: async_graphql::Response) -> Response<Body> {
    if is_request_error(&response) {
        return not_executed(media, response.errors);
    }
    let mut answer = GraphQLResponse::from(response).into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
    // What one person sees is nobody else's, however the fields are marked.
    answer.headers_mut().remove(header::CACHE_CONTROL);
    answer
}

/// No data, and no error has a path: the operation as a whole came to nothing. A field that failed has a path, and
/// `data` says `null` where its failure went up to the root.
fn is_request_error(response: &async_graphql::Response) -> bool {
    response.data == async_graphql::Value::Null
        && response.is_err()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// The answer to a request that was understood but not executed.
fn not_executed(media: Media, errors: Vec<ServerError>) -> Response<Body> {
    let status = match media {
        Media::GraphQl => errors.first().map_or(StatusCode::BAD_REQUEST, status_of),
        Media::Json => StatusCode::OK,
    };
    without_data(status, media, &errors)
}

/// The status that says the same as the error's code.
fn status_of(error: &ServerError) -> StatusCode {
    let code = error.extensions.as_ref().and_then(|values| values.get("code"));
    let is = |wanted: Code| code == Some(&async_graphql::Value::from(wanted.as_str()));
    if is(Code::Internal) {
        StatusCode::INTERNAL_SERVER_ERROR
    } else if is(Code::Timeout) {
        StatusCode::SERVICE_UNAVAILABLE
    } else if is(Code::RateLimited) {
        StatusCode::TOO_MANY_REQUESTS
    } else if is(Code::Forbidden) || is(Code::CsrfFailed) || is(Code::AccessWindowClosed) {
        StatusCode::FORBIDDEN
    } else {
        StatusCode::BAD_REQUEST
    }
}

/// An answer without `data`, which the library's type cannot express.
fn without_data(status: StatusCode, media: Media, errors: &[ServerError]) -> Response<Body> {
    #[derive(Serialize)]
    struct Errors<'a> {
        errors: &'a [ServerError],
    }
    let body = serde_json::to_vec(&Errors { errors }).unwrap_or_default();
    answer::bytes(status, media.content_type(), body)
}
