//! From a byte offset in a document to the line and column a client can find it at.
//!
//! Errors of the gate and positions in the prepared document must agree, so both come from here. It knows text
//! only.

use apollo_compiler::parser::SourceSpan;
use async_graphql::Pos;

/// A document's text and the place last asked for: going forwards costs no more than reading the text once.
pub(super) struct Source<'t> {
    text: &'t str,
    offset: usize,
    pos: Pos,
}

impl<'t> Source<'t> {
    pub(super) const START: Pos = Pos { line: 1, column: 1 };

    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, offset: 0, pos: Self::START }
    }

    /// Where `span` begins; the beginning of the text where there is none.
    pub(super) fn pos(&mut self, span: Option<SourceSpan>) -> Pos {
        self.at(span.map_or(0, |span| span.offset()))
    }

    /// Line and column of the byte at `offset`, both from 1; columns count characters.
    fn at(&mut self, offset: usize) -> Pos {
        if offset < self.offset {
            *self = Self::new(self.text);
        }
        let mut passed = self.text.get(self.offset..offset).unwrap_or_default().chars().peekable();
        while let Some(char) = passed.next() {
            match char {
                // The line ends with the line feed that follows.
                '\r' if passed.peek() == Some(&'\n') => self.pos.column += 1,
                '\n' | '\r' => self.pos = Pos { line: self.pos.line + 1, column: 1 },
                _ => self.pos.column += 1,
            }
        }
        self.offset = offset;
        self.pos
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_end_as_in_graphql() {
        let mut source = Source::new("é{\r\n  a\r b");
        let mut at = |offset| (source.at(offset).line, source.at(offset).column);
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(2), (1, 2));
        assert_eq!(at(5), (2, 1));
        assert_eq!(at(7), (2, 3));
        assert_eq!(at(10), (3, 2));
        assert_eq!(at(2), (1, 2), "going back works too");
        assert_eq!(at(99), (1, 2), "an offset that is not there stays put");
    }
}
