//! Documents made to crash a parser, to exhaust the stack or to take for ever.

use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;

use super::*;

const TOO_COMPLEX: Code = Code::OperationTooComplex;

/// No document takes long: the slowest attack on the library takes minutes.
const SOON: Duration = Duration::from_millis(500);

#[track_caller]
fn refused_soon(query: &str, words: &str) {
    let gate = gate();
    let start = Instant::now();
    let result = gate.prepare(request(query, json!({})));
    assert!(start.elapsed() < SOON, "took {:?}", start.elapsed());
    refused(result, TOO_COMPLEX, words);
}

#[test]
fn literals_nested_five_thousand_deep_are_refused() {
    let list = "[".repeat(5_000) + &"]".repeat(5_000);
    let object = "{a:".repeat(5_000) + "1" + &"}".repeat(5_000);
    for deep in [list, object, "[".repeat(5_000), "{a:".repeat(5_000)] {
        refused_soon(&format!("{{ word(text: {deep}) }}"), "levels of brackets");
        refused_soon(&format!("query($a: Int = {deep}) {{ word }}"), "levels of brackets");
        refused_soon(&format!("{{ word @skip(if: {deep}) }}"), "levels of brackets");
        refused_soon(&format!("{{ ...F @include(if: {deep}) }}"), "levels of brackets");
    }
    refused_soon(&format!("query($a: {}Int) {{ word }}", "[".repeat(5_000)), "levels of brackets");
}

#[test]
fn selections_five_thousand_deep_are_refused() {
    refused_soon(&("{a".repeat(5_000) + &"}".repeat(5_000)), "levels of brackets");
    refused_soon(&"{a".repeat(5_000), "levels of brackets");
    refused_soon(&"{...".repeat(5_000), "levels of brackets");
}

#[test]
fn unbalanced_brackets_are_a_syntax_error() {
    for query in ["{ word", "{ word }}", "}{", "((((}}}}", "{ word(text: [) }", "]".repeat(1_000).as_str()] {
        let result = prepare(query);
        assert!(!result.as_ref().unwrap_err()[0].message.is_empty());
        refused(result, Code::InvalidRequest, "");
    }
    // Closing brackets of the wrong kind hide depth from the scan, but not from the parser.
    let hidden = "[}".repeat(1_500);
    refused(prepare(format!("{{ word(text: {hidden}) }}")), Code::InvalidRequest, "");
}

#[test]
fn brackets_in_strings_and_comments_are_text() {
    let deep = "[{(".repeat(1_000);
    accepted(&gate(), &format!("{{ word(text: \"{deep}\") }}"), json!({}));
    accepted(&gate(), &format!("{{ word(text: \"\"\"{deep} \\\"\"\" {deep}\"\"\") }}"), json!({}));
    accepted(&gate(), &format!("# {deep}\n{{ word }}"), json!({}));
}

fn doubling(levels: usize) -> String {
    let spread = (1..levels).map(|it| format!("fragment F{it} on Query{{...F{0} ...F{0}}}", it - 1));
    format!("{{...F{}}}fragment F0 on Query{{word}}{}", levels - 1, spread.collect::<String>())
}

#[test]
fn doubling_fragments_are_measured_and_not_expanded() {
    let document = doubling(24);
    assert!(document.len() < 1_000, "{} bytes", document.len());
    refused_soon(&document, "8388608 fields");
    // More than any integer can count.
    let limits = Limits { fragments: 1_000, ..Limits::default() };
    let gate = gate_with(limits);
    refused(gate.prepare(request(doubling(200), json!({}))), TOO_COMPLEX, &format!("{} fields", usize::MAX));
}

#[test]
fn wide_fragments_are_measured_and_not_expanded() {
    let level = |it: usize| format!("fragment F{it} on Query{{{}}}", format!("...F{} ", it - 1).repeat(10));
    let document = format!("{{...F7}}fragment F0 on Query{{word}}{}", each(7, |it| level(it + 1)));
    refused_soon(&document, "10000000 fields");
}

#[test]
fn spreads_of_nothing_count_too() {
    let document = doubling(24).replace("fragment F0 on Query{word}", "");
    refused_soon(&document, "8388608 fields");
}

#[test]
fn fragments_nobody_uses_are_measured_too() {
    let document = doubling(24).replacen("{...F23}", "{word}", 1);
    refused_soon(&document, "8388608 fields");
}

#[test]
fn many_operations_are_measured_together() {
    let fields = "word ".repeat(200);
    let document = each(11, |it| format!("query Q{it} {{ {fields} }}"));
    refused_soon(&document, "2200 fields");
}

#[test]
fn fragments_that_spread_themselves_are_refused() {
    for cycle in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { word ...B } fragment B on Query { ... { ...C } } fragment C on Query { ...A }",
        "{ word } fragment A on User { friends { ...A } }",
    ] {
        let error = refused(prepare(cycle), Code::InvalidRequest, "The fragment \"A\" spreads itself.");
        assert_eq!(error.locations.len(), 1);
    }
}

