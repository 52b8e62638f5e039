//! The file `.env`: settings for those who would rather not export them.
//!
//! It is looked at as a second place to find a setting and never copied into the environment, which other threads may
//! be reading. It knows no setting.

use std::{collections::HashMap, fs, io::ErrorKind, path::Path};

use super::problem::{Problem, Problems};

/// `environment`, and behind it what the file at `path` says, if there is such a file. A variable of the environment
/// hides the line in the file, even where it is empty.
///
/// # Errors
/// A file that cannot be read, and every line that cannot be understood.
pub fn with_dotenv<E>(
    path: &Path,
    environment: E,
) -> Result<impl Fn(&str) -> Option<String> + use<E>, Problems>
where
    E: Fn(&str) -> Option<String>,
{
    let file = read(path)?;
    Ok(move |name: &str| environment(name).or_else(|| file.get(name).cloned()))
}

fn read(path: &Path) -> Result<HashMap<String, String>, Problems> {
    let problem = |message: String| Problem { name: path.display().to_string(), value: None, message };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(error) => return Err(Problems(vec![problem(format!("cannot be read: {error}"))])),
    };
    let mut values = HashMap::new();
    let mut problems: Vec<_> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| has_substitution(line))
        .map(|(index, _)| {
            problem(format!("has a $ in line {}: put the value in single quotes, or write \\$", index + 1))
        })
        .collect();
    for line in dotenvy::from_read_iter(text.trim_start_matches('\u{feff}').as_bytes()) {
        match line {
            Ok((name, value)) => {
                values.entry(name).or_insert(value);
            }
            Err(dotenvy::Error::LineParse(line, _)) => {
                problems.push(problem(format!(
                    "{} NAME=value; a value with spaces needs quotes",
                    place(&text, &line)
                )));
            }
            Err(error) => problems.push(problem(format!("cannot be read: {error}"))),
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(Problems(problems)) }
}

/// Whether the library would replace something in the value of this line by the value of a variable. A password with a
/// `$` would silently become another.
fn has_substitution(line: &str) -> bool {
    let Some((name, value)) = line.split_once('=') else { return false };
    let value = value.trim_start();
    if name.trim_start().starts_with('#') || value.starts_with('\'') {
        return false;
    }
    let comment = value.find(" #").unwrap_or(value.len());
    let mut is_escaped = false;
    for c in value.get(..comment).unwrap_or_default().chars() {
        if c == '$' && !is_escaped {
            return true;
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    false
}

/// Where in `text` the offending `part` is. The part itself may be a secret.
fn place(text: &str, part: &str) -> String {
    match text.lines().position(|line| line.contains(part)) {
        Some(index) => format!("is wrong in line {}: it is not", index + 1),
        None => "is wrong: a line is not".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(text: &str, name: &str) -> Option<String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".env");
        fs::write(&path, text).unwrap();
        let real = |name: &str| (name == "REAL").then(|| "environment".to_owned());
        with_dotenv(&path, real).unwrap()(name)
    }

    #[test]
    fn a_value_is_never_replaced_behind_ones_back() {
        assert_eq!(lookup("A='pa$$w0rd$x'", "A").as_deref(), Some("pa$$w0rd$x"));
        assert_eq!(lookup("A=pa\\$x", "A").as_deref(), Some("pa$x"));
        assert_eq!(lookup("# A=$x\nA=1 # costs $1", "A").as_deref(), Some("1"));
        for line in ["A=pa$x", "A=\"pa${x}\"", "A=a$$"] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join(".env");
            fs::write(&path, format!("B=1\n{line}")).unwrap();
            let problems = with_dotenv(&path, |_: &str| None).err().unwrap().to_string();
            assert!(problems.contains("a $ in line 2") && !problems.contains("pa"), "{problems}");
        }
    }

    #[test]
    fn the_file_fills_in_what_the_environment_lacks() {
        assert_eq!(lookup("PORT=1234\n", "PORT").as_deref(), Some("1234"));
        assert_eq!(lookup("\u{feff}PORT='12 34' # a comment\n", "PORT").as_deref(), Some("12 34"));
        assert_eq!(lookup("PORT=1\nPORT=2\n", "PORT").as_deref(), Some("1"));
        assert_eq!(lookup("PORT=1234\n", "HOST"), None);
    }

    #[test]
    fn the_environment_wins() {
        assert_eq!(lookup("REAL=file\n", "REAL").as_deref(), Some("environment"));
    }

    #[test]
    fn a_missing_file_is_no_problem() {
        assert!(with_dotenv(Path::new("/no/such/place/.env"), |_| None).is_ok());
    }

    #[test]
    fn a_malformed_line_is_reported_without_its_value() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".env");
        fs::write(&path, "GOOD=1\nDB_PASSWORD=hunter2 hunter3\nnonsense\n").unwrap();
        let problems = with_dotenv(&path, |_| None).err().unwrap();
        assert_eq!(problems.0.len(), 2, "{problems}");
        assert!(problems.to_string().contains("line 2") && problems.to_string().contains("line 3"));
        assert!(!problems.to_string().contains("hunter"), "{problems}");
    }
}
