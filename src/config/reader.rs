//! Turns the text of a setting into its type and remembers what was wrong.
//!
//! Each method answers with a usable value even when the text is not, so that reading goes on and all problems come
//! out together. Defaults come from the table in `settings`, nowhere else. It does not know what a setting means.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr, time::Duration};

use super::{
    problem::{Problem, Problems},
    settings,
};

type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

pub(super) struct Reader<'a> {
    lookup: Lookup<'a>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: Lookup<'a>) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    /// What the setting is set to, without the space around it; `None` where that is nothing.
    pub(super) fn given(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// What the setting is set to, space included; `None` where that is nothing.
    pub(super) fn raw(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    /// What the setting is set to, or its default.
    pub(super) fn text(&self, name: &str) -> String {
        self.given(name).unwrap_or_else(|| settings::default(name).to_owned())
    }

    /// A number within `range`, or the default.
    pub(super) fn number<T>(&mut self, name: &str, range: RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + Display + Copy,
    {
        let lowest = *range.start();
        self.number_or(name, range, || settings::default(name).parse().unwrap_or(lowest))
    }

    /// A number within `range`, or what `default` says.
    pub(super) fn number_or<T>(&mut self, name: &str, range: RangeInclusive<T>, default: impl Fn() -> T) -> T
    where
        T: FromStr + PartialOrd + Display + Copy,
    {
        let Some(given) = self.given(name) else { return default() };
        if let Some(number) = given.parse().ok().filter(|number| range.contains(number)) {
            return number;
        }
        self.problem(name, format!("must be a whole number from {} to {}", range.start(), range.end()));
        default()
    }

    /// A time in whole seconds within `range`, or the default.
    pub(super) fn seconds(&mut self, name: &str, range: RangeInclusive<u64>) -> Duration {
        Duration::from_secs(self.number(name, range))
    }

    /// Yes or no, or `default`.
    pub(super) fn boolean(&mut self, name: &str, default: bool) -> bool {
        let Some(given) = self.given(name) else { return default };
        match given.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => true,
            "false" | "no" | "off" | "0" => false,
            _ => {
                self.problem(name, "must be true or false");
                default
            }
        }
    }

    /// One of the `named` values, or `default`.
    pub(super) fn choice<T: Copy>(&mut self, name: &str, default: T, named: &[(&str, T)]) -> T {
        let Some(given) = self.given(name) else { return default };
        if let Some((_, value)) = named.iter().find(|(known, _)| known.eq_ignore_ascii_case(&given)) {
            return *value;
        }
        let known: Vec<_> = named.iter().map(|(known, _)| *known).collect();
        self.problem(name, format!("must be one of {}", known.join(", ")));
        default
    }

    /// Whatever a `T` is written as, or `default`; `rule` says what that is.
    pub(super) fn parse<T: FromStr>(&mut self, name: &str, default: T, rule: &str) -> T {
        let Some(given) = self.given(name) else { return default };
        given.parse().unwrap_or_else(|_| {
            self.problem(name, rule);
            default
        })
    }

    /// Notes that the setting cannot be used as it is.
    pub(super) fn problem(&mut self, name: &str, message: impl Into<String>) {
        let value = self.given(name).filter(|_| !settings::is_secret(name));
        self.problems.push(Problem { name: name.to_owned(), value, message: message.into() });
    }

    /// `value`, if nothing was wrong.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Problems> {
        if self.problems.is_empty() { Ok(value) } else { Err(Problems(self.problems)) }
    }
}
