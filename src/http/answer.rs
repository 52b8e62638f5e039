//! Answers that are not the result of an operation, and what every answer has in common.
//!
//! Every body is JSON, errors included, because a client that parses JSON should never have to guess. It does not
//! know which requests deserve which answer.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use serde::Serialize;
use serde_json::json;

use crate::error::Code;

/// `value` as JSON.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response<Body> {
    bytes(status, "application/json; charset=utf-8", serde_json::to_vec(value).unwrap_or_default())
}

/// One error in the form GraphQL gives to all of them, so that clients need to know one only.
pub(super) fn error(status: StatusCode, code: Code, message: &str, request_id: &str) -> Response<Body> {
    let extensions = json!({ "code": code.as_str(), "requestId": request_id });
    json(status, &json!({ "errors": [{ "message": message, "extensions": extensions }] }))
}

/// A body as it is.
pub(super) fn bytes(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

/// `answer` with one header more.
pub(super) fn with(mut answer: Response<Body>, name: HeaderName, value: &'static str) -> Response<Body> {
    answer.headers_mut().insert(name, HeaderValue::from_static(value));
    answer
}
