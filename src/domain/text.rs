//! Text that is valid by construction: names, addresses, titles, contents.
//!
//! Each type is made by the one function that checks it, so that a verb cannot be handed an unchecked string. Keys
//! that must be unique are NFKC with case folded (UAX #15 and #21), so that all three databases can compare bytes. It
//! knows no table; whether a name is free is the database's answer.

use std::str::FromStr as _;

use caseless::Caseless as _;
use email_address::EmailAddress;
use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};
use unicode_security::MixedScript as _;

use crate::error::{Error, Result};

/// Names that mean something else: `Anonymous` is what the request log calls somebody without a token.
const RESERVED_NAMES: [&str; 5] = ["anonymous", "everyone", "here", "all", "system"];
/// How many names of one message are looked up.
const MENTIONS_MAX: usize = 50;
/// The longest key of an e-mail address, in characters: what its column takes.
const EMAIL_KEY_LENGTH_MAX: usize = 320;
/// The longest username, in characters.
pub const USERNAME_LENGTH_MAX: usize = 32;
/// The longest display name, in characters.
pub const DISPLAY_NAME_LENGTH_MAX: usize = 100;
/// The longest title, in characters.
pub const TITLE_LENGTH_MAX: usize = 200;
/// The longest idempotency key, in characters.
pub const IDEMPOTENCY_KEY_LENGTH_MAX: usize = 128;

/// The form in which names and addresses are compared.
fn fold(text: &str) -> String {
    text.nfkc().default_case_fold().nfkc().collect()
}

/// The name of an account: 3 to 32 letters, digits, `_`, `.` and `-`, of one script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    shown: String,
    key: String,
}

impl Username {
    /// Checks `text`; `field` is what the client calls it.
    pub fn parse(field: &'static str, text: &str) -> Result<Self> {
        let shown: String = text.nfkc().collect();
        let length = shown.chars().count();
        if !(3..=USERNAME_LENGTH_MAX).contains(&length) {
            return Err(Error::invalid(
                field,
                format!("A username has 3 to {USERNAME_LENGTH_MAX} characters."),
            ));
        }
        let has_strangers = !shown.chars().all(|c| is_name_char(c) && !is_invisible(c));
        if has_strangers || shown.chars().next().is_some_and(is_mark) {
            return Err(Error::invalid(field, "A username has letters, digits, “_”, “.” and “-” only."));
        }
        // At the end of a mention they are punctuation of the sentence.
        if shown.ends_with(['.', '-']) {
            return Err(Error::invalid(field, "A username does not end with “.” or “-”."));
        }
        if !shown.as_str().is_single_script() {
            return Err(Error::invalid(field, "A username keeps to the letters of one script."));
        }
        let key = fold(&shown);
        if RESERVED_NAMES.contains(&key.as_str()) {
            return Err(Error::invalid(field, "This username is reserved."));
        }
        Ok(Self { shown, key })
    }

    /// As its owner spells it, in NFKC.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What makes it unique.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// The key of whatever somebody typed where a username is expected, valid or not.
pub fn username_key(text: &str) -> String {
    storable(text.trim())
}

/// The key of text that may hold anything. PostgreSQL cannot even be asked about NUL; what stands for it is in no name.
fn storable(text: &str) -> String {
    fold(text).replace('\0', "\u{FFFD}")
}

fn is_mark(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Mark
}

fn is_name_char(c: char) -> bool {
    matches!(c, '_' | '.' | '-')
        || c.general_category_group() == GeneralCategoryGroup::Letter
        || c.general_category() == GeneralCategory::DecimalNumber
        || is_mark(c)
}

/// An e-mail address (RFC 5321 §4.5.3.1: at most 254 characters).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    shown: String,
    key: String,
}

