//! What clients see, and nothing else: no queries, no rules.
//!
//! One file per noun: its object, its inputs, then its queries and mutations. They are put together here, behind the
//! [`gate`], and run for a caller. It does not know how a request got here.

mod account;
mod conversation;
mod error;
pub mod gate;
mod loader;
mod message;
mod node;
mod page;
mod participant;
mod reaction;
pub mod request_log;
mod scalar;
mod server;
mod session;
#[cfg(test)]
pub(crate) mod tests;
mod user;

use std::{net::IpAddr, panic::AssertUnwindSafe, sync::Arc};

use async_graphql::{
    Context, EmptySubscription, MergedObject, ObjectType, Request, Response, SDLExportOptions, Schema,
    SchemaBuilder, SubscriptionType, ValidationMode,
};
use futures_util::FutureExt as _;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use self::{
    gate::{Gate, OperationKind, Prepared, RequestError},
    loader::Loaders,
    request_log::{OperationRecord, RequestLog, operation_path},
};
use crate::{
    auth::{Caller, Viewer},
    config::{self, Config},
    domain::{Domain, session::Device},
    error::{Error, Result},
};

/// What can be read.
#[derive(Default, MergedObject)]
pub struct Query(
    node::NodeQuery,
    account::AccountQuery,
    user::UserQuery,
    conversation::ConversationQuery,
    message::MessageQuery,
    session::SessionQuery,
    server::ServerQuery,
);

/// What can be changed. Each field takes one `input` and answers with the objects it changed; one that fails is null,
/// with an error that says why, and takes nothing else with it.
#[derive(Default, MergedObject)]
pub struct Mutation(
    account::AccountMutation,
    session::SessionMutation,
    user::UserMutation,
    conversation::ConversationMutation,
    participant::ParticipantMutation,
    message::MessageMutation,
    reaction::ReactionMutation,
);

/// How many operations run at once; more wait. Each may hold an answer of some megabytes, and all share a few
/// connections to the database, so running more at once would only take more memory.
const OPERATIONS_AT_ONCE: usize = 256;

type Root = Schema<Query, Mutation, EmptySubscription>;

fn schema() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    // The gate has validated every document by then, and knows a document's depth.
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .validation_mode(ValidationMode::Fast)
        .register_output_type::<node::Node>()
}

/// The schema in the schema definition language: what `schema.graphql` holds.
pub fn sdl() -> String {
    print(&schema().finish())
}

fn print<Q: ObjectType + 'static, M: ObjectType + 'static, S: SubscriptionType + 'static>(
    schema: &Schema<Q, M, S>,
) -> String {
    let options = SDLExportOptions::new().include_specified_by().use_space_ident();
    let text = schema.sdl_with_options(options);
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

/// Who asks, from where, and under which name in the logs.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// Who asks.
    pub caller: Caller,
    /// The request's name in logs and errors.
    pub request_id: String,
    /// The path of the endpoint, for the request log.
    pub path: &'static str,
    /// Where the connection comes from.
    pub address: Option<IpAddr>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
}

/// The API: takes a request through the gate, and runs it for a caller. Cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Parts>);

struct Parts {
    schema: Root,
    gate: Gate,
    domain: Domain,
    limits: config::Limits,
    request_time: std::time::Duration,
    request_log: RequestLog,
    mutations: TaskTracker,
    /// A permit for each operation that may run at once.
    room: Arc<Semaphore>,
}

impl Api {
    /// Over `domain`, within the limits of `config`, with a line in `request_log` for each operation.
    pub fn new(domain: Domain, config: &Config, request_log: RequestLog) -> Result<Self> {
        let schema = schema().extension(request_log.clone()).finish();
        let gate = Gate::new(&print(&schema), gate_limits(&config.limits))?;
        Ok(Self(Arc::new(Parts {
            schema,
            gate,
            domain,
            limits: config.limits.clone(),
            request_time: config.http.request_time,
            request_log,
            mutations: TaskTracker::new(),
            room: Arc::new(Semaphore::new(OPERATIONS_AT_ONCE)),
        })))
    }

    /// Takes a request through the gate.
    pub fn prepare(&self, request: gate::Request) -> Result<Prepared, Vec<RequestError>> {
        self.0.gate.prepare(request)
    }

    /// Who sends requests with this access token. A token that does not hold is not an error yet: what is open to
    /// everybody works with it, so that a client can refresh it.
    pub async fn authenticate(&self, token: Option<&str>) -> Caller {
        let asking = crate::domain::session::authenticate(&self.0.domain, token);
        let answer = tokio::time::timeout(self.0.request_time, asking).await;
        answer.unwrap_or(Caller::Rejected(Error::Timeout))
    }

