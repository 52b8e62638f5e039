//! The gate: from a request's document to a prepared operation, or to the errors a client should see.
//!
//! Every transport passes here before anything runs, so that limits, validation and pricing are the same over
//! HTTP, WebSocket and SSE, and so that async-graphql, which can be made to crash or to burn minutes on a
//! few hundred bytes, only ever sees documents that are small, valid and expanded to a known size. It knows the
//! printed schema; it knows no transport, no viewer and no resolver.

mod compile;
mod cost;
mod inputs;
mod measure;
mod normal;
mod scan;
mod source;
mod translate;
mod variables;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use apollo_compiler::{Schema, validation::Valid};
use async_graphql::{Pos, Variables, parser::types::ExecutableDocument};
use aws_lc_rs::digest;
use moka::sync::Cache;

use self::{cost::Cost, measure::at_most, variables::Declared};
use crate::error::{Code, Error};

/// Turns requests into prepared operations. Made once; shared by all transports.
pub struct Gate {
    schema: Valid<Schema>,
    limits: Limits,
    operations: Cache<Key, Arc<Operation>>,
}

/// The SHA-256 of an operation's name and its document.
type Key = [u8; digest::SHA256_OUTPUT_LEN];

/// How large and how expensive one operation may be.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The length of a document in bytes. Generated clients send up to about 10 KiB; introspection is 2 KiB.
    pub document_bytes: usize,
    /// Tokens in a document, comments and commas included. A large hand-written operation has about 1,000.
    pub tokens: usize,
    /// How deeply brackets of any kind may nest, and lists and objects in a variable. Parsers recurse on them, and
    /// 64 is several times what the schema can use.
    pub nesting: usize,
    /// Fields in all operations of a document, after expanding fragments. Introspection has about 150.
    pub fields: usize,
    /// How deeply fields may nest. Introspection by common tools needs 15 or 16. More than 32 has no effect: async-graphql
    /// goes no deeper.
    pub depth: usize,
    /// Aliases as written. They are what lets one document ask for the same thing often.
    pub aliases: usize,
    /// Directives as written. Only `@skip` and `@include` mean anything here.
    pub directives: usize,
    /// Fragments in a document. Component frameworks generate one for each component.
    pub fragments: usize,
    /// Operations in a document. Only one runs, but all are validated; tools send a whole editor tab.
    pub operations: usize,
    /// Root fields of the operation, after expanding fragments: one by one they are whole requests.
    pub root_fields: usize,
    /// What the operation may cost. Two nested pages of default size with ten fields each are about 4,600.
    pub cost: u64,
    /// Errors in one answer, of the many that a document can contain. At least one is reported.
    pub reported_errors: usize,
    /// Memory for prepared operations, estimated. A usual one takes 10 to 50 KiB.
    pub cache_bytes: u64,
    /// The page size to expect where an operation does not say.
    pub page_default: usize,
    /// The page size to expect at most: what is above is refused by the resolver.
    pub page_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 32 * 1024,
            tokens: 4_000,
            nesting: 64,
            fields: 2_000,
            depth: 20,
            aliases: 100,
            directives: 50,
            fragments: 64,
            operations: 16,
            root_fields: 30,
            cost: 5_000,
            reported_errors: 5,
            cache_bytes: 16 * 1024 * 1024,
            page_default: 20,
            page_max: 100,
        }
    }
}

/// What a client sent, whatever it came over.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The document.
    pub query: String,
    /// Which of its operations to run; not needed where there is only one.
    pub operation_name: Option<String>,
    /// The values of variables as JSON.
    pub variables: serde_json::Map<String, serde_json::Value>,
}

/// An operation that may run, with everything it needs.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The operation, shared with everybody who sends the same document.
    pub operation: Arc<Operation>,
    /// The variables it declares: coerced, with defaults filled in. One without value or default is absent.
    pub variables: Variables,
    /// What it costs with these variables; at most [`Limits::cost`].
    pub cost: u64,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperationKind {
    /// Reads.
    Query,
    /// Writes, one root field after the other.
    Mutation,
    /// Follows events.
    Subscription,
}

/// A valid operation, ready to run. Immutable.
#[derive(Debug)]
pub struct Operation {
    kind: OperationKind,
    name: Option<String>,
    root_fields: Vec<String>,
    document: ExecutableDocument,
    weight: u32,
    cost: Cost,
    declared: Declared,
}

impl Operation {
    /// Whether it reads, writes or follows.
    pub const fn kind(&self) -> OperationKind {
        self.kind
    }

    /// Its name in the document.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The names of its root fields as the schema spells them, in order and with fragments expanded: one for each
    /// time a field is resolved, whatever aliases say. A mutation resolves each response key once.
    pub fn root_fields(&self) -> &[String] {
        &self.root_fields
    }

    /// The document for [`async_graphql::Request::set_parsed_query`]: this operation and the fragments it uses.
    ///
    /// As there is only one operation, `operation_name` of the async-graphql request may stay `None`. If it is set,
    /// it must be [`Operation::name`]: async-graphql refuses any name for an operation without one. Positions are
    /// those of the client's text. The schema can run in `ValidationMode::Fast`.
    pub const fn document(&self) -> &ExecutableDocument {
        &self.document
    }

