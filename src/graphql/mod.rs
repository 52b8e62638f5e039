//! Stub: what clients see.

pub mod request_log;

use std::net::IpAddr;

use async_graphql::{Name, Response, ServerError, Value, indexmap::IndexMap};

use crate::{
    auth::{Caller, Viewer},
    error::{Code, Error},
};

/// Stub of the gate.
pub mod gate {
    use std::sync::Arc;

    use async_graphql::{Pos, Variables};

    use crate::error::Code;

    /// What a client sent.
    pub struct Request {
        /// The document.
        pub query: String,
        /// Which of its operations.
        pub operation_name: Option<String>,
        /// Its variables.
        pub variables: serde_json::Map<String, serde_json::Value>,
    }

    /// What an operation does.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum OperationKind {
        /// Reads.
        Query,
        /// Changes.
        Mutation,
        /// Follows.
        Subscription,
    }

    /// Stub of a prepared operation.
    pub struct Operation {
        pub(super) kind: OperationKind,
        pub(super) keys: Vec<String>,
    }

    impl Operation {
        /// What it does.
        pub fn kind(&self) -> OperationKind {
            self.kind
        }
        /// The fields at its root.
        pub fn root_fields(&self) -> &[String] {
            &self.keys
        }
    }

    /// What to execute.
    pub struct Prepared {
        /// The operation.
        pub operation: Arc<Operation>,
        /// Its variables.
        pub variables: Variables,
        /// Its price.
        pub cost: u64,
    }

    /// Why not.
    #[derive(Debug)]
    pub struct RequestError {
        /// Its name.
        pub code: Code,
        /// A sentence.
        pub message: String,
        /// The argument.
        pub field: Option<String>,
        /// Where in the document.
        pub locations: Vec<Pos>,
    }
}

/// Who asks, and from where.
pub struct RequestContext {
    /// Who.
    pub caller: Caller,
    /// The request's name in logs.
    pub request_id: String,
    /// The path of the endpoint.
    pub path: &'static str,
    /// From where.
    pub address: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<String>,
}

/// Stub of the schema: knows `__typename`, and nothing else.
#[derive(Clone)]
pub struct Api;

impl Api {
    /// Understands `{ __typename }` under any aliases.
    pub fn prepare(&self, request: gate::Request) -> Result<gate::Prepared, Vec<gate::RequestError>> {
        let text = request.query.trim();
        let (kind, text) = [
            ("mutation", gate::OperationKind::Mutation),
            ("subscription", gate::OperationKind::Subscription),
            ("query", gate::OperationKind::Query),
        ]
        .into_iter()
        .find_map(|(word, kind)| text.strip_prefix(word).map(|rest| (kind, rest.trim())))
        .unwrap_or((gate::OperationKind::Query, text));
        let selection = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        let words: Option<Vec<&str>> = selection.map(|text| text.split_whitespace().collect());
        let keys: Option<Vec<String>> = words.filter(|words| !words.is_empty()).and_then(|words| {
            words
                .iter()
                .filter(|word| !(**word == "__typename" && words.len() > 1))
                .map(|word| {
                    word.strip_suffix(':').or((*word == "__typename").then_some(*word)).map(str::to_owned)
                })
                .collect()
        });
        let error = || gate::RequestError {
            code: Code::InvalidRequest,
            message: "No.".into(),
            field: None,
            locations: Vec::new(),
        };
        let keys = keys.ok_or_else(|| vec![error()])?;
        let operation = std::sync::Arc::new(gate::Operation { kind, keys });
        Ok(gate::Prepared { operation, variables: async_graphql::Variables::default(), cost: 1 })
    }

    /// Takes any token but the empty one for a name.
    pub async fn authenticate(&self, token: Option<&str>) -> Caller {
        match token {
            None => Caller::Anonymous,
            Some("") => Caller::Rejected(Error::Unauthenticated("The access token is not valid.")),
            Some(name) => Caller::Viewer(Viewer(name.to_owned())),
        }
    }

    /// Answers with the name of the root type.
    pub async fn execute(&self, prepared: gate::Prepared, _: RequestContext) -> Response {
        let fields: IndexMap<Name, Value> =
            prepared.operation.keys.iter().map(|key| (Name::new(key), Value::from("Query"))).collect();
        Response::new(Value::Object(fields))
    }

    /// Answers with `errors`.
    pub fn refuse(&self, errors: Vec<gate::RequestError>, context: RequestContext) -> Response {
        let errors = errors.into_iter().map(|error| {
            let mut answer = ServerError::new(error.message, None);
            let mut extensions = async_graphql::ErrorExtensionValues::default();
            extensions.set("code", error.code.as_str());
            extensions.set("requestId", context.request_id.clone());
            answer.extensions = Some(extensions);
            answer
        });
        Response::from_errors(errors.collect())
    }

    /// Always.
    pub async fn ready(&self) -> bool {
        true
    }

    /// Waits for nothing.
    pub async fn drain(&self) {}
}
