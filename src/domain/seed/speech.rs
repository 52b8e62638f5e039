//! Sentences that look like what people write to each other.

use rand::{RngExt as _, rngs::StdRng, seq::IndexedRandom as _};

use super::words::{self, Language};

/// One of `list`, or nothing where it is empty.
pub(super) fn pick<'a>(rng: &mut StdRng, list: &[&'a str]) -> &'a str {
    list.choose(rng).copied().unwrap_or_default()
}

/// What somebody who speaks `language` writes: mostly a sentence or two, now and then a word, an emoji or a letter.
pub(super) fn message(rng: &mut StdRng, language: &Language) -> String {
    let mut text = String::with_capacity(96);
    let sentences = match rng.random_range(0..100) {
        0..6 => return pick(rng, words::EMOJI).repeat(rng.random_range(1..=3)),
        6..20 => 0,
        20..66 => 1,
        66..88 => 2,
        88..97 => 3,
        _ => rng.random_range(5..=12),
    };
    if sentences == 0 {
        text.push_str(pick(rng, language.short));
    }
    for (number, sentence) in language.sentences.sample(rng, sentences).enumerate() {
        if number > 0 {
            // Letters have paragraphs.
            text.push(if number % 4 == 0 { '\n' } else { ' ' });
        }
        say(rng, sentence, &mut text);
    }
    if rng.random_ratio(1, 7) {
        text.push(' ');
        text.push_str(pick(rng, words::EMOJI));
    }
    text
}

/// Appends `sentence` to `text` with its blanks filled in.
fn say(rng: &mut StdRng, sentence: &str, text: &mut String) {
    // What stands between a `{` and a `}` is a blank: every second piece.
    for (number, piece) in sentence.split(['{', '}']).enumerate() {
        match piece {
            _ if number % 2 == 0 => text.push_str(piece),
            "hour" => text.push_str(pick(rng, HOURS)),
            "number" => text.push_str(pick(rng, NUMBERS)),
            "day" => text.push_str(pick(rng, words::DAYS)),
            "place" => text.push_str(pick(rng, words::PLACES)),
            _ => text.push_str(pick(rng, words::THINGS)),
        }
    }
}

const HOURS: &[&str] = &["8", "9", "10", "11", "12", "15", "16", "17", "18", "19", "20"];
const NUMBERS: &[&str] = &["3", "4", "5", "6", "7", "8", "12", "15", "20"];

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn every_blank_is_filled_in() {
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..2_000 {
            for language in words::LANGUAGES {
                let text = message(&mut rng, language);
                assert!(!text.is_empty() && !text.contains(['{', '}']), "{text}");
                assert!(text.chars().count() < 1_500, "{text}");
            }
        }
    }
}
