//! What is valid, what is not, and where the error is.

use super::*;

const INVALID: Code = Code::InvalidRequest;

#[track_caller]
fn position(error: &RequestError) -> (usize, usize) {
    let [pos] = error.locations[..] else { panic!("{error:?} has not one location") };
    (pos.line, pos.column)
}

#[test]
fn errors_say_what_and_where() {
    let error = refused(prepare("{\n  viewer { émail }\n}"), INVALID, "");
    assert_eq!(position(&error), (2, 12));
    let error = refused(
        prepare("{\n  viewer { mail }\n}"),
        INVALID,
        "Cannot query field \"mail\" on type \"Viewer\"",
    );
    assert_eq!(position(&error), (2, 12));
    let error = refused(prepare("{ word(text: \"é\") nope }"), INVALID, "\"nope\"");
    assert_eq!(position(&error), (1, 19));
    refused(prepare("type A { a: Int }"), INVALID, "The \"A\" definition is not executable.");
    refused(prepare("{ word(at: 1e999) }"), INVALID, "cannot be executed as it is written");
}

#[test]
fn a_syntax_error_stands_alone() {
    for (query, message) in [
        ("", "Syntax error: Unexpected <EOF>."),
        ("{ word(text: \"a) }", "Syntax error: unterminated string value."),
        ("{ émail }", "Syntax error: Unexpected character \"é\"."),
    ] {
        let errors = prepare(query).unwrap_err();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].message, message);
        assert_eq!(errors[0].locations.len(), 1);
    }
}

#[test]
fn a_misspelt_field_is_the_only_error() {
    let query = "{ viewer { mail } ...F } fragment F on Query { user(by: { id: 1 }) { mail } }";
    let errors = prepare(query).unwrap_err();
    let messages: Vec<_> = errors.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        messages,
        ["Cannot query field \"mail\" on type \"Viewer\".", "Cannot query field \"mail\" on type \"User\"."]
    );
}

#[test]
fn what_is_not_valid_is_refused() {
    for (query, words) in [
        ("{ viewer }", "viewer"),
        ("{ word { a } }", "word"),
        ("{ word(nope: 1) }", "nope"),
        ("{ word(text: 1) }", "String"),
        ("{ word(kind: OTHER) }", "OTHER"),
        ("{ conversation { id } }", "id"),
        ("{ ...Missing }", "Missing"),
        ("{ word } fragment F on Query { word }", "F"),
        ("{ word @nope }", "nope"),
        ("query($a: Int) { word }", "$a"),
        ("{ word(text: $a) }", "$a"),
        ("query($a: Int) { word(text: $a) }", "$a"),
        ("query($a: String) { conversation(id: $a) { id } }", "$a"),
        ("{ a: word a: viewer { email } }", "a"),
        ("{ word(text: \"a\", text: \"b\") }", "text"),
        ("query A { word } query A { word }", "A"),
        ("{ word } { word }", "anonymous"),
        ("{ __typename @skip(if: 1) }", "Boolean"),
        ("{ __typename(a: 1) }", "a"),
    ] {
        refused(prepare(query), INVALID, words);
    }
}

#[test]
fn variables_are_checked_inside_literals() {
    for (query, words) in [
        (
            "mutation($t: String) { sendMessage(input: { to: { userId: \"u\" }, content: $t }) { duplicate } }",
            "Variable \"$t\" of type \"String\" used in position expecting type \"String!\"",
        ),
        ("query($t: [String!]) { conversations(filter: { tags: [$t] }) { pageInfo { endCursor } } }", "$t"),
        ("query($t: String) { conversations(filter: { tags: [$t] }) { pageInfo { endCursor } } }", "$t"),
        ("query($t: String!) { conversations(filter: { tags: $t }) { pageInfo { endCursor } } }", "$t"),
        ("query($t: ID = null) { conversation(id: $t) { id } }", "$t"),
    ] {
        let error = refused(prepare(query), INVALID, words);
        assert_eq!(error.locations.len(), 1);
    }
    prepare("query($t: String!) { conversations(filter: { tags: [$t] }) { pageInfo { endCursor } } }")
        .unwrap_err()[0]
        .field
        .as_deref()
        .map_or_else(|| panic!("only the value is missing"), |field| assert_eq!(field, "t"));
}

#[test]
fn keys_of_literals_are_unique() {
    let error = refused(
        prepare("{ conversations(filter: { also: { size: 1, size: 2 } }) { pageInfo { endCursor } } }"),
        INVALID,
        "only one input field named \"size\"",
    );
    assert_eq!(position(&error), (1, 44));
}

#[test]
fn operations_are_chosen_by_name() {
    let named = |document: &str, name: Option<&str>| {
        gate().prepare(Request { operation_name: name.map(str::to_owned), ..request(document, json!({})) })
    };
    let both = "query A { word } mutation B { __typename }";
    assert_eq!(named(both, Some("A")).unwrap().operation.kind(), OperationKind::Query);
    assert_eq!(named(both, Some("B")).unwrap().operation.kind(), OperationKind::Mutation);
    refused(named(both, None), INVALID, "choose one with operationName");
    refused(named(both, Some("C")), INVALID, "no operation named \"C\"");
    refused(named(both, Some("")), INVALID, "no operation named \"\"");
    assert_eq!(named("query A { word }", None).unwrap().operation.name(), Some("A"));
    named("{ word }", None).unwrap();
    refused(named("{ word }", Some("A")), INVALID, "no operation named \"A\"");
    refused(named("fragment F on Query { word }", None), INVALID, "");
}

