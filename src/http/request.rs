//! From an HTTP request to what the gate takes: the parameters of an operation, and who sends it.
//!
//! A request that is not well formed is refused here, with a sentence that helps to write it right. It knows JSON and
//! query strings; whether the document in them makes sense is the gate's business.

use std::str;

use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{body::BodyError, graphql::Refusal};
use crate::{error::Code, graphql::gate};

/// The most characters kept of what a client says about itself.
const USER_AGENT_MAX: usize = 256;

/// The parameters in the body of a POST.
pub(super) fn from_json(body: &[u8]) -> Result<gate::Request, Refusal> {
    let text = str::from_utf8(body).map_err(|_| malformed("The body is not UTF-8."))?;
    match text.trim_ascii_start().bytes().next() {
        Some(b'{') => {}
        Some(b'[') => return Err(malformed("Send one operation in a request; batches are not taken.")),
        None => return Err(malformed("The body is empty; send a JSON object with a `query`.")),
        _ => return Err(malformed("The body is not a JSON object.")),
    }
    let parameters: Parameters = serde_json::from_str(text)
        .map_err(|error| malformed(format!("The body is not valid JSON: {error}.")))?;
    parameters.check()
}

/// The parameters in the query string of a GET.
pub(super) fn from_query(query: &str) -> Result<gate::Request, Refusal> {
    let mut parameters = Parameters::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(value)) = (decode(name), decode(value)) else {
            return Err(malformed("The query string is not UTF-8, or not encoded as one."));
        };
        let (slot, value) = match name.as_str() {
            "query" => (&mut parameters.query, Value::String(value)),
            // Empty is the same as absent.
            "operationName" if value.is_empty() => continue,
            "operationName" => (&mut parameters.operation_name, Value::String(value)),
            "variables" => (&mut parameters.variables, json_parameter(&name, &value)?),
            "extensions" => (&mut parameters.extensions, json_parameter(&name, &value)?),
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(malformed(format!("The parameter `{name}` is given twice.")));
        }
    }
    parameters.check()
}

fn json_parameter(name: &str, text: &str) -> Result<Value, Refusal> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(text)
        .map_err(|error| malformed(format!("The parameter `{name}` is not valid JSON: {error}.")))
}

/// What a form's encoding stands for; `None` where it is none, or not UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    u8::try_from(char::from(digit).to_digit(16)?).ok()
}

/// As they come, before their types are known to be right. `null` is the same as absent.
#[derive(Default, Deserialize)]
struct Parameters {
    query: Option<Value>,
    #[serde(rename = "operationName")]
    operation_name: Option<Value>,
    variables: Option<Value>,
    extensions: Option<Value>,
}

impl Parameters {
    fn check(self) -> Result<gate::Request, Refusal> {
        let query = match self.query {
            Some(Value::String(query)) => query,
            Some(_) => return Err(malformed("`query` must be a string.")),
            None => return Err(malformed("There is no `query`.")),
        };
        let operation_name = match self.operation_name {
            Some(Value::String(name)) => Some(name),
            None | Some(Value::Null) => None,
            Some(_) => return Err(malformed("`operationName` must be a string.")),
        };
        // Nothing here understands an extension yet, but one of the wrong type is a mistake all the same.
        object("extensions", self.extensions)?;
        Ok(gate::Request { query, operation_name, variables: object("variables", self.variables)? })
    }
}

fn object(name: &str, value: Option<Value>) -> Result<Map<String, Value>, Refusal> {
    match value {
        Some(Value::Object(object)) => Ok(object),
        None | Some(Value::Null) => Ok(Map::new()),
        Some(_) => Err(malformed(format!("`{name}` must be an object."))),
    }
}

fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, Code::InvalidRequest, message)
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::InvalidRequest, "The body is too large.")
            }
            BodyError::TooSlow => {
                Self::new(StatusCode::REQUEST_TIMEOUT, Code::Timeout, "The body did not arrive in time.")
            }
            BodyError::Broken => malformed("The body broke off."),
        }
    }
}

/// The token in `Authorization`. One that is not a bearer token is an empty one, which is never valid, so that the
/// client hears about it instead of being taken for nobody in particular.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?;
    let bearer = || {
        let (scheme, token) = value.to_str().ok()?.trim().split_once(' ')?;
        let token = token.trim_start();
        let good = scheme.eq_ignore_ascii_case("bearer") && !token.contains(char::is_whitespace);
        good.then_some(token)
    };
    Some(bearer().filter(|_| values.next().is_none()).unwrap_or_default())
}

