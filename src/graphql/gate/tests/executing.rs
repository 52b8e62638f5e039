//! What is prepared runs: against a real schema of async-graphql, in its fast mode.

use async_graphql::{
    Context, EmptyMutation, ID, InputObject, MaybeUndefined, Object, OneofObject, Schema, Subscription,
    ValidationMode,
};
use futures_util::{Stream, StreamExt as _, stream};
use proptest::prelude::*;

use super::*;

struct Query;

#[derive(InputObject)]
struct Patch {
    title: MaybeUndefined<String>,
}

#[derive(OneofObject)]
enum By {
    Id(ID),
    Name(String),
}

#[Object]
impl Query {
    async fn who(&self, by: By) -> String {
        match by {
            By::Id(id) => id.to_string(),
            By::Name(name) => name,
        }
    }

    async fn echo(&self, text: String) -> String {
        text
    }

    async fn number(&self, #[graphql(default = 7)] of: i32) -> i32 {
        of
    }

    async fn patch(&self, input: Patch) -> &'static str {
        match input.title {
            MaybeUndefined::Undefined => "leave",
            MaybeUndefined::Null => "clear",
            MaybeUndefined::Value(_) => "set",
        }
    }

    async fn at(&self, ctx: &Context<'_>) -> String {
        ctx.item.pos.to_string()
    }
}

struct Ticks;

#[Subscription]
impl Ticks {
    async fn tick(&self) -> impl Stream<Item = i32> {
        stream::iter([1])
    }
}

type Toy = Schema<Query, EmptyMutation, Ticks>;

fn toy() -> (Gate, Toy) {
    let schema = Schema::build(Query, EmptyMutation, Ticks).validation_mode(ValidationMode::Fast).finish();
    (Gate::new(&schema.sdl(), Limits::default()).unwrap(), schema)
}

fn executable(prepared: &Prepared) -> async_graphql::Request {
    let mut request = async_graphql::Request::new("").variables(prepared.variables.clone());
    request.set_parsed_query(prepared.operation.document().clone());
    request
}

/// The data as text, so that the order of keys counts.
async fn run(query: &str, variables: Json) -> String {
    let (gate, schema) = toy();
    let response = schema.execute(executable(&accepted(&gate, query, variables))).await;
    assert!(response.errors.is_empty(), "{query}: {:?}", response.errors);
    serde_json::to_string(&response.data).unwrap()
}