#[test]
fn only_the_chosen_operation_is_handed_over_with_its_fragments_expanded() {
    let document =
        "query A { ...F } query B { ...G } fragment F on Query { ...H } fragment G on Query { word }
        fragment H on Query { word }";
    let request = Request { operation_name: Some("A".to_owned()), ..request(document, json!({})) };
    let operation = gate().prepare(request).unwrap().operation;
    assert_eq!(operation.document().operations.iter().count(), 1);
    assert!(operation.document().fragments.is_empty());
    let (_, chosen) = operation.document().operations.iter().next().unwrap();
    assert_eq!(chosen.node.selection_set.node.items.len(), 1);
}

const SEND: &str = r#"sendMessage(input: { to: { userId: "u" }, content: "hi" }) { duplicate }"#;

#[test]
fn a_mutation_runs_each_root_field_once() {
    for query in [
        format!("mutation {{ {SEND} {SEND} }}"),
        format!("mutation {{ {SEND} ...F }} fragment F on Mutation {{ {SEND} }}"),
        format!("mutation {{ ...F ...F }} fragment F on Mutation {{ {SEND} }}"),
        format!("mutation {{ {SEND} ... on Mutation {{ ... {{ {SEND} }} }} }}"),
    ] {
        assert_eq!(prepare(query).unwrap().operation.root_fields(), ["sendMessage"]);
    }
    for query in [
        format!("mutation($v: Boolean!) {{ {SEND} ...F @skip(if: $v) }} fragment F on Mutation {{ {SEND} }}"),
        format!("mutation($v: Boolean!) {{ {SEND} ... @include(if: $v) {{ {SEND} }} }}"),
    ] {
        let prepared = accepted(&gate(), &query, json!({ "v": true }));
        assert_eq!(prepared.operation.root_fields(), ["sendMessage"]);
    }
    let either = format!(
        "mutation($v: Boolean!) {{ ... @skip(if: $v) {{ {SEND} }} ... @include(if: $v) {{ {SEND} }} }}"
    );
    refused(prepare(either), INVALID, "selected more than once under different conditions");
    let twice = prepare(format!("mutation {{ a: {SEND} b: {SEND} __typename __typename }}")).unwrap();
    assert_eq!(twice.operation.root_fields(), ["sendMessage", "sendMessage", "__typename"]);
    prepare("{ word ...F } fragment F on Query { word }").unwrap();
}

#[test]
fn a_subscription_has_one_root_field() {
    let field = r#"messageAdded(conversationId: "c") { id }"#;
    prepare(format!("subscription {{ {field} }}")).unwrap();
    refused(
        prepare(format!("subscription {{ {field} events {{ cursor }} }}")),
        INVALID,
        "only one top level field",
    );
    refused(prepare(format!("subscription {{ {field} b: {field} }}")), INVALID, "only one top level field");
    refused(
        prepare(format!("subscription {{ {field} ...F }} fragment F on Subscription {{ {field} }}")),
        INVALID,
        "only one top level field",
    );
    refused(prepare("subscription { __typename }"), INVALID, "introspection");
    refused(prepare(format!("subscription {{ ... @skip(if: true) {{ {field} }} }}")), INVALID, "@skip");
}

/// `getIntrospectionQuery` of graphql-js 16 with every option switched on. GraphiQL, Apollo and Relay send subsets.
pub(super) const INTROSPECTION: &str = "
    query IntrospectionQuery {
      __schema {
        description
        queryType { name kind }
        mutationType { name kind }
        subscriptionType { name kind }
        types { ...FullType }
        directives {
          name
          description
          isRepeatable
          locations
          args(includeDeprecated: true) { ...InputValue }
        }
      }
    }

    fragment FullType on __Type {
      kind
      name
      description
      specifiedByURL
      isOneOf
      fields(includeDeprecated: true) {
        name
        description
        args(includeDeprecated: true) { ...InputValue }
        type { ...TypeRef }
        isDeprecated
        deprecationReason
      }
      inputFields(includeDeprecated: true) { ...InputValue }
      interfaces { ...TypeRef }
      enumValues(includeDeprecated: true) {
        name
        description
        isDeprecated
        deprecationReason
      }
      possibleTypes { ...TypeRef }
    }

    fragment InputValue on __InputValue {
      name
      description
      type { ...TypeRef }
      defaultValue
      isDeprecated
      deprecationReason
    }

    fragment TypeRef on __Type {
      kind
      name
      ofType {
        kind
        name
        ofType {
          kind
          name
          ofType {
            kind
            name
            ofType {
              kind
              name
              ofType {
                kind
                name
                ofType {
                  kind
                  name
                  ofType {
                    kind
                    name
                    ofType {
                      kind
                      name
                      ofType { kind name }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }";

#[test]
fn introspection_by_common_tools_passes() {
    let prepared = prepare(INTROSPECTION).unwrap();
    assert_eq!(prepared.operation.root_fields(), ["__schema"]);
    assert_eq!(prepared.cost, 230);
}