#[test]
fn a_thousand_aliases_are_refused() {
    let aliases = each(1_000, |it| format!("a{it}: word "));
    refused_soon(&format!("{{ {aliases} }}"), "1000 aliases");
}

#[test]
fn a_thousand_directives_are_refused() {
    refused_soon(&format!("{{ word {} }}", "@skip(if:true) ".repeat(500)), "500 directives");
    refused_soon(&format!("query {} {{ word }}", "@a ".repeat(500)), "500 directives");
}

#[test]
fn any_number_of_errors_gives_five() {
    let unknown = |count| format!("{{ {} }}", each(count, |it| format!("u{it} ")));
    assert_eq!(prepare(unknown(1_900)).unwrap_err().len(), 5);
    assert!(gate().prepare(request(unknown(20_000), json!({}))).unwrap_err().len() <= 5);
    let wide = Limits { document_bytes: 1 << 20, tokens: 100_000, fields: 100_000, ..Limits::default() };
    assert_eq!(gate_with(wide).prepare(request(unknown(20_000), json!({}))).unwrap_err().len(), 5);
    assert_eq!(prepare("%".repeat(1_000)).unwrap_err().len(), 1);
}

/// Documents at the edge of the limits, each made to be hard on one step.
fn largest() -> Vec<String> {
    let below_user = |fields: &str| format!("{{ viewer {{ user {{ {fields} }} }} }}");
    let ids = |count: usize| "id ".repeat(count);
    let aliased = |it: usize| format!("a{it}: conversation(id: \"c\") {{ {} }}", ids(17));
    let binary =
        (0..9).fold("id".to_owned(), |inner, _| format!("friends {{ {inner} }} friends {{ {inner} }}"));
    let variables = each(480, |it| format!("$v{it}: String = \"\" "));
    let uses = each(480, |it| format!("$v{it} "));
    let chain = |it: usize| format!("fragment F{it} on Query {{ {} ...F{} }}", "word ".repeat(30), it + 1);
    let operation = |it: usize| format!("query Q{it} {{ {} }}", "word ".repeat(120));
    vec![
        below_user(&ids(1_998)),
        format!("{{ {} }}", each(96, aliased)),
        below_user(&("friends { ".repeat(17) + &ids(1_900) + &"}".repeat(17))),
        below_user(&"friends { id username } ".repeat(600)),
        below_user(&binary),
        format!("query({variables}) {{ conversations(filter: {{ tags: [{uses}] }}) {{ nodes {{ id }} }} }}"),
        format!("{{ nodes(ids: [{}]) {{ id }} }}", "\"a\" ".repeat(3_900)),
        format!("{{ ...F0 }} {} fragment F31 on Query {{ word }}", each(31, chain)),
        each(16, operation),
        format!("{{ word(text: \"{}\") }}", "é".repeat(16_000)),
        format!("{{ word }} {}", "#\n".repeat(3_900)),
    ]
}

#[test]
fn the_largest_documents_are_prepared_in_little_time() {
    let limits = Limits { cost: u64::MAX, root_fields: 2_000, ..Limits::default() };
    let gate = gate_with(limits);
    for document in largest() {
        let start = Instant::now();
        let named = document.starts_with("query Q0").then(|| "Q0".to_owned());
        let prepared = gate.prepare(Request { operation_name: named, ..request(&document, json!({})) });
        assert!(start.elapsed() < SOON, "{document:.40} took {:?}", start.elapsed());
        prepared.unwrap();
    }
}

const VALID: &str = r#"query Q($id: ID! = "a", $n: Int) {
  conversation(id: $id) { ...F messages(first: $n) { nodes { content @skip(if: false) } } }
  user(by: { email: "e\u00e9" }) { ... on Node { id } }
}
fragment F on Conversation { title } # done
"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_a_client_sends_is_a_panic(query in any::<String>(), name in any::<Option<String>>()) {
        let _ = gate().prepare(Request { query, operation_name: name, ..Request::default() });
    }

    #[test]
    fn no_string_of_tokens_is_a_panic(
        tokens in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "(", ")", "[", "]", "...", ":", "$", "@", "!", "=", "|", "&", "\"", "\"\"\"", "\\", "#", "\n", "on",
            "query", "mutation", "subscription", "fragment", "F", "word", "text", "-1", "0.5e3", "true", "null", "\\u",
            "viewer", "skip", "if", "Int", "Query", "é", "\u{feff}", "extend", "type",
        ]), 0..60),
        gap in prop::sample::select(vec!["", " "]),
    ) {
        let _ = prepare(tokens.join(gap));
    }

    #[test]
    fn no_change_to_a_valid_document_is_a_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<char>(), any::<bool>()), 1..6),
        id in any::<Option<i64>>(),
    ) {
        let mut text: Vec<char> = VALID.chars().collect();
        for (place, char, insert) in edits {
            let place = place.index(text.len());
            if insert { text.insert(place, char) } else { text.remove(place); }
        }
        let variables = json!({ "id": id, "n": [id] });
        let _ = gate().prepare(request(text.into_iter().collect::<String>(), variables));
    }
}