/// What the client calls itself, cut to a sane length.
pub(super) fn user_agent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::USER_AGENT)?;
    let text: String =
        String::from_utf8_lossy(value.as_bytes()).trim().chars().take(USER_AGENT_MAX).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn refused(result: Result<gate::Request, Refusal>) -> String {
        let refusal = result.expect_err("a refusal");
        assert_eq!((refusal.status, refusal.code), (StatusCode::BAD_REQUEST, Code::InvalidRequest));
        refusal.message
    }

    #[test]
    fn a_body_is_read() {
        let body = r#" {"query": "{a}", "operationName": "A", "variables": {"z": 1, "a": null}, "extensions": {}, "more": 1}"#;
        let request = from_json(body.as_bytes()).ok().unwrap();
        assert_eq!((request.query.as_str(), request.operation_name.as_deref()), ("{a}", Some("A")));
        assert_eq!(Value::Object(request.variables).to_string(), r#"{"z":1,"a":null}"#);
    }

    #[test]
    fn null_is_the_same_as_absent() {
        let body = r#"{"query": "{a}", "operationName": null, "variables": null, "extensions": null}"#;
        let request = from_json(body.as_bytes()).ok().unwrap();
        assert!(request.operation_name.is_none() && request.variables.is_empty());
    }

    #[test]
    fn a_body_that_is_no_request_is_refused_with_a_reason() {
        for (body, reason) in [
            (&b""[..], "empty"),
            (b"  \n", "empty"),
            (b"NONSENSE", "not a JSON object"),
            (b"\"{a}\"", "not a JSON object"),
            (b"null", "not a JSON object"),
            (b"[{\"query\": \"{a}\"}]", "batches"),
            (b"[]", "batches"),
            (b"{\"query\":", "not valid JSON"),
            (b"{\"query\": \"{a}\"} {}", "not valid JSON"),
            (b"{\"query\": \"{a}\", \"query\": \"{b}\"}", "duplicate field"),
            (b"{\"query\": \"\\ud83d\"}", "not valid JSON"),
            (b"{\"query\": \"{a}\", \"variables\": {\"a\": \"\\ud800\"}}", "not valid JSON"),
            (b"{\"query\": \"\xff\"}", "not UTF-8"),
            (b"{}", "no `query`"),
            (b"{\"qeury\": \"{a}\"}", "no `query`"),
            (b"{\"query\": null}", "no `query`"),
            (b"{\"query\": 1}", "`query` must be"),
            (b"{\"query\": \"{a}\", \"operationName\": 1}", "`operationName` must be"),
            (b"{\"query\": \"{a}\", \"variables\": [7]}", "`variables` must be"),
            (b"{\"query\": \"{a}\", \"variables\": \"{}\"}", "`variables` must be"),
            (b"{\"query\": \"{a}\", \"extensions\": 0}", "`extensions` must be"),
        ] {
            let message = refused(from_json(body));
            assert!(message.contains(reason), "{}: {message}", String::from_utf8_lossy(body));
        }
        assert!(
            refused(from_json(format!("{{\"query\":{}", "[".repeat(10_000)).as_bytes()))
                .contains("recursion")
        );
    }

    #[test]
    fn a_query_string_is_read() {
        let query = "query=query+A%7Ba%7D&operationName=A&variables=%7B%22b%22%3A%22%C3%BC+%2B%22%7D&extensions={}&x=y";
        let request = from_query(query).ok().unwrap();
        assert_eq!((request.query.as_str(), request.operation_name.as_deref()), ("query A{a}", Some("A")));
        assert_eq!(Value::Object(request.variables), json!({ "b": "ü +" }));
        let request = from_query("query={a}&operationName=&variables=").ok().unwrap();
        assert!(request.operation_name.is_none() && request.variables.is_empty());
    }

    #[test]
    fn a_query_string_that_is_no_request_is_refused_with_a_reason() {
        for (query, reason) in [
            ("", "no `query`"),
            ("quer=x", "no `query`"),
            ("query={a}&query={a}", "`query` is given twice"),
            ("query={a}&variables={}&variables=null", "`variables` is given twice"),
            ("query={a}&variables={", "`variables` is not valid JSON"),
            ("query={a}&variables=[1]", "`variables` must be"),
            ("query={a}&extensions=1", "`extensions` must be"),
            ("query=%7", "not encoded"),
            ("query=%zz", "not encoded"),
            ("query=%+1", "not encoded"),
            ("query=%ff", "not UTF-8"),
        ] {
            let message = refused(from_query(query));
            assert!(message.contains(reason), "{query}: {message}");
        }
    }

    #[test]
    fn a_token_comes_in_any_case_and_once() {
        for (values, expected) in [
            (&[][..], None),
            (&["Bearer abc.def"], Some("abc.def")),
            (&["bEARER   abc"], Some("abc")),
            (&["Bearer"], Some("")),
            (&["Bearer "], Some("")),
            (&["Bearer a b"], Some("")),
            (&["Basic abc"], Some("")),
            (&["abc"], Some("")),
            (&[""], Some("")),
            (&["Bearer abc", "Bearer abc"], Some("")),
        ] {
            let values = values.iter().map(|value| (header::AUTHORIZATION, HeaderValue::from_static(value)));
            let headers: HeaderMap = values.collect();
            assert_eq!(token(&headers), expected, "{headers:?}");
        }
    }
}
