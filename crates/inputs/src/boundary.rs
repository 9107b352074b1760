//! Places where a text can be cut without changing the ids on either side.
//!
//! A page must not wait for a million characters to be tokenized when the model reads 512 tokens of them.

use crate::json::Head;

/// What ends a word for a given tokenizer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Boundaries {
    spaces: bool,
    lines: bool,
    ideographs: bool,
    /// Several spaces count as one: no cut between two.
    joined: bool,
}

impl Boundaries {
    pub(crate) fn of(head: &Head) -> Self {
        let spaces = head.splits_spaces();
        let (lines, joined) = (head.splits_lines(), head.joins_spaces());
        Self { spaces, lines, ideographs: spaces && head.splits_ideographs(), joined }
    }

    /// The first safe cut at or after byte `from`, or `None` where the rest holds none.
    pub(crate) fn next(&self, text: &str, from: usize) -> Option<usize> {
        if !self.spaces || from >= text.len() {
            return None;
        }
        let start = (from..=text.len()).find(|&at| text.is_char_boundary(at))?;
        let mut before = text[..start].chars().next_back();
        for (offset, character) in text[start..].char_indices() {
            let space = character == ' ' || (self.lines && matches!(character, '\n' | '\t' | '\u{3000}'));
            let ideographs = self.ideographs && is_ideograph(character) && before.is_some_and(is_ideograph);
            let inside = self.joined && before.is_some_and(char::is_whitespace);
            if (space || ideographs) && !inside && start + offset > 0 {
                return Some(start + offset);
            }
            before = Some(character);
        }
        None
    }

    /// The text in pieces of about `bytes` each, cut at safe places only; one piece where there are none.
    pub(crate) fn chunks<'t>(&self, text: &'t str, bytes: usize) -> Vec<&'t str> {
        let (mut chunks, mut rest) = (Vec::new(), text);
        while let Some(cut) = self.next(rest, bytes.max(1)) {
            let (chunk, tail) = rest.split_at(cut);
            chunks.push(chunk);
            rest = tail;
        }
        chunks.push(rest);
        chunks
    }
}

/// The ranges that BERT's normalizer surrounds with spaces.
fn is_ideograph(character: char) -> bool {
    matches!(
        character as u32,
        0x4E00..=0x9FFF
            | 0x3400..=0x4DBF
            | 0x20000..=0x2A6DF
            | 0x2A700..=0x2B73F
            | 0x2B740..=0x2B81F
            | 0x2B920..=0x2CEAF
            | 0xF900..=0xFAFF
            | 0x2F800..=0x2FA1F
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERT: Boundaries = Boundaries { spaces: true, lines: true, ideographs: true, joined: false };

    #[test]
    fn cuts_before_spaces_and_between_ideographs() {
        assert_eq!(BERT.next("ab cd", 1), Some(2));
        assert_eq!(BERT.next("好好", 1), Some(3));
        assert_eq!(BERT.next("好a", 1), None);
        assert_eq!(BERT.next("abcd", 1), None);
        assert_eq!(BERT.next("", 0), None);
    }

    #[test]
    fn nothing_is_safe_where_words_do_not_end() {
        let none = Boundaries { spaces: false, lines: false, ideographs: false, joined: false };
        assert_eq!(none.chunks("a b c", 1), ["a b c"]);
    }

    #[test]
    fn spaces_that_are_joined_stay_together() {
        let joined = Boundaries { joined: true, ..BERT };
        assert_eq!(BERT.next("a   b c", 2), Some(2));
        assert_eq!(joined.next("a   b c", 2), Some(5));
    }

    #[test]
    fn chunks_join_to_the_text() {
        let text = "one two 三四五 six\nseven";
        for bytes in 0..30 {
            assert_eq!(BERT.chunks(text, bytes).concat(), text);
        }
    }
}