#[tokio::test]
async fn keys_come_in_the_order_of_the_selection() {
    let query = r#"query Q { b: number(of: 2) ...F a: echo(text: "x") } fragment F on Query { c: number }"#;
    assert_eq!(run(query, json!({})).await, r#"{"b":2,"c":7,"a":"x"}"#);
}

#[tokio::test]
async fn include_and_skip_follow_defaults() {
    let query = "query($yes: Boolean = true, $no: Boolean! = false) {
        a: number @include(if: $yes) b: number @include(if: $no) c: number @skip(if: $yes) d: number @skip(if: $no)
    }";
    assert_eq!(run(query, json!({})).await, r#"{"a":7,"d":7}"#);
    assert_eq!(run(query, json!({ "yes": false, "no": true })).await, r#"{"b":7,"c":7}"#);
}

#[tokio::test]
async fn absent_and_null_reach_the_resolver_apart() {
    let whole = "query($i: Patch!) { patch(input: $i) }";
    assert_eq!(run(whole, json!({ "i": {} })).await, r#"{"patch":"leave"}"#);
    assert_eq!(run(whole, json!({ "i": { "title": null } })).await, r#"{"patch":"clear"}"#);
    let inside = "query($t: String) { patch(input: { title: $t }) }";
    assert_eq!(run(inside, json!({})).await, r#"{"patch":"leave"}"#);
    assert_eq!(run(inside, json!({ "t": null })).await, r#"{"patch":"clear"}"#);
    assert_eq!(run(inside, json!({ "t": "x" })).await, r#"{"patch":"set"}"#);
}

#[tokio::test]
async fn an_absent_variable_leaves_the_argument_its_default() {
    assert_eq!(run("query($n: Int) { number(of: $n) }", json!({})).await, r#"{"number":7}"#);
}

#[tokio::test]
async fn escapes_arrive_as_what_they_stand_for() {
    for (written, meant) in [
        (r#""\uD83D\uDE00""#, "😀"),
        (r#""\u{1F600}""#, "😀"),
        (r#""😀 é \u00e9 \" \\ \/ \b\f\n\r\t""#, "😀 é é \" \\ / \u{8}\u{c}\n\r\t"),
        (r#""\u0000\u001F\u007F\u2028\uFEFF""#, "\0\u{1f}\u{7f}\u{2028}\u{feff}"),
        ("\"\"\"\n    a\n      b \\\"\"\" \\u0041\n    \"\"\"", "a\n  b \"\"\" \\u0041"),
        (r#""""#, ""),
        (r#""""""""#, ""),
        (r##""# not a comment""##, "# not a comment"),
    ] {
        let data = run(&format!("{{ echo(text: {written}) }}"), json!({})).await;
        assert_eq!(data, json!({ "echo": meant }).to_string(), "{written}");
    }
}

#[tokio::test]
async fn positions_are_those_of_the_text_that_was_sent() {
    let query = "# é\n{\r\n  a: at, ...F\n  # more\n}\nfragment F on # why\n Query { \"\"\"\"\"\"  }";
    let query = query.replace("\"\"\"\"\"\"", "b: echo(text: \"\\u00e9\") c: at");
    assert_eq!(run(&query, json!({})).await, r#"{"a":"3:3","b":"é","c":"7:34"}"#);
}

#[tokio::test]
async fn both_parsers_cannot_be_made_to_disagree() {
    // To async-graphql's parser this spreads a fragment called "on" and selects a field called "Query".
    assert_eq!(run("{ ... on #\n Query { number } }", json!({})).await, r#"{"number":7}"#);
    assert_eq!(run("{ ...on\u{feff}Query { number } }", json!({})).await, r#"{"number":7}"#);
}

#[tokio::test]
async fn one_of_objects_arrive_from_literals_and_variables() {
    assert_eq!(run("{ who(by: { id: 5 }) }", json!({})).await, r#"{"who":"5"}"#);
    let query = "query($by: By!, $n: String!) { a: who(by: $by) b: who(by: { name: $n }) }";
    let given = json!({ "by": { "name": "x" }, "n": "y" });
    assert_eq!(run(query, given).await, r#"{"a":"x","b":"y"}"#);
}

#[tokio::test]
async fn introspection_answers_every_question_of_the_tools() {
    let data = run(super::validating::INTROSPECTION, json!({})).await;
    assert!(
        data.contains(r#""name":"By","description":null,"specifiedByURL":null,"isOneOf":true"#),
        "{data}"
    );
}

#[tokio::test]
async fn the_operation_name_may_be_set_or_left_out() {
    let (gate, schema) = toy();
    let both = Request {
        operation_name: Some("B".to_owned()),
        ..request("query A { at } query B { number }", json!({}))
    };
    let prepared = gate.prepare(both).unwrap();
    for request in [executable(&prepared), executable(&prepared).operation_name("B")] {
        let response = schema.execute(request).await;
        assert_eq!(
            serde_json::to_string(&response.data).unwrap(),
            r#"{"number":7}"#,
            "{:?}",
            response.errors
        );
    }
    assert_eq!(run("{ number }", json!({})).await, r#"{"number":7}"#);
}

#[tokio::test]
async fn a_subscription_in_a_fragment_has_events() {
    let (gate, schema) = toy();
    for query in ["subscription { ...F } fragment F on Ticks { ... { tick } }", "subscription S { t: tick }"]
    {
        let prepared = accepted(&gate, query, json!({}));
        let events: Vec<_> = schema.execute_stream(executable(&prepared)).collect().await;
        assert_eq!(events.len(), 1, "{query}");
        assert!(events[0].errors.is_empty());
    }
}

#[tokio::test]
async fn the_deepest_document_that_passes_runs() {
    let query = format!("{{ {} number {} }}", "... {".repeat(32), "}".repeat(32));
    assert_eq!(run(&query, json!({})).await, r#"{"number":7}"#);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_arrives_as_it_was_written(text in any::<String>()) {
        use async_graphql::parser::types::Selection;

        let literal = serde_json::to_string(&text).unwrap();
        let operation = prepare(format!("{{ word(text: {literal}) }}")).unwrap().operation;
        let (_, definition) = operation.document().operations.iter().next().unwrap();
        let Selection::Field(field) = &definition.node.selection_set.node.items[0].node else { panic!("a field") };
        let value = field.node.get_argument("text").unwrap().node.clone();
        prop_assert_eq!(value.into_json().unwrap(), json!(text));
    }
}