impl Email {
    /// Checks `text`; `field` is what the client calls it.
    pub fn parse(field: &'static str, text: &str) -> Result<Self> {
        let shown = text.trim();
        let is_plain = !shown.chars().any(|c| c.is_control() || c.is_whitespace() || is_invisible(c));
        let has_domain = shown.rsplit_once('@').is_some_and(|(_, domain)| domain.contains('.'));
        if shown.chars().count() > 254 || !is_plain || !has_domain || EmailAddress::from_str(shown).is_err() {
            return Err(Error::invalid(field, "This is not an e-mail address."));
        }
        let key = fold(shown);
        // Some characters are many once they are compared; the address would not fit its column.
        if key.chars().count() > EMAIL_KEY_LENGTH_MAX {
            return Err(Error::invalid(field, "This is not an e-mail address."));
        }
        Ok(Self { shown: shown.to_owned(), key })
    }

    /// As its owner spells it.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What makes it unique.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// The key of whatever somebody typed where an address is expected, valid or not.
pub fn email_key(text: &str) -> String {
    storable(text.trim())
}

/// A password as it is hashed: 8 to 128 characters in NFC, so that a keyboard's way of composing a letter does not
/// lock anybody out (RFC 8265 §4.2).
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The most characters a password has. More would only slow the hashing down.
    pub const LENGTH_MAX: usize = 128;
    const LENGTH_MIN: usize = 8;

    /// Checks the length of a new password; `field` is what the client calls it.
    pub fn parse(field: &'static str, text: &str) -> Result<Self> {
        let normal: String = text.nfc().collect();
        if !(Self::LENGTH_MIN..=Self::LENGTH_MAX).contains(&normal.chars().count()) {
            return Err(Error::invalid(field, "A password has 8 to 128 characters."));
        }
        Ok(Self(normal))
    }

    /// A password somebody claims to have: too long a one is no password of ours.
    pub fn claimed(text: &str) -> Option<Self> {
        let is_short = text.chars().take(Self::LENGTH_MAX * 4 + 1).count() <= Self::LENGTH_MAX * 4;
        is_short.then(|| Self(text.nfc().collect()))
    }

    /// How hard it is to guess by somebody who knows the `personal` words; fails when it is trivial. Takes
    /// milliseconds: call it off the async threads.
    pub fn check_strength(&self, field: &'static str, personal: &[&str]) -> Result<()> {
        let estimate = zxcvbn::zxcvbn(&self.0, personal);
        if estimate.score() < zxcvbn::Score::Two {
            let advice = estimate.feedback().and_then(zxcvbn::feedback::Feedback::warning);
            let advice = advice.map(|warning| format!(" {warning}")).unwrap_or_default();
            return Err(Error::invalid(field, format!("This password is too easy to guess.{advice}")));
        }
        Ok(())
    }

    /// In the clear, on its way to the hash.
    pub fn reveal(self) -> String {
        self.0
    }
}

/// One line of visible text, trimmed.
fn line(field: &'static str, text: &str, max: usize) -> Result<String> {
    let text = text.trim();
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(Error::invalid(field, "Line breaks and control characters have no place here."));
    }
    if text.chars().all(is_invisible) {
        return Err(Error::invalid(field, "At least one visible character is needed."));
    }
    if text.chars().count() > max {
        return Err(Error::invalid(field, format!("At most {max} characters.")));
    }
    Ok(text.to_owned())
}

/// A name to show: 1 to 100 characters on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// Checks `text`; `field` is what the client calls it.
    pub fn parse(field: &'static str, text: &str) -> Result<Self> {
        line(field, text, DISPLAY_NAME_LENGTH_MAX).map(Self)
    }

    /// The checked text.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// The title of a group: 1 to 200 characters on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    /// Checks `text`; `field` is what the client calls it.
    pub fn parse(field: &'static str, text: &str) -> Result<Self> {
        line(field, text, TITLE_LENGTH_MAX).map(Self)
    }

    /// The checked text.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// What a message says, byte for byte as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content(String);

