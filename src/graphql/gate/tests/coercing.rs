//! Variables: what arrives, what is filled in, what is refused.

use super::*;

const FILTERED: &str = "query($f: Filter) { conversations(filter: $f) { pageInfo { endCursor } } }";

/// The variables as JSON; what is absent is not there.
#[track_caller]
fn variables(query: &str, given: Json) -> Json {
    serde_json::to_value(accepted(&gate(), query, given).variables).unwrap()
}

#[track_caller]
fn invalid(query: &str, given: Json, field: &str, words: &str) {
    let error = refused(gate().prepare(request(query, given)), Code::InvalidInput, words);
    assert_eq!(error.field.as_deref(), Some(field));
}

#[test]
fn absent_stays_absent_and_null_stays_null() {
    let query = "query($t: String, $k: Kind) { word(text: $t, kind: $k) }";
    assert_eq!(variables(query, json!({})), json!({}));
    assert_eq!(variables(query, json!({ "t": null })), json!({ "t": null }));
    assert_eq!(variables(query, json!({ "t": "x", "k": "GROUP" })), json!({ "t": "x", "k": "GROUP" }));
}

#[test]
fn defaults_are_filled_in() {
    let query = r#"query($t: String = "d", $k: Kind = GROUP) { word(text: $t, kind: $k) }"#;
    assert_eq!(variables(query, json!({})), json!({ "t": "d", "k": "GROUP" }));
    assert_eq!(variables(query, json!({ "t": null })), json!({ "t": null, "k": "GROUP" }));
}

#[test]
fn input_objects_keep_undefined_and_null_apart() {
    let rename = "mutation($i: RenameInput!) { rename(input: $i) { __typename } }";
    let given = json!({ "i": { "conversationId": "c" } });
    assert_eq!(variables(rename, given.clone()), given);
    let given = json!({ "i": { "conversationId": "c", "title": null } });
    assert_eq!(variables(rename, given.clone()), given);

    let nested = json!({ "f": { "also": { "archived": null } } });
    assert_eq!(
        variables(FILTERED, nested),
        json!({ "f": { "also": { "archived": null, "size": 5 }, "size": 5 } })
    );
}

#[test]
fn unknown_variables_are_ignored() {
    assert_eq!(variables("{ word }", json!({ "x": [1], "deep": {} })), json!({}));
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(variables("{ word }", json!({ "x": deep })), json!({}));
}

#[test]
fn one_value_is_a_list_of_one() {
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    assert_eq!(variables(query, json!({ "ids": "a" })), json!({ "ids": ["a"] }));
}

#[test]
fn wrong_types_name_the_variable() {
    let query = "query($n: Int, $t: String!) { users(first: $n, matching: $t) { totalCount } }";
    invalid(query, json!({ "t": "", "n": "1" }), "n", "Variable \"$n\" is not valid");
    invalid(query, json!({ "t": "", "n": 2_147_483_648_u32 }), "n", "to type Int");
    invalid(query, json!({ "t": 1 }), "t", "to type String");
    invalid(query, json!({ "t": null }), "t", "non-null");
    invalid(query, json!({}), "t", "missing value");
    invalid("query($k: Kind) { word(kind: $k) }", json!({ "k": "group" }), "k", "to type Kind");
    invalid(FILTERED, json!({ "f": { "nope": 1 } }), "f", "nope");
    invalid(FILTERED, json!({ "f": { "size": null } }), "f", "Filter.size");
    invalid(FILTERED, json!({ "f": [] }), "f", "Filter");
    let ids = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    invalid(ids, json!({ "ids": ["a", null] }), "ids", "null");
}

#[test]
fn every_variable_at_fault_is_named() {
    let query = "query($n: Int, $t: String!) { users(first: $n, matching: $t) { totalCount } }";
    let errors = gate().prepare(request(query, json!({ "n": "x" }))).unwrap_err();
    let fields: Vec<_> = errors.iter().map(|it| it.field.as_deref().unwrap()).collect();
    assert_eq!(fields, ["n", "t"]);
}

