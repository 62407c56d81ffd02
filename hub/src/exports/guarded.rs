//! Texts in separated values that a spreadsheet would take for a formula.

/// With what a formula begins, also in a full-width form, or what is passed over before one.
const LIVE: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
const GUARD: char = '\'';

/// Whether a text begins as a formula, after any guards.
fn is_live(text: &str) -> bool {
    text.trim_start_matches(GUARD).starts_with(LIVE)
}

/// The text with a single quote before it where it begins as a formula.
pub fn guarded(text: &str) -> String {
    if is_live(text) { format!("{GUARD}{text}") } else { text.to_owned() }
}

/// The text as it was before it was guarded.
pub fn unguarded(text: &str) -> &str {
    text.strip_prefix(GUARD).filter(|text| is_live(text)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_begins_as_a_formula_is_guarded_and_nothing_else() {
        for text in ["=1+1", "+86 391", "-2", "@SUM(A1)", "\tx", "\r=1", "＝1", "'=1", "''@"] {
            assert_eq!(guarded(text), format!("'{text}"));
        }
        for text in ["", "张三", "1=1", "'", "'张三", " =1"] {
            assert_eq!(guarded(text), text);
            assert_eq!(unguarded(text), text);
        }
    }

    proptest! {
        #[test]
        fn what_was_guarded_comes_back(text in "['=+@a＝\t\r\n-]{0,4}.*") {
            let written = guarded(&text);
            prop_assert_eq!(unguarded(&written), &text);
            prop_assert!(!written.starts_with(LIVE));
        }
    }
}
