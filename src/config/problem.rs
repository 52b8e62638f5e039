//! What is wrong with the settings, in words for whoever runs the server.
//!
//! They are collected, because settings that are put right one restart at a time are nobody's pleasure. It does not
//! know the settings.

use std::fmt;

/// One setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting: `PORT`.
    pub name: String,
    /// What it was set to; `None` where it is missing or a secret.
    pub value: Option<String>,
    /// What is wrong with it, as the rest of a sentence: `must be a number from 0 to 65535`.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            // The debug form, so that a stray line break or escape sequence is seen and does no harm.
            Some(value) => write!(f, "{} {}, but is {value:?}", self.name, self.message),
            None => write!(f, "{} {}", self.name, self.message),
        }
    }
}

/// Everything that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("The settings cannot be used:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for Problems {}