#[test]
fn null_is_refused_where_only_a_default_made_the_variable_fit() {
    let default = r#"query($t: ID = "c") { conversation(id: $t) { id } }"#;
    assert_eq!(variables(default, json!({})), json!({ "t": "c" }));
    invalid(default, json!({ "t": null }), "t", "null is not allowed");
    let skip = "query($s: Boolean = false) { word @skip(if: $s) }";
    invalid(skip, json!({ "s": null }), "s", "null is not allowed");
    let nested = "query($n: Int = 1) { conversations(filter: { size: $n }) { pageInfo { endCursor } } }";
    invalid(nested, json!({ "n": null }), "n", "null is not allowed");
}

#[test]
fn an_absent_variable_takes_the_default_of_its_argument() {
    let query = "query($n: Int) { word(times: $n) }";
    assert_eq!(variables(query, json!({})), json!({ "n": 1 }));
    assert_eq!(variables(query, json!({ "n": null })), json!({ "n": null }));
    assert_eq!(variables("query($l: Boolean) { word(loud: $l) }", json!({})), json!({ "l": false }));
    assert_eq!(
        variables("query($n: Int) { word(times: $n) ... { a: word(times: $n) } }", json!({})),
        json!({ "n": 1 })
    );
    // Where places disagree there is no value that is right for all of them.
    let disagree = "query($n: Int) { word(times: $n) users(first: $n) { totalCount } }";
    assert_eq!(variables(disagree, json!({})), json!({}));
}

#[test]
fn one_of_objects_have_one_key() {
    let user = "query($by: UserRef!) { user(by: $by) { id } }";
    assert_eq!(variables(user, json!({ "by": { "id": "u" } })), json!({ "by": { "id": "u" } }));
    let words = "exactly one key must be specified for \"UserRef\"";
    invalid(user, json!({ "by": {} }), "by", words);
    invalid(user, json!({ "by": { "id": "u", "email": "e" } }), "by", words);
    invalid(user, json!({ "by": { "id": "u", "email": null } }), "by", words);
    invalid(user, json!({ "by": { "id": null } }), "by", words);
    invalid(FILTERED, json!({ "f": { "also": { "by": {} } } }), "f", words);
    let send = "mutation($i: SendMessageInput!) { sendMessage(input: $i) { duplicate } }";
    invalid(
        send,
        json!({ "i": { "to": { "userId": "u", "conversationId": "c" }, "content": "" } }),
        "i",
        "Destination",
    );
}

#[test]
fn one_of_literals_have_one_key() {
    let user = |by: &str| prepare(format!("{{ user(by: {by}) {{ id }} }}"));
    user(r#"{ id: "u" }"#).unwrap();
    for by in ["{}", "{ id: null }", r#"{ id: "u", email: "e" }"#, r#"{ id: "u", email: null }"#] {
        refused(user(by), Code::InvalidRequest, "exactly one key must be specified for \"UserRef\"");
    }
    refused(
        prepare("query($by: UserRef = {}) { user(by: $by) { id } }"),
        Code::InvalidRequest,
        "exactly one key",
    );
}

#[test]
fn a_variable_in_a_one_of_literal_is_never_null() {
    let strict = "query($id: ID!) { user(by: { id: $id }) { id } }";
    assert_eq!(variables(strict, json!({ "id": "u" })), json!({ "id": "u" }));
    let loose = "query($id: ID) { user(by: { id: $id }) { id } }";
    refused(prepare(loose), Code::InvalidRequest, "must be non-null to be used in \"UserRef\"");
}

#[test]
fn values_are_not_quoted_in_errors() {
    let query = "query($t: String, $f: Filter) { word(text: $t) conversations(filter: $f) { nodes { id } } }";
    for (given, message) in [
        (
            json!({ "t": 1_234_567 }),
            "Variable \"$t\" is not valid: could not coerce variable t to type String.",
        ),
        (
            json!({ "t": ["a: b to type c"] }),
            "Variable \"$t\" is not valid: could not coerce variable t to type String.",
        ),
        (
            json!({ "f": { "tags": [{ "secret": 1_234_567 }] } }),
            "Variable \"$f\" is not valid: could not coerce input field Filter.tags to type String.",
        ),
    ] {
        let errors = gate().prepare(request(query, given)).unwrap_err();
        assert_eq!(errors[0].message, message);
    }
}
