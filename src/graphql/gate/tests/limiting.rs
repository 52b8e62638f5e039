//! Documents that are too large, by every measure, on both sides of the edge.

use super::*;

const TOO_COMPLEX: Code = Code::OperationTooComplex;

/// `query` is accepted with the limits of `at` and refused, mentioning `words`, with those of `below`.
#[track_caller]
fn edge(query: &str, at: Limits, below: Limits, words: &str) {
    accepted(&gate_with(at), query, json!({}));
    refused(gate_with(below).prepare(request(query, json!({}))), TOO_COMPLEX, words);
}

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits { cost: u64::MAX, ..Limits::default() };
    change(&mut limits);
    limits
}

#[test]
fn every_limit_has_its_edge() {
    let word = "{ word }";
    edge(word, limits(|it| it.document_bytes = 8), limits(|it| it.document_bytes = 7), "8 bytes, at most 7");
    edge(word, limits(|it| it.tokens = 3), limits(|it| it.tokens = 2), "3 tokens, at most 2");

    let nested = "{ conversations(filter: { tags: [\"a\"] }) { nodes { id } } }";
    edge(nested, limits(|it| it.nesting = 4), limits(|it| it.nesting = 3), "4 levels of brackets");

    let spread = "{ ...F ...F viewer { email } } fragment F on Query { word }";
    edge(spread, limits(|it| it.fields = 4), limits(|it| it.fields = 3), "4 fields, at most 3");
    edge(spread, limits(|it| it.fragments = 1), limits(|it| it.fragments = 0), "1 fragments");
    edge(spread, limits(|it| it.root_fields = 3), limits(|it| it.root_fields = 2), "3 root fields");

    let deep = "{ viewer { ...F } } fragment F on Viewer { user { id } }";
    edge(deep, limits(|it| it.depth = 3), limits(|it| it.depth = 2), "3 levels of fields");

    let aliases = "{ a: word ...F } fragment F on Query { b: word c: word }";
    edge(aliases, limits(|it| it.aliases = 3), limits(|it| it.aliases = 2), "3 aliases");

    let directives = "{ word @skip(if: false) ...F @include(if: true) ... @skip(if: false) { word } }
        fragment F on Query { word }";
    edge(directives, limits(|it| it.directives = 3), limits(|it| it.directives = 2), "3 directives");
}

#[test]
fn operations_are_counted() {
    let run = |operations| {
        let limits = Limits { operations, ..Limits::default() };
        let document = request("query A { word } query B { word }", json!({}));
        gate_with(limits).prepare(Request { operation_name: Some("A".to_owned()), ..document })
    };
    run(2).unwrap();
    refused(run(1), TOO_COMPLEX, "2 operations, at most 1");
}

#[test]
fn the_cost_has_its_edge() {
    let query = "{ conversations { nodes { id title } } }";
    let cost = accepted(&gate(), query, json!({})).cost;
    edge(query, limits(|it| it.cost = cost), limits(|it| it.cost = cost - 1), &format!("costs {cost}"));
}

#[test]
fn variables_may_nest_as_deep_as_brackets() {
    let run = |depth: usize| {
        let value = (1..depth).fold(json!({}), |inner, _| json!({ "also": inner }));
        let query = "query($f: Filter) { conversations(filter: $f) { pageInfo { endCursor } } }";
        gate().prepare(request(query, json!({ "f": value })))
    };
    run(64).unwrap();
    let error = refused(run(65), TOO_COMPLEX, "65 levels of nesting in a variable");
    assert_eq!(error.field.as_deref(), Some("f"));
}

#[test]
fn brackets_may_nest_up_to_the_limit_wherever_they_are() {
    let limits = || limits(|it| it.depth = 64);
    let objects = |depth| format!("{{also:{}", "{also:".repeat(depth - 1)) + "null" + &"}".repeat(depth);
    let filter = |depth| format!("{{ conversations(filter: {}) {{ nodes {{ id }} }} }}", objects(depth));
    let default = |depth| {
        format!("query($f: Filter = {}) {{ conversations(filter: $f) {{ nodes {{ id }} }} }}", objects(depth))
    };
    let list = |depth| format!("{{ word(at: {}{}) }}", "[".repeat(depth), "]".repeat(depth));
    accepted(&gate_with(limits()), &list(62), json!({}));
    refused(gate_with(limits()).prepare(request(list(63), json!({}))), TOO_COMPLEX, "65 levels of brackets");
    // The selection and the argument list are two levels; the list of variables is one.
    accepted(&gate_with(limits()), &filter(62), json!({}));
    refused(
        gate_with(limits()).prepare(request(filter(63), json!({}))),
        TOO_COMPLEX,
        "65 levels of brackets",
    );
    accepted(&gate_with(limits()), &default(63), json!({}));
    refused(
        gate_with(limits()).prepare(request(default(64), json!({}))),
        TOO_COMPLEX,
        "65 levels of brackets",
    );
}

#[test]
fn selections_and_fragments_nest_as_deep_as_the_executor_goes() {
    let run = |levels: usize| {
        let query = format!("{{ {} word {} }}", "... {".repeat(levels), "}".repeat(levels));
        prepare(query)
    };
    run(32).unwrap();
    refused(run(33), TOO_COMPLEX, "33 levels of selections and fragments");

    let chain = |length: usize| {
        let fragments = (0..length).map(|it| match it + 1 {
            last if last == length => format!("fragment F{it} on Query {{ word }}"),
            next => format!("fragment F{it} on Query {{ ...F{next} }}"),
        });
        format!("{{ ...F0 }} {}", fragments.collect::<String>())
    };
    prepare(chain(32)).unwrap();
    refused(prepare(chain(33)), TOO_COMPLEX, "33 levels of selections and fragments");
}

#[test]
fn a_refusal_always_has_a_reason() {
    let gate = gate_with(limits(|it| it.reported_errors = 0));
    for query in ["{", "{ nope }", "{ user(by: {}) { id } }", "query($n: Int!) { word(times: $n) }"] {
        assert_eq!(gate.prepare(request(query, json!({}))).unwrap_err().len(), 1);
    }
}
