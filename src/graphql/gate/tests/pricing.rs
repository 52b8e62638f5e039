//! What operations cost.

use super::*;

#[track_caller]
fn cost(query: &str, variables: Json) -> u64 {
    accepted(&gate_with(Limits { cost: u64::MAX, ..Limits::default() }), query, variables).cost
}

#[test]
fn fields_cost_one_and_typenames_nothing() {
    assert_eq!(cost("{ __typename }", json!({})), 0);
    assert_eq!(cost("{ word }", json!({})), 1);
    assert_eq!(cost("{ viewer { __typename email user { id username } } }", json!({})), 5);
    assert_eq!(cost("{ ...F ...F } fragment F on Query { viewer { email } }", json!({})), 4);
    assert_eq!(
        cost("{ node(id: 1) { id ... on User { username } ... on Message { content } } }", json!({})),
        6
    );
}

#[test]
fn root_fields_of_mutations_cost_ten() {
    let send = r#"sendMessage(input: { to: { userId: "u" }, content: "" }) { duplicate message { id } }"#;
    assert_eq!(cost(&format!("mutation {{ {send} }}"), json!({})), 13);
    assert_eq!(cost(&format!("mutation {{ a: {send} b: {send} }}"), json!({})), 26);
    assert_eq!(cost(&format!("mutation {{ ...F }} fragment F on Mutation {{ {send} }}"), json!({})), 13);
}