impl Content {
    /// Checks `text`: 1 to `max` characters without the white space around it, something visible, no NUL. White space
    /// around it is kept, up to `max` characters more.
    pub fn parse(text: String, max: u32) -> Result<Self> {
        const FIELD: &str = "content";
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        if text.contains('\0') {
            return Err(Error::invalid(FIELD, "A message cannot contain the NUL character."));
        }
        if text.chars().all(is_invisible) {
            return Err(Error::invalid(FIELD, "A message needs at least one visible character."));
        }
        if text.trim().chars().count() > max || text.chars().count() > max.saturating_mul(2) {
            return Err(Error::invalid(FIELD, format!("A message has at most {max} characters.")));
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The keys of the usernames it mentions with `@`, each once, at most fifty.
    pub fn mentioned_keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        let mut before = None;
        for (start, c) in self.0.char_indices() {
            if c == '@' && !before.is_some_and(is_name_char) {
                let rest = self.0.get(start + 1..).unwrap_or_default();
                let name: String = rest.chars().take_while(|c| is_name_char(*c)).take(64).collect();
                // A dot or dash at the end is punctuation of the sentence, not of the name.
                let key = fold(name.trim_end_matches(['.', '-']));
                if !key.is_empty() && !keys.contains(&key) {
                    keys.push(key);
                }
            }
            if keys.len() == MENTIONS_MAX {
                break;
            }
            before = Some(c);
        }
        keys
    }
}

/// Whether a reader sees nothing where `c` stands: white space, controls, and the characters that Unicode calls
/// default ignorable or that are blank by design.
fn is_invisible(c: char) -> bool {
    use GeneralCategory as Category;
    matches!(
        c.general_category(),
        Category::Control
            | Category::Format
            | Category::SpaceSeparator
            | Category::LineSeparator
            | Category::ParagraphSeparator
    ) || matches!(
        c,
        '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{2800}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{E0100}'..='\u{E01EF}'
    )
}

/// One emoji that is recommended for general interchange (UTS #51), in its fully qualified form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emoji(&'static str);

impl Emoji {
    /// Checks `text`; a missing variation selector is put right.
    pub fn parse(text: &str) -> Result<Self> {
        let found = emojis::get(text);
        found
            .map(|emoji| Self(emoji.as_str()))
            .ok_or_else(|| Error::invalid("emoji", "One emoji is expected."))
    }

    /// The emoji.
    pub const fn as_str(&self) -> &'static str {
        self.0
    }
}

