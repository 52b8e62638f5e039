//! The walls of the house: which part may know which, read from the source.
//!
//! The table is that of ARCHITECTURE.md. What the compiler cannot hold is held here.

use std::{collections::BTreeSet, fs, path::Path};

use crate::support::repository;

/// A part of the server and the parts it may mention.
const PARTS: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("config", &[]),
    ("error", &["clock"]),
    ("id", &["clock", "error"]),
    ("telemetry", &["config", "error"]),
    ("auth", &["clock", "config", "error", "id"]),
    ("bus", &["clock", "config", "error", "id"]),
    ("entity", &["clock", "error", "id"]),
    ("domain", &["auth", "bus", "clock", "config", "entity", "error", "id"]),
    ("graphql", &["auth", "clock", "config", "domain", "entity", "error", "id"]),
    ("http", &["auth", "clock", "config", "domain", "error", "graphql", "id"]),
    ("server", &["auth", "clock", "config", "domain", "error", "graphql", "http", "telemetry"]),
    (
        "cli",
        &["clock", "config", "domain", "entity", "error", "graphql", "http", "id", "server", "telemetry"],
    ),
    ("main", &["cli", "clock", "config", "error", "server", "telemetry"]),
    ("lib", &[]),
];

/// A crate and the parts that may know it.
const CRATES: &[(&str, &[&str])] = &[
    ("async_graphql", &["graphql", "http"]),
    ("async_graphql_axum", &["http"]),
    ("apollo_compiler", &["graphql"]),
    ("axum", &["http", "server"]),
    ("hyper", &["http", "server"]),
    ("hyper_util", &["http", "server"]),
    ("tower_http", &["http", "server"]),
    ("sea_orm", &["domain", "entity"]),
    ("sqlx", &["domain"]),
    ("migration", &["domain"]),
    ("redis", &["bus"]),
    ("jsonwebtoken", &["auth"]),
    ("argon2", &["auth"]),
];

/// A source file of the server, without comments and without its unit tests.
struct Source {
    /// Its path in the repository.
    path: String,
    /// The part it belongs to: the file or folder in `src`.
    part: String,
    lines: usize,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = repository("src");
    let mut sources = Vec::new();
    for file in files(&root) {
        let path = file.strip_prefix(repository("")).unwrap().display().to_string();
        let inside = file.strip_prefix(&root).unwrap();
        let part = inside.iter().next().unwrap().to_string_lossy().replace(".rs", "");
        let text = fs::read_to_string(&file).unwrap();
        let tested = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let code: Vec<_> = tested.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
        sources.push(Source { path, part, lines: text.lines().count(), code: code.join("\n") });
    }
    sources
}

fn files(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The parts that `code` names behind `root::`, as in `crate::domain` and `crate::{auth::Viewer, error}`.
fn mentioned(code: &str, root: &str) -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    for (at, _) in code.match_indices(&format!("{root}::")) {
        if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == '$') {
            continue;
        }
        let rest = &code[at + root.len() + 2..];
        match rest.strip_prefix('{') {
            Some(group) => parts.extend(members(group)),
            None => parts.extend([word(rest)]),
        }
    }
    parts
}

/// The first words of the members of a group of `use`, up to its closing brace.
fn members(group: &str) -> Vec<String> {
    let (mut depth, mut starts, mut found) = (0_usize, true, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => starts = true,
            _ if starts && depth == 0 && !character.is_whitespace() => {
                found.push(word(&group[at..]));
                starts = false;
            }
            _ => {}
        }
    }
    found
}

fn word(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

/// Whether `code` has `name` as a path's beginning: `name::`, or `use name;`.
fn uses_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = &code[at + name.len()..];
        let own = before.is_none_or(|before| !before.is_alphanumeric() && !"_:.\"".contains(before));
        own && (after.starts_with("::") || (after.starts_with(';') && code[..at].ends_with("use ")))
    })
}

#[test]
fn parts_know_only_what_lies_below_them() {
    let mut faults = Vec::new();
    for source in sources() {
        let Some((_, allowed)) = PARTS.iter().find(|(part, _)| *part == source.part) else {
            faults.push(format!("{}: the part {} is not in the table", source.path, source.part));
            continue;
        };
        let root = if source.part == "main" { "loquat" } else { "crate" };
        let known = |name: &String| PARTS.iter().any(|(part, _)| part == name);
        for name in mentioned(&source.code, root).into_iter().filter(known) {
            if name != source.part && !allowed.contains(&name.as_str()) {
                faults.push(format!("{}: {} may not know {name}", source.path, source.part));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn each_library_has_its_place() {
    let mut faults = Vec::new();
    for source in sources() {
        for (library, places) in CRATES {
            if uses_crate(&source.code, library) && !places.contains(&source.part.as_str()) {
                faults.push(format!("{}: {library} belongs in {places:?}", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn proofs_are_made_in_one_file() {
    const PROOFS: [&str; 5] = ["Participation", "Administration", "Ownership", "Authorship", "Operator"];
    for source in sources() {
        for proof in PROOFS {
            let Some((_, body)) = source.code.split_once(&format!("struct {proof}")) else { continue };
            if !body.starts_with(['(', ' ', ';', '<']) {
                continue;
            }
            assert_eq!(source.path, "src/domain/access.rs", "{proof} is defined elsewhere");
            let fields = body.split([')', '}', ';']).next().unwrap_or_default();
            assert!(!fields.contains("pub"), "anybody could make a {proof}: {fields}");
        }
    }
}

#[test]
fn files_are_short_and_have_names_that_say_something() {
    let mut faults = Vec::new();
    for source in sources() {
        if source.lines > 500 {
            faults.push(format!("{} has {} lines", source.path, source.lines));
        }
    }
    for folder in ["src", "migration/src", "tests"] {
        for file in files(&repository(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            if !text.starts_with("//!") {
                faults.push(format!("{} does not say what it is", file.display()));
            }
            let vague =
                ["utils", "util", "common", "helpers", "helper", "core", "misc", "manager", "service"];
            for step in file.strip_prefix(repository("")).unwrap() {
                if vague.contains(&step.to_string_lossy().trim_end_matches(".rs")) {
                    faults.push(format!("{}: what is in it?", file.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_reader_of_paths_reads_paths() {
    let code = "use crate::{\n    auth::{Viewer, token},\n    error::Result,\n};\nfn a() -> crate::id::UserId { mycrate::http::b() }";
    assert_eq!(mentioned(code, "crate").into_iter().collect::<Vec<_>>(), ["auth", "error", "id"]);
    assert!(uses_crate("use sea_orm::Set;", "sea_orm") && uses_crate("let a = axum::serve();", "axum"));
    assert!(
        !uses_crate("use async_graphql_axum::X;", "axum")
            && !uses_crate("self.migration::<X>()", "migration")
    );
}
