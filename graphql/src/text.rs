//! What has to be known of a question's text before it is parsed.

use async_graphql::ServerResult;

use crate::{Limits, errors::Code};

/// # Errors
/// `TOO_COSTLY` where the text is too long, or its brackets are nested too deep.
pub(crate) fn check(limits: &Limits, text: &str) -> ServerResult<()> {
    if text.len() > limits.text {
        let text = format!(
            "the query's text has {} bytes, {} are allowed; put values into variables",
            text.len(),
            limits.text
        );
        return Err(Code::TooCostly.error(text));
    }
    if nesting(text) > limits.nesting {
        let text = format!("brackets are nested more than {} deep", limits.nesting);
        return Err(Code::TooCostly.error(text));
    }
    Ok(())
}

/// How deeply brackets are nested, those in strings and comments left out. A string that does not
/// end is the parser's to refuse.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        rest = match letter {
            '#' => rest.find('\n').map_or("", |end| &rest[end..]),
            '"' => after_string(rest),
            _ => {
                match letter {
                    '{' | '[' | '(' => depth += 1,
                    '}' | ']' | ')' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                deepest = deepest.max(depth);
                &rest[letter.len_utf8()..]
            }
        };
    }
    deepest
}

/// What follows the string that a text begins with.
fn after_string(text: &str) -> &str {
    if let Some(block) = text.strip_prefix("\"\"\"") {
        return block.find("\"\"\"").map_or("", |end| &block[end + 3..]);
    }
    let mut escaped = false;
    for (place, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return &text[place + 1..],
            '\n' => return &text[place..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_counted_outside_of_strings_and_comments() {
        assert_eq!(nesting("{ a(b: [1, [2]]) { c } }"), 4);
        assert_eq!(nesting("{ a(b: \"[[[[ \\\" [[\") } # {{{{\n{ d }"), 2);
        assert_eq!(nesting("{ a(b: \"\"\"[[[ \" [[[\"\"\") { c } }"), 2);
        assert_eq!(nesting("\"[[["), 0);
    }
}