/// A name a client gives to one `sendMessage`, so that a retry is recognised: 1 to 128 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Checks `text`.
    pub fn parse(text: String) -> Result<Self> {
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.is_empty() || text.len() > IDEMPOTENCY_KEY_LENGTH_MAX || !is_visible {
            let message = format!(
                "An idempotency key has 1 to {IDEMPOTENCY_KEY_LENGTH_MAX} visible ASCII characters; a UUID will do."
            );
            return Err(Error::invalid("idempotencyKey", message));
        }
        Ok(Self(text))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key_of(name: &str) -> String {
        Username::parse("username", name).unwrap().key().to_owned()
    }

    #[test]
    fn names_that_look_the_same_share_a_key() {
        assert_eq!(key_of("Alice"), key_of("aLICE"));
        // Composed and decomposed, full width, sharp s.
        assert_eq!(key_of("Zo\u{00EB}"), key_of("zoe\u{0308}"));
        assert_eq!(key_of("\u{FF21}lice"), key_of("alice"));
        assert_eq!(key_of("Stra\u{00DF}e"), key_of("STRASSE"));
        assert_ne!(key_of("alice"), key_of("alicia"));
    }

    #[test]
    fn names_have_the_right_length_and_characters() {
        for good in ["abc", "a.b-c_9", "Ærøskøbing", "日本語", "राहुल", &"x".repeat(32)] {
            assert!(Username::parse("username", good).is_ok(), "{good}");
        }
        let bad = [
            "",
            "ab",
            "a b c",
            "a@b",
            "al\u{0430}n",
            "abc\u{200D}",
            "a\nbc",
            "Anonymous",
            "system",
            "\u{0308}abc",
            &"x".repeat(33),
            "a\0b",
        ];
        for bad in bad {
            assert!(Username::parse("username", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn nobody_has_an_invisible_twin() {
        let bad = [
            "alice\u{FE0F}",
            "alice\u{034F}",
            "\u{3164}\u{3164}\u{3164}",
            "Anonymous\u{FE0F}",
            "bob-",
            "bob.",
        ];
        for bad in bad {
            assert!(Username::parse("username", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn whatever_is_typed_has_a_key_that_databases_take() {
        assert_eq!(username_key(" Alice "), "alice");
        assert!(!username_key("al\0ice").contains('\0'));
        assert!(!email_key("\0").contains('\0'));
    }

    #[test]
    fn addresses_are_compared_without_case() {
        let one = Email::parse("email", " Ann@Example.ORG ").unwrap();
        assert_eq!(one.shown(), "Ann@Example.ORG");
        assert_eq!(one.key(), "ann@example.org");
        for bad in
            ["", "ann", "ann@", "@example.org", "ann@example", "a b@example.org", "ann@exa\u{200B}mple.org"]
        {
            assert!(Email::parse("email", bad).is_err(), "{bad:?}");
        }
        assert!(Email::parse("email", &format!("{}@example.org", "x".repeat(250))).is_err());
        assert!(Email::parse("email", &format!("{}@example.org", "\u{FDFA}".repeat(21))).is_err());
    }

    #[test]
    fn trivial_passwords_are_refused() {
        let strength = |text: &str, personal: &[&str]| {
            Password::parse("password", text)
                .and_then(|password| password.check_strength("password", personal))
        };
        assert!(strength("correct horse battery", &[]).is_ok());
        for weak in ["password", "12345678", "qwertyuiop", "aaaaaaaaaaaa"] {
            assert!(strength(weak, &[]).is_err(), "{weak}");
        }
        assert!(strength("montgomery", &["montgomery"]).is_err());
        assert!(Password::parse("password", "1234567").is_err());
        assert!(Password::parse("password", &"é".repeat(129)).is_err());
    }

    #[test]
    fn content_keeps_its_bytes_and_needs_something_to_see() {
        for good in ["hi", " hi ", "👩‍👩‍👧‍👦", "مرحبا", "e\u{0301}", "\u{202E}abc", "a\nb\tc"]
        {
            assert_eq!(Content::parse(good.into(), 4_000).unwrap().as_str(), good);
        }
        for bad in
            ["", " ", "\n\t", "\u{200B}\u{200D}", "\u{2800}", "\u{3164}", "\u{FE0F}", "a\0b", "\u{202E}"]
        {
            assert!(Content::parse(bad.into(), 4_000).is_err(), "{bad:?}");
        }
        assert!(Content::parse("é".repeat(4_000), 4_000).is_ok());
        assert!(Content::parse("é".repeat(4_001), 4_000).is_err());
        assert!(Content::parse(format!(" {} ", "é".repeat(4_000)), 4_000).is_ok());
        assert!(Content::parse(format!("x{}", " ".repeat(8_000)), 4_000).is_err());
    }

    #[test]
    fn mentions_are_whole_names() {
        let keys = |text: &str| Content::parse(text.into(), 4_000).unwrap().mentioned_keys();
        assert_eq!(keys("@Alice, ask @bob.jones. And @alice again"), ["alice", "bob.jones"]);
        assert_eq!(keys("mail me at ann@example.org or @ nobody"), Vec::<String>::new());
        assert_eq!(keys(&"@a1 ".repeat(10)), ["a1"]);
        let many: Vec<String> = (0..80).map(|i| format!("@user{i}")).collect();
        assert_eq!(keys(&many.join(" ")).len(), MENTIONS_MAX);
    }

    #[test]
    fn an_emoji_is_exactly_one() {
        assert_eq!(Emoji::parse("👍").unwrap().as_str(), "👍");
        assert_eq!(Emoji::parse("\u{2764}").unwrap(), Emoji::parse("\u{2764}\u{FE0F}").unwrap());
        for bad in ["", "a", "👍👍", ":+1:", " 👍"] {
            assert!(Emoji::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn idempotency_keys_are_visible_ascii() {
        assert!(IdempotencyKey::parse("6f1c-42".into()).is_ok());
        for bad in [String::new(), "a b".into(), "é".into(), "x".repeat(129)] {
            assert!(IdempotencyKey::parse(bad).is_err());
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn content_is_refused_or_kept_as_it_is(text in any::<String>()) {
            if let Ok(content) = Content::parse(text.clone(), 100) {
                prop_assert!(content.mentioned_keys().len() <= MENTIONS_MAX);
                prop_assert_eq!(content.as_str(), text);
            }
        }
    }
}
