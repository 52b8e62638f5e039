//! What holds for any schema behind this module.

use async_graphql::{EmptyMutation, EmptySubscription, Object, Request, Schema, Value};

use super::{Api, request_log::RequestLog, run_caught};
use crate::{
    clock::Clock,
    config::{self, Config},
    domain::{
        Database, Domain,
        migrate::{self, Direction},
    },
    error::{Error, Result},
};

/// An API over an empty database, for the tests of what stands before it. Its files stay until the machine clears
/// its temporary folder: the API may outlive the test that asked for it.
pub(crate) async fn api() -> Api {
    let folder = tempfile::tempdir().unwrap().keep().into_os_string().into_string().unwrap();
    let mut config = Config::read(|name| (name == "DATA_DIR").then(|| folder.clone())).unwrap();
    config.tokens.keys = config::signing_keys(&config).unwrap();
    let (log, guard) = RequestLog::open(&config.request_log).unwrap();
    std::mem::forget(guard);
    migrate::run(&config.database, Direction::Up, None).await.unwrap();
    let database = Database::connect(&config.database, None).await.unwrap();
    let domain = Domain::new(database, &config, Clock::system()).unwrap();
    Api::new(domain, &config, log).unwrap()
}

struct Failing;

#[Object]
impl Failing {
    async fn fine(&self) -> i32 {
        1
    }

    async fn panics(&self) -> Option<i32> {
        [1, 2, 3].iter().find(|_| panic!("on purpose")).copied()
    }

    async fn breaks(&self) -> Option<Result<i32>> {
        Some(Err(Error::internal("the password is hunter2")))
    }
}

async fn run(document: &str) -> async_graphql::Response {
    let schema = Schema::new(Failing, EmptyMutation, EmptySubscription);
    run_caught(&schema, Request::new(document), "r1").await
}

fn extension(response: &async_graphql::Response, name: &str) -> Option<Value> {
    response.errors[0].extensions.as_ref().and_then(|values| values.get(name)).cloned()
}

#[tokio::test]
async fn a_resolver_that_panics_is_an_internal_error() {
    let response = run("{ fine panics }").await;
    assert_eq!(response.data, Value::Null);
    assert_eq!(response.errors.len(), 1);
    assert_eq!(response.errors[0].message, "Internal error.");
    assert_eq!(extension(&response, "code"), Some("INTERNAL".into()));
    assert_eq!(extension(&response, "requestId"), Some("r1".into()));
}

#[tokio::test]
async fn an_internal_cause_is_never_shown() {
    let response = run("{ fine breaks }").await;
    let text = serde_json::to_string(&response).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains(r#""data":{"fine":1,"breaks":null}"#), "{text}");
    assert_eq!(extension(&response, "code"), Some("INTERNAL".into()));
}