    /// An estimate of the memory this holds, for a document of `length` bytes.
    fn weight(nodes: usize, length: usize) -> u32 {
        // A node is a field, argument, value or directive: about 250 bytes in the document and its name, and less
        // in the cost or the declared variables. Text in literals and defaults is held up to twice.
        let bytes = nodes.saturating_mul(512).saturating_add(length.saturating_mul(2)).saturating_add(2_048);
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }
}

/// Why a request cannot run. Nothing has been executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    /// What kind of error it is.
    pub code: Code,
    /// What is wrong, on one line of bounded length.
    pub message: String,
    /// The variable at fault, where there is one.
    pub field: Option<String>,
    /// Where in the document.
    pub locations: Vec<Pos>,
}

impl RequestError {
    /// Messages quote documents and values; what is longer is cut.
    const MESSAGE_CHARS: usize = 300;

    fn new(code: Code, message: impl AsRef<str>) -> Self {
        let words = message.as_ref().split(|it: char| it.is_whitespace() || it.is_control());
        let line = words.filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ");
        let message = match line.char_indices().nth(Self::MESSAGE_CHARS) {
            Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
            None => line,
        };
        Self { code, message, field: None, locations: Vec::new() }
    }

    fn at(self, pos: Pos) -> Self {
        Self { locations: vec![pos], ..self }
    }

    fn about(self, variable: &str) -> Self {
        Self { field: Some(variable.to_owned()), ..self }
    }
}

impl Gate {
    /// A gate for the schema printed as `sdl`. Fails if that is not a valid schema.
    pub fn new(sdl: &str, limits: Limits) -> Result<Self, Error> {
        let operations = Cache::builder()
            .max_capacity(limits.cache_bytes)
            .weigher(|_: &Key, operation: &Arc<Operation>| operation.weight)
            .build();
        // Without a reason a refusal would look like consent.
        let limits = Limits { reported_errors: limits.reported_errors.max(1), ..limits };
        Ok(Self { schema: schema(sdl)?, limits, operations })
    }

    /// The limits it holds requests to.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Prepares one operation, or says why it cannot run: at most [`Limits::reported_errors`] reasons.
    ///
    /// Takes time linear in the size of the request, and none of it is spent on a parser before the
    /// document is known to be harmless to one.
    pub fn prepare(&self, request: Request) -> Result<Prepared, Vec<RequestError>> {
        self.scan(&request.query).map_err(|error| vec![error])?;
        let operation = self.operation(&request)?;
        let variables =
            variables::coerce(&self.schema, &operation.declared, request.variables, &self.limits)?;
        let cost = operation.cost.with(&variables, &self.limits);
        if cost > self.limits.cost {
            let limit = self.limits.cost;
            let message =
                format!("The operation is too complex: it costs {cost}, at most {limit} is allowed.");
            return Err(vec![RequestError::new(Code::OperationTooComplex, message)]);
        }
        Ok(Prepared { operation, variables, cost })
    }

    fn scan(&self, document: &str) -> Result<(), RequestError> {
        at_most("bytes", document.len(), self.limits.document_bytes)?;
        let found = scan::scan(document);
        at_most("levels of brackets", found.nesting, self.limits.nesting)?;
        at_most("tokens", found.tokens, self.limits.tokens)
    }

    fn operation(&self, request: &Request) -> Result<Arc<Operation>, Vec<RequestError>> {
        let key = key(request);
        if let Some(operation) = self.operations.get(&key) {
            return Ok(operation);
        }
        let operation = Arc::new(compile::compile(&self.schema, &self.limits, request)?);
        self.operations.insert(key, Arc::clone(&operation));
        Ok(operation)
    }
}

fn key(request: &Request) -> Key {
    let mut context = digest::Context::new(&digest::SHA256);
    // The length keeps a name apart from the text after it; no name is as long as the length that stands for none.
    let name = request.operation_name.as_deref();
    context.update(&name.map_or(u64::MAX, |it| it.len() as u64).to_be_bytes());
    context.update(name.unwrap_or_default().as_bytes());
    context.update(request.query.as_bytes());
    let mut key = Key::default();
    key.copy_from_slice(context.finish().as_ref());
    key
}

/// The schema to validate against: `sdl`, and what async-graphql understands beyond apollo-compiler's built-ins.
fn schema(sdl: &str) -> Result<Valid<Schema>, Error> {
    let invalid = |errors: apollo_compiler::validation::DiagnosticList| Error::internal(errors.to_string());
    let ast =
        apollo_compiler::ast::Document::parse(sdl, "schema.graphql").map_err(|it| invalid(it.errors))?;
    let one_of =
        ast.definitions.iter().filter_map(|it| it.as_directive_definition()).any(|it| it.name == "oneOf");
    let mut builder = Schema::builder().add_ast(&ast);
    if !one_of {
        builder = builder.parse("directive @oneOf on INPUT_OBJECT", "one_of.graphql");
    }
    builder = builder.parse("extend type __Type { isOneOf: Boolean }", "introspection.graphql");
    let schema = builder.build().map_err(|it| invalid(it.errors))?;
    schema.validate().map_err(|it| invalid(it.errors))
}
