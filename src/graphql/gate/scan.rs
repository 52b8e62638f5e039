//! One pass over the bytes of a document: how many tokens it has and how deeply its brackets nest.
//!
//! Every parser recurses on brackets, so a document has to be harmless before the first one sees it. The scan
//! knows where strings and comments end; it knows no grammar, and leaves bad syntax to the parser.

/// What the scan counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// Tokens, commas and comments included: a parser has to step over them too. A negative or fractional
    /// number counts as several, so that this is never below what the parser will count for a valid document.
    pub(super) tokens: usize,
    /// The deepest nesting of `(`, `[` and `{` together, outside strings and comments.
    pub(super) nesting: usize,
}

/// Scans `text` in time linear in its length, on constant stack.
pub(super) fn scan(text: &str) -> Scan {
    let mut found = Scan::default();
    let mut open: usize = 0;
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        if byte.is_ascii_whitespace() {
            rest = tail;
            continue;
        }
        found.tokens += 1;
        rest = match byte {
            b'(' | b'[' | b'{' => {
                open += 1;
                found.nesting = found.nesting.max(open);
                tail
            }
            b')' | b']' | b'}' => {
                open = open.saturating_sub(1);
                tail
            }
            b'#' => after_line(tail),
            b'"' => match tail {
                [b'"', b'"', block @ ..] => after_block_string(block),
                _ => after_string(tail),
            },
            b'.' => tail.strip_prefix(b"..").unwrap_or(tail),
            byte if is_word(*byte) => after_word(tail),
            _ => tail,
        };
    }
    found
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn after_word(mut rest: &[u8]) -> &[u8] {
    while let [byte, tail @ ..] = rest
        && is_word(*byte)
    {
        rest = tail;
    }
    rest
}

fn after_line(mut rest: &[u8]) -> &[u8] {
    while let [byte, tail @ ..] = rest
        && !matches!(byte, b'\n' | b'\r')
    {
        rest = tail;
    }
    rest
}

/// A line break does not end a string here: it is an error, and the parser that reports it reads on like this.
fn after_string(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = match rest {
            [] => return rest,
            [b'"', tail @ ..] => return tail,
            [b'\\', _, tail @ ..] | [_, tail @ ..] => tail,
        };
    }
}

fn after_block_string(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = match rest {
            [] => return rest,
            [b'"', b'"', b'"', tail @ ..] => return tail,
            [b'\\', b'"', b'"', b'"', tail @ ..] | [_, tail @ ..] => tail,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> (usize, usize) {
        let Scan { tokens, nesting } = scan(text);
        (tokens, nesting)
    }

    #[test]
    fn tokens_and_brackets_are_counted() {
        assert_eq!(counts(""), (0, 0));
        assert_eq!(counts(" \n\t\r "), (0, 0));
        assert_eq!(counts("{ a b(c: [1, 2]) ...F }"), (15, 3));
        assert_eq!(counts("{{{}}}{{"), (8, 3));
        assert_eq!(counts("}}}{"), (4, 1));
    }

    #[test]
    fn brackets_inside_strings_and_comments_do_not_count() {
        assert_eq!(counts(r#""[[[[""#), (1, 0));
        assert_eq!(counts(r#""\"[[[[" {"#), (2, 1));
        assert_eq!(counts(r#""\\" ["#), (2, 1));
        assert_eq!(counts(r#""" ["#), (2, 1));
        assert_eq!(counts("\"\"\" [\" [\"\" [ \\\"\"\" [ \"\"\" {"), (2, 1));
        assert_eq!(counts("\"\"\"\"\"\" {"), (2, 1));
        assert_eq!(counts("# [[[[ \" \n {"), (2, 1));
        assert_eq!(counts("# [[[[\r{"), (2, 1));
    }

    #[test]
    fn what_never_ends_ends_with_the_text() {
        assert_eq!(counts(r#"{ "[[["#), (2, 1));
        assert_eq!(counts(r#"{ "\"#), (2, 1));
        assert_eq!(counts("{ \"\"\" [[[ \""), (2, 1));
        assert_eq!(counts("{ # [[["), (2, 1));
    }

    #[test]
    fn other_bytes_are_a_token_each() {
        assert_eq!(counts("é"), (2, 0));
        assert_eq!(counts("-1.5"), (4, 0));
        assert_eq!(counts("....."), (3, 0));
    }
}