#[test]
fn subscriptions_cost_what_one_event_costs() {
    assert_eq!(
        cost(r#"subscription { messageAdded(conversationId: "c") { id reactions { emoji } } }"#, json!({})),
        13
    );
}

#[test]
fn pages_multiply_what_is_in_them_once() {
    assert_eq!(cost("{ users { nodes { id } } }", json!({})), 1 + 20 * 2);
    assert_eq!(cost("{ users(first: 3) { nodes { id } } }", json!({})), 1 + 3 * 2);
    assert_eq!(cost("{ users(last: 3) { edges { cursor node { id } } } }", json!({})), 1 + 3 * 4);
    assert_eq!(cost("{ users(first: 2, last: 3) { totalCount } }", json!({})), 1 + 3);
    assert_eq!(cost("{ users(first: 2) { nodes { friends { id } } } }", json!({})), 1 + 2 * (2 + 10));
    assert_eq!(cost(r#"{ events(after: "", first: 5) { cursor events { cursor } } }"#, json!({})), 1 + 5 * 3);
}

#[test]
fn page_sizes_are_what_a_page_can_have() {
    let users =
        |first: Json| cost("query($n: Int) { users(first: $n) { totalCount } }", json!({ "n": first })) - 1;
    assert_eq!(users(json!(7)), 7);
    assert_eq!(users(json!(100)), 100);
    assert_eq!(users(json!(101)), 100);
    assert_eq!(users(json!(2_147_483_647)), 100);
    assert_eq!(users(json!(0)), 1);
    assert_eq!(users(json!(-7)), 1);
    assert_eq!(users(json!(null)), 20);
    assert_eq!(cost("{ users(first: -7) { totalCount } }", json!({})), 2);
    assert_eq!(cost("{ users(first: null) { totalCount } }", json!({})), 21);
    assert_eq!(cost("query($n: Int) { users(first: $n) { totalCount } }", json!({})), 21);
    assert_eq!(cost("query($n: Int = 4) { users(first: $n) { totalCount } }", json!({})), 5);
}

#[test]
fn nested_pages_multiply_each_other() {
    let query = "query($a: Int, $b: Int = 3) {
        conversations(first: $a) { nodes { title messages(first: $b) { nodes { id } } participants { nodes { id } } } }
    }";
    let with = |a: u64, b: u64| 1 + a * (1 + 1 + 1 + b * 2 + 1 + 20 * 2);
    assert_eq!(cost(query, json!({ "a": 2 })), with(2, 3));
    assert_eq!(cost(query, json!({ "a": 2, "b": 5 })), with(2, 5));
    assert_eq!(cost(query, json!({})), with(20, 3));
}

#[test]
fn a_known_operation_is_priced_anew() {
    let gate = gate();
    let query = "query($n: Int) { users(first: $n) { nodes { id } } }";
    let small = accepted(&gate, query, json!({ "n": 1 }));
    let large = accepted(&gate, query, json!({ "n": 50 }));
    assert!(Arc::ptr_eq(&small.operation, &large.operation));
    assert_eq!((small.cost, large.cost), (3, 101));

    let costly = "query($n: Int) { users(first: $n) { nodes { friends { friends { id } } } } }";
    accepted(&gate, costly, json!({ "n": 1 }));
    let result = gate.prepare(request(costly, json!({ "n": 100 })));
    refused(result, Code::OperationTooComplex, "it costs 11201, at most 5000 is allowed");
}

#[test]
fn ids_multiply_by_how_many_there_are() {
    assert_eq!(cost(r#"{ nodes(ids: ["a", "b", "c"]) { id } }"#, json!({})), 4);
    assert_eq!(cost(r#"{ nodes(ids: "a") { id } }"#, json!({})), 2);
    assert_eq!(cost("{ nodes(ids: []) { id } }", json!({})), 2);
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    assert_eq!(cost(query, json!({ "ids": ["a", "b"] })), 3);
    assert_eq!(cost(query, json!({ "ids": "a" })), 2);
    let thousands: Vec<_> = (0..10_000).map(|it| it.to_string()).collect();
    let result = gate().prepare(request(query, json!({ "ids": thousands })));
    refused(result, Code::OperationTooComplex, "it costs 10001");
}

#[test]
fn other_lists_count_as_ten() {
    assert_eq!(cost("{ viewer { user { friends { id friends { id } } } } }", json!({})), 3 + 10 * (2 + 10));
}

#[test]
fn skipped_fields_are_counted() {
    assert_eq!(cost("{ word @skip(if: true) viewer @include(if: false) { email } }", json!({})), 3);
}

#[test]
fn costs_saturate() {
    let nested = "friends { ".repeat(17) + "id" + &"}".repeat(17);
    let result = prepare(format!("{{ users(first: 100) {{ nodes {{ {nested} }} }} }}"));
    refused(result, Code::OperationTooComplex, "it costs");
    let error = gate_with(Limits { depth: 32, ..Limits::default() }).prepare(request(
        format!("{{ viewer {{ user {{ {} id {} }} }} }}", "friends { ".repeat(25), "}".repeat(25)),
        json!({}),
    ));
    refused(error, Code::OperationTooComplex, &u64::MAX.to_string());
}

#[test]
fn introspection_counts_each_field_once() {
    assert_eq!(cost("{ __schema { types { name fields { name args { name } } } } }", json!({})), 7);
    assert_eq!(cost(r#"{ __type(name: "User") { name fields { name } } }"#, json!({})), 4);
}

#[test]
fn introspection_is_not_larger_than_what_tools_send() {
    let names =
        |count: usize| prepare(format!("{{ __schema {{ types {{ {} }} }} }}", "__typename ".repeat(count)));
    assert_eq!(names(499).unwrap().cost, 2);
    refused(names(500), Code::OperationTooComplex, "501 fields in an introspection, at most 500");
}

#[test]
fn only_the_first_typename_of_an_object_is_free() {
    assert_eq!(cost("{ __typename a: __typename ... { __typename } }", json!({})), 20);
    assert_eq!(
        cost(
            "{ users(first: 5) { nodes { __typename ...F } } } fragment F on User { __typename }",
            json!({})
        ),
        6
    );
    assert_eq!(cost("{ __typename viewer { __typename user { __typename } } }", json!({})), 2);
}

#[test]
fn lists_of_lists_of_the_schema_are_dear() {
    let twice = "{ __schema { types { fields { type { fields { name } } } } } }";
    assert_eq!(cost(twice, json!({})), 5 + 100);
    let thrice = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
    refused(prepare(thrice), Code::OperationTooComplex, "introspection depth");
}

#[test]
fn the_same_again_under_other_names_is_dear() {
    assert_eq!(cost("{ viewer { a: email b: email c: email } }", json!({})), 1 + 1 + 20 + 20);
    assert_eq!(cost("{ viewer { email } ...F } fragment F on Query { viewer { email } }", json!({})), 4);
    let page = |contents: String| {
        let query =
            format!("{{ conversation(id: 1) {{ messages(first: 50) {{ nodes {{ {contents} }} }} }} }}");
        cost(&query, json!({}))
    };
    let many: Vec<_> = (0..98).map(|number| format!("a{number}: content")).collect();
    assert!(page(many.join(" ")) > 90_000);
    assert!(page("content".to_owned()) < 300);
    let types: Vec<_> = (0..90).map(|number| format!("a{number}: types {{ name }}")).collect();
    assert!(cost(&format!("{{ __schema {{ {} }} }}", types.join(" ")), json!({})) > 15_000);
}
