//! Every error's code, with the inside masked.
//!
//! Resolvers fail with the domain's error; async-graphql carries it along as the source. Here, once, it becomes what a
//! client sees: a message and `extensions { code, field, details, retryAt, requestId }`. What is our fault goes to
//! the log under the same request id, and the client hears `Internal error.`

use async_graphql::{
    ErrorExtensionValues, PathSegment, QueryPathNode, QueryPathSegment, Response, ServerError, Value,
};

use super::gate::RequestError;
use crate::error::{Code, Error};

/// The code of an error on its way out.
pub(super) fn code_of(error: &ServerError) -> Code {
    // What has no source of ours was found by the library: something the gate let through that does not execute.
    error.source::<Error>().map_or(Code::InvalidRequest, Error::code)
}

/// The extension in which an error carries its path on its way up.
const PATH: &str = "path";

/// Notes where an error comes from. The library forgets all but the outermost list on the way of an error to the
/// nullable field that takes it; the first to note it is the field that failed.
pub(super) fn remember_path(mut error: ServerError, node: &QueryPathNode<'_>) -> ServerError {
    let extensions = error.extensions.get_or_insert_default();
    if extensions.get(PATH).is_none() {
        let nodes = std::iter::successors(Some(node), |node| node.parent);
        let mut path: Vec<Value> = nodes
            .map(|node| match node.segment {
                QueryPathSegment::Name(name) => Value::from(name),
                QueryPathSegment::Index(index) => Value::from(index),
            })
            .collect();
        path.reverse();
        extensions.set(PATH, Value::List(path));
    }
    error
}

/// The path that [`remember_path`] noted.
fn remembered_path(error: &ServerError) -> Option<Vec<PathSegment>> {
    let Value::List(path) = error.extensions.as_ref()?.get(PATH)? else { return None };
    let segment = |value: &Value| match value {
        Value::String(name) => Some(PathSegment::Field(name.clone())),
        Value::Number(index) => Some(PathSegment::Index(usize::try_from(index.as_u64()?).ok()?)),
        _ => None,
    };
    path.iter().map(segment).collect()
}

/// Gives every error of `response` its extensions, and logs and masks the internal ones. Their number is bounded by
/// the price of the operation.
pub(super) fn finish(response: &mut Response, request_id: &str) {
    for error in &mut response.errors {
        dress(error, request_id);
    }
}

fn dress(error: &mut ServerError, request_id: &str) {
    if let Some(path) = remembered_path(error) {
        error.path = path;
    }
    let code = code_of(error);
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code.as_str());
    if let Some(source) = error.source::<Error>() {
        if let Error::Internal(cause) = source {
            tracing::error!(request_id, cause = ?cause, "an operation failed");
        }
        if let Some(field) = source.field() {
            extensions.set("field", field);
        }
        if !source.details().is_empty() {
            extensions.set("details", source.details().to_vec());
        }
        if let Some(retry_at) = source.retry_at() {
            extensions.set("retryAt", retry_at.to_string());
        }
    }
    extensions.set("requestId", request_id);
    error.extensions = Some(extensions);
}

/// The answer to a request that was not executed: it has no `data`.
pub(super) fn refusal(errors: Vec<RequestError>, request_id: &str) -> Response {
    let errors = errors.into_iter().map(|error| {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", error.code.as_str());
        if let Some(field) = error.field {
            extensions.set("field", field);
        }
        extensions.set("requestId", request_id);
        let mut refused = ServerError::new(error.message, None);
        refused.locations = error.locations;
        refused.extensions = Some(extensions);
        refused
    });
    Response::from_errors(errors.collect())
}

/// The answer to an operation that failed as a whole.
pub(super) fn failure(error: Error, request_id: &str) -> Response {
    let error = async_graphql::Error::new_with_source(error);
    let mut error = error.into_server_error(async_graphql::Pos::default());
    error.locations.clear();
    let mut response = Response::from_errors(vec![error]);
    response.data = Value::Null;
    finish(&mut response, request_id);
    response
}
