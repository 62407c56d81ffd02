//! Texts as people type them, brought to one form.

/// Full-width digits, letters and signs as their ASCII forms, an ideographic space as a space.
pub fn half_width(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
            '\u{3000}' | '\u{a0}' => ' ',
            _ => letter,
        })
        .collect()
}

/// White space, and what a spreadsheet shows as nothing.
pub fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

pub fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

pub fn without_spaces(text: &str) -> String {
    text.chars().filter(|letter| !is_space(*letter)).collect()
}

/// The form in which wordings are compared: no white space, half-width, upper case, one kind of
/// brackets, without the star and colon of form labels.
pub fn plain(text: &str) -> String {
    half_width(text)
        .chars()
        .filter(|letter| !is_space(*letter) && !matches!(letter, '*' | ':' | '。' | '\u{2605}'))
        .map(|letter| match letter {
            '[' | '{' | '【' | '〔' | '〖' | '《' | '<' => '(',
            ']' | '}' | '】' | '〕' | '〗' | '》' | '>' => ')',
            _ => letter.to_ascii_uppercase(),
        })
        .collect()
}

pub fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' | '〇')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn half_width_undoes_full_width(text in "[!-~ ]*") {
            let full: String = text.chars().map(|letter| match letter {
                ' ' => '\u{3000}',
                _ => char::from_u32(u32::from(letter) + 0xfee0).expect("a full-width form"),
            }).collect();
            prop_assert_eq!(half_width(&full), text);
        }

        #[test]
        fn half_width_and_plain_are_done_once(text in ".*") {
            prop_assert_eq!(half_width(&half_width(&text)), half_width(&text));
            prop_assert_eq!(plain(&plain(&text)), plain(&text));
        }
    }

    #[test]
    fn wordings_compare_without_spaces_widths_and_kinds_of_brackets() {
        for text in ["村(社区)", "村 （社区）", "＊村\n［社区］：", "村【社区】"]
        {
            assert_eq!(plain(text), "村(社区)");
        }
    }
}
