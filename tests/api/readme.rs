//! The tour of the README, done as it says.
//!
//! Every block of `sh` after the line `<!-- tour -->` is run by bash, all in one shell, against a server that was just
//! started. A block of `json` after one is what it prints, an error only where one is shown; ids, tokens and times may
//! differ. The table of settings is the program's own.

use std::fs;

use serde_json::Value;

use crate::support::{Process, masked, process, repository};

const MARK: &str = "<!-- tour -->";
const BETWEEN: &str = "=== next step ===";

/// A step of the tour: what to type, and what comes back where the README shows it.
struct Step {
    script: String,
    printed: Option<Value>,
}

fn tour(readme: &str) -> Vec<Step> {
    readme
        .split(MARK)
        .skip(1)
        .map(|part| {
            let (script, rest) = block(part, "sh").expect("a block of sh follows the mark");
            let printed =
                block(rest, "json").map(|(text, _)| serde_json::from_str(&text).expect("it shows JSON"));
            Step { script, printed }
        })
        .collect()
}

/// The first fenced block of `language` in `text`, and what follows it.
fn block<'a>(text: &'a str, language: &str) -> Option<(String, &'a str)> {
    let (_, rest) = text.split_once(&format!("```{language}\n"))?;
    let (inside, after) = rest.split_once("\n```")?;
    Some((inside.to_owned(), after))
}

#[tokio::test]
async fn the_tour_works_as_written() {
    take_the_tour(&Process::start().await).await;
}

#[tokio::test]
async fn the_tour_works_among_demo_data() {
    let mut server = Process::prepare().await;
    server.run(&["seed", "--people", "50", "--conversations", "20", "--messages", "1000"]).await.output();
    server.launch().await;
    take_the_tour(&server).await;
}

async fn take_the_tour(server: &Process) {
    let readme = fs::read_to_string(repository("README.md")).expect("there is a README");
    let steps = tour(&readme);
    assert!(steps.len() >= 4, "a tour has a few steps");
    let base = format!("localhost:{}", server.port);
    let script = steps.iter().fold(String::from("set -eu\n"), |script, step| {
        let typed = step.script.replace("localhost:8000", &base).replace("127.0.0.1:8000", &base);
        format!("{script}{typed}\necho\necho '{BETWEEN}'\n")
    });
    let mut command = process::bare_command("bash", server.directory());
    command.args(["-c", &script]);
    let finished = process::run(command).await;
    let outputs: Vec<_> = finished.output().split(BETWEEN).collect();
    for (step, output) in steps.iter().zip(outputs) {
        let Some(expected) = &step.printed else { continue };
        let printed: Value = serde_json::from_str(output.trim())
            .unwrap_or_else(|problem| panic!("{problem}: {output}\nof {}", step.script));
        assert_eq!(masked(&printed), masked(expected), "{}", step.script);
    }
}

#[test]
fn the_table_of_settings_is_the_one_of_the_program() {
    let readme = fs::read_to_string(repository("README.md")).expect("there is a README");
    let (_, rest) = readme.split_once("<!-- settings -->\n").expect("the table has a beginning");
    let (table, _) = rest.split_once("<!-- /settings -->").expect("the table has an end");
    assert_eq!(table.trim(), loquat::config::markdown_table().trim());
}

#[test]
fn the_reader_of_the_tour_reads_it() {
    let readme = "# A\n```sh\nnot this\n```\n<!-- tour -->\n```sh\necho '{}'\n```\ntext\n```json\n{}\n```\n<!-- tour -->\n```sh\ntrue\n```\n";
    let steps = tour(readme);
    let shown: Vec<_> = steps.iter().map(|step| (step.script.as_str(), step.printed.is_some())).collect();
    assert_eq!(shown, [("echo '{}'", true), ("true", false)]);
}
