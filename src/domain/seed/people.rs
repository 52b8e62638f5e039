//! The made-up people: names in several scripts, and accounts that all have one password.

use std::{collections::HashMap, time::Duration};

use rand::{RngExt as _, rngs::StdRng, seq::IndexedRandom as _};

use super::{
    calendar::{self, FIRST},
    speech,
    words::{self, LANGUAGES, Language},
};
use crate::{
    domain::text::{self, DisplayName, Email, Username},
    entity::user::{Model, Role},
    error::Result,
    id::UserId,
};

/// From the first registration to the last.
const REGISTRATIONS: Duration = Duration::from_hours(60 * 24);
/// Reserved for examples (RFC 2606), so that no mail ever reaches anybody.
const MAIL_DOMAINS: &[&str] = &["example.org", "example.com", "example.net"];

/// A made-up person: the account, and what they speak.
pub(super) struct Person {
    pub(super) account: Model,
    pub(super) language: &'static Language,
}

impl Person {
    pub(super) const fn id(&self) -> UserId {
        self.account.id
    }

    /// The name to log in and to be mentioned with.
    pub(super) fn username(&self) -> &str {
        self.account.username.as_deref().unwrap_or_default()
    }
}

/// Makes up `count` people in the order they registered.
pub(super) fn make_up(rng: &mut StdRng, count: u32, password_hash: &str) -> Result<Vec<Person>> {
    let mut taken = HashMap::new();
    let pause = REGISTRATIONS / count.max(1);
    (0..count)
        .map(|number| {
            let created_at = FIRST.plus(pause * number).plus(calendar::up_to(rng, pause));
            let names = names(rng, &mut taken)?;
            let account = Model {
                id: UserId::at(created_at, &rng.random()),
                username: Some(names.username.shown().to_owned()),
                username_key: Some(names.username.key().to_owned()),
                email: Some(names.email.shown().to_owned()),
                email_key: Some(names.email.key().to_owned()),
                display_name: names.display_name.map(DisplayName::into_string),
                role: Role::User,
                password_hash: Some(password_hash.to_owned()),
                created_at,
                updated_at: created_at,
                disabled_at: None,
                deleted_at: None,
            };
            Ok(Person { account, language: names.language })
        })
        .collect()
}

struct Names {
    username: Username,
    email: Email,
    display_name: Option<DisplayName>,
    language: &'static Language,
}

/// Names nobody else has; `taken` says how often each was wished for.
fn names(rng: &mut StdRng, taken: &mut HashMap<String, u32>) -> Result<Names> {
    // The first of all is who tries things out: with a name that is easy to type.
    let is_first = taken.is_empty();
    let language =
        if is_first { &words::ENGLISH } else { LANGUAGES.choose(rng).copied().unwrap_or(&words::ENGLISH) };
    let (first, first_ascii) = language.first.choose(rng).copied().unwrap_or_default();
    let (last, last_ascii) = language.last.choose(rng).copied().unwrap_or_default();
    let ascii = match rng.random_range(0..4) {
        0 => format!("{first_ascii}{last_ascii}"),
        1 => format!("{first_ascii}_{last_ascii}"),
        _ => format!("{first_ascii}.{last_ascii}"),
    };
    let in_own_script = format!("{first}.{last}").to_lowercase();
    let is_own = !is_first && rng.random_ratio(1, 4) && Username::parse("username", &in_own_script).is_ok();
    // Of people with the same name, all but the first have a number.
    let mut numbered = |name: &str, key: String| {
        let wishes = taken.entry(key).or_default();
        *wishes += 1;
        if *wishes == 1 { name.to_owned() } else { format!("{name}{wishes}") }
    };
    let wished = if is_own { &in_own_script } else { &ascii };
    let username = numbered(wished, text::username_key(wished));
    let mailbox = numbered(&ascii, format!("{ascii}@"));
    let domain = speech::pick(rng, MAIL_DOMAINS);
    let shown = rng.random_ratio(9, 10).then(|| format!("{first} {last}"));
    Ok(Names {
        username: Username::parse("username", &username)?,
        email: Email::parse("email", &format!("{mailbox}@{domain}"))?,
        display_name: shown.map(|name| DisplayName::parse("displayName", &name)).transpose()?,
        language,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn everybody_has_names_of_their_own() {
        let people = make_up(&mut StdRng::seed_from_u64(7), 5_000, "hash").unwrap();
        let distinct = |key: fn(&Model) -> Option<String>| {
            people.iter().map(|person| key(&person.account).unwrap()).collect::<HashSet<_>>().len()
        };
        assert_eq!(distinct(|account| account.username_key.clone()), 5_000);
        assert_eq!(distinct(|account| account.email_key.clone()), 5_000);
        assert!(people.is_sorted_by_key(Person::id));
        assert!(people.iter().any(|person| !person.username().is_ascii()));
    }
}
