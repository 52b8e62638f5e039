//! A GraphQL client that hides nothing of what the server says.

use std::{ops::Index, time::Duration};

use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

/// Somebody at the other end of HTTP: with an access token, or without.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    /// The address of the server, without a path.
    pub base: String,
    pub token: Option<String>,
}

impl Client {
    /// A client without a token.
    pub fn new(base: &str) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_mins(2)).build().unwrap();
        Self { http, base: base.to_owned(), token: None }
    }

    /// The same client with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// A request to `path` with the token, to be completed and given to [`Client::send_request`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Executes a document.
    pub async fn query(&self, document: &str, variables: Value) -> Answer {
        self.post(&json!({ "query": document, "variables": variables })).await
    }

    /// Executes a document that takes no variables.
    pub async fn ask(&self, document: &str) -> Answer {
        self.post(&json!({ "query": document })).await
    }

    /// Posts any JSON to `/graphql`.
    pub async fn post(&self, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, "/graphql").json(body)).await
    }

    /// Posts, and reports a connection that broke instead of failing the test.
    pub async fn try_query(&self, document: &str, variables: Value) -> Result<Answer, reqwest::Error> {
        let body = json!({ "query": document, "variables": variables });
        Answer::read(self.request(Method::POST, "/graphql").json(&body).send().await?).await
    }
}

/// What came back: status, headers and JSON.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// Sends `request` and reads the answer, which has to be JSON.
    pub async fn of(request: RequestBuilder) -> Self {
        Self::read(request.send().await.unwrap()).await.unwrap()
    }

    async fn read(response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}, not JSON: {text:?}"));
        Ok(Self { status, headers, body })
    }

    /// The media type, without parameters.
    pub fn media_type(&self) -> &str {
        let value = self.headers.get("content-type").expect("a content type").to_str().unwrap();
        value.split(';').next().unwrap_or_default().trim()
    }

    /// The data of an operation in which nothing failed.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!(self.body.get("errors").is_none(), "it failed: {:#}", self.body);
        &self.body["data"]
    }

    /// The errors; none where the operation succeeded.
    pub fn errors(&self) -> &[Value] {
        self.body["errors"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The one error, checked to have everything that every error has.
    #[track_caller]
    pub fn error(&self) -> Problem<'_> {
        let [error] = self.errors() else { panic!("expected one error: {:#}", self.body) };
        Problem::of(error)
    }

    /// The code of the one error.
    #[track_caller]
    pub fn code(&self) -> &str {
        self.error().code
    }

    /// The code of the one error and the field it names (empty where it names none).
    #[track_caller]
    pub fn refusal(&self) -> (&str, &str) {
        let error = self.error();
        (error.code, error.field)
    }
}

impl Index<&str> for Answer {
    type Output = Value;

    /// A field of the data.
    #[track_caller]
    fn index(&self, field: &str) -> &Value {
        &self.data()[field]
    }
}

/// One GraphQL error.
#[derive(Debug, PartialEq)]
pub struct Problem<'a> {
    pub code: &'a str,
    pub message: &'a str,
    /// The argument at fault, or nothing.
    pub field: &'a str,
    /// The offending values, where the argument is a list.
    pub details: Vec<&'a str>,
    /// The response path, joined with dots: `conversation.messages`.
    pub path: String,
    pub request_id: &'a str,
}

impl<'a> Problem<'a> {
    #[track_caller]
    pub fn of(error: &'a Value) -> Self {
        let text = |value: &'a Value| value.as_str().unwrap_or_default();
        let extensions = &error["extensions"];
        let path = error["path"].as_array().map_or(&[][..], Vec::as_slice).iter();
        let problem = Self {
            code: text(&extensions["code"]),
            message: text(&error["message"]),
            field: text(&extensions["field"]),
            details: extensions["details"].as_array().into_iter().flatten().map(text).collect(),
            path: path.map(|step| step.to_string().replace('"', "")).collect::<Vec<_>>().join("."),
            request_id: text(&extensions["requestId"]),
        };
        let whole = !problem.code.is_empty() && !problem.message.is_empty() && !problem.request_id.is_empty();
        assert!(whole, "an error has a code, a message and a request id: {error:#}");
        problem
    }
}