    /// Runs an operation. A mutation gets a task of its own that nothing cancels, neither a client that hangs up nor
    /// the time limit: a transaction that is dropped half-way would leave its connection unusable.
    pub async fn execute(&self, prepared: Prepared, context: RequestContext) -> Response {
        let request_id = context.request_id.clone();
        let outcome = tokio::time::timeout(self.0.request_time, self.admit(prepared, context)).await;
        outcome.unwrap_or_else(|_| error::failure(Error::Timeout, &request_id))
    }

    /// Waits until there is room for one more operation, and runs it. Whoever goes away while waiting has started
    /// nothing.
    async fn admit(&self, prepared: Prepared, context: RequestContext) -> Response {
        let request_id = context.request_id.clone();
        let Ok(room) = Arc::clone(&self.0.room).acquire_owned().await else {
            return error::failure(Error::Timeout, &request_id);
        };
        let is_mutation = prepared.operation.kind() == OperationKind::Mutation;
        let api = self.clone();
        let run = async move {
            let _room = room;
            api.run(prepared, context).await
        };
        if !is_mutation {
            return run.await;
        }
        let task = self.0.mutations.spawn(run.in_current_span()).await;
        task.unwrap_or_else(|cause| error::failure(Error::internal(cause), &request_id))
    }

    async fn run(self, prepared: Prepared, context: RequestContext) -> Response {
        let Parts { schema, domain, limits, .. } = &*self.0;
        let request_id = context.request_id.clone();
        let kind = prepared.operation.kind();
        let path = operation_path(context.path, kind_name(kind), prepared.operation.root_fields());
        let record = OperationRecord::new(context.caller.name(), &path, &request_id, domain.clock().now());
        let viewer = context.caller.viewer().ok().cloned();
        let loaders = loader::loaders(domain.clone(), viewer, kind == OperationKind::Query);
        let mut request = Request::new(String::new())
            .variables(prepared.variables)
            .data(domain.clone())
            .data(limits.clone())
            .data(loaders)
            .data(record)
            .data(context);
        request.set_parsed_query(prepared.operation.document().clone());
        run_caught(schema, request, &request_id).await
    }

    /// The answer to a request that the gate, or a transport, has refused.
    pub fn refuse(&self, errors: Vec<RequestError>, context: RequestContext) -> Response {
        let path = format!("{} invalid", context.path);
        self.0.request_log.write(self.0.domain.clock().now(), context.caller.name(), &path);
        error::refusal(errors, &context.request_id)
    }

    /// Whether the database answers and has the schema this program expects.
    pub async fn ready(&self) -> bool {
        self.0.domain.is_ready().await
    }

    /// Waits until the mutations that are running have ended.
    pub async fn drain(&self) {
        self.0.mutations.close();
        self.0.mutations.wait().await;
    }
}

/// Runs a request on any schema; a resolver that panics is an `INTERNAL` error of the whole operation.
async fn run_caught<Q, M, S>(schema: &Schema<Q, M, S>, request: Request, request_id: &str) -> Response
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    match AssertUnwindSafe(schema.execute(request)).catch_unwind().await {
        Ok(mut response) => {
            error::finish(&mut response, request_id);
            response
        }
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            error::failure(Error::internal(format!("a resolver panicked: {text}")), request_id)
        }
    }
}

fn gate_limits(limits: &config::Limits) -> gate::Limits {
    let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    gate::Limits {
        depth: size(limits.operation_depth_max),
        cost: limits.operation_cost_max,
        page_default: size(limits.page_size_default),
        page_max: size(limits.page_size_max),
        ..gate::Limits::default()
    }
}

const fn kind_name(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Query => "query",
        OperationKind::Mutation => "mutation",
        OperationKind::Subscription => "subscription",
    }
}

/// What resolvers ask a request for.
trait Asked {
    fn domain(&self) -> &Domain;
    fn limits(&self) -> &config::Limits;
    fn loaders(&self) -> &Loaders;
    /// The person who asks, or why there is none.
    fn viewer(&self) -> Result<&Viewer>;
    /// What they ask with.
    fn device(&self) -> Device;
}

impl Asked for Context<'_> {
    fn domain(&self) -> &Domain {
        self.data_unchecked()
    }

    fn limits(&self) -> &config::Limits {
        self.data_unchecked()
    }

    fn loaders(&self) -> &Loaders {
        self.data_unchecked()
    }

    fn viewer(&self) -> Result<&Viewer> {
        self.data_unchecked::<RequestContext>().caller.viewer()
    }

    fn device(&self) -> Device {
        let context = self.data_unchecked::<RequestContext>();
        Device { user_agent: context.user_agent.clone(), address: context.address }
    }
}
