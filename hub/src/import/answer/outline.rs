//! What has to be known of a worksheet before it is written, and how its cells are named.

use std::ops::RangeInclusive;

use super::{
    AnswerError,
    xml::{Form, Tags},
};

/// As many columns as a worksheet has.
const COLUMNS: usize = 16_384;
/// A cell: row, 1-based, and column, 0-based.
pub type Place = (usize, usize);

/// What has to be known of a worksheet before it is written.
#[derive(Debug, Default)]
pub struct Outline {
    merged: Vec<(RangeInclusive<usize>, RangeInclusive<usize>)>,
    /// The relation of its drawing of old kind, which shows the comments.
    pub drawing: Option<String>,
    /// Of the element `worksheet`.
    pub namespace: String,
    pub has_columns: bool,
}

impl Outline {
    pub fn of(text: &str) -> Result<Self, AnswerError> {
        let mut outline = Self::default();
        for tag in Tags::of(text) {
            let tag = tag?;
            match tag.local() {
                "worksheet" if tag.form != Form::Close => {
                    let name = match tag.prefix().trim_end_matches(':') {
                        "" => "xmlns".to_owned(),
                        prefix => format!("xmlns:{prefix}"),
                    };
                    outline.namespace = tag.attributes().remove(&name).unwrap_or_default();
                }
                "cols" if tag.form == Form::Open => outline.has_columns = true,
                "mergeCell" if tag.form != Form::Close => {
                    let range = tag.attribute("ref").unwrap_or_default();
                    let (from, to) = range.split_once(':').unwrap_or((&range, &range));
                    if let (Some(from), Some(to)) = (place(from), place(to)) {
                        outline.merged.push((from.0..=to.0, from.1..=to.1));
                    }
                }
                "legacyDrawing" if tag.form != Form::Close => outline.drawing = tag.attribute("id"),
                _ => {}
            }
        }
        Ok(outline)
    }

    /// The cell that shows what a cell holds: the first of those merged.
    pub fn shown(&self, (row, column): Place) -> Place {
        let holds = |(rows, columns): &&(RangeInclusive<usize>, RangeInclusive<usize>)| {
            rows.contains(&row) && columns.contains(&column)
        };
        let merged = self.merged.iter().find(holds);
        merged.map_or((row, column), |(rows, columns)| (*rows.start(), *columns.start()))
    }

    /// The first column to the right of those used and of all that is merged.
    pub fn free_column(&self, used: usize) -> Option<usize> {
        let merged = self.merged.iter().map(|(_, columns)| columns.end() + 1);
        let free = merged.filter(|column| *column < COLUMNS).fold(used, usize::max);
        (free < COLUMNS).then_some(free)
    }
}

/// Where the text names a cell: `B7` → (7, 1).
pub fn place(text: &str) -> Option<Place> {
    let text = text.replace('$', "");
    let digits = text.find(|letter: char| letter.is_ascii_digit())?;
    let (letters, row) = text.split_at(digits);
    if letters.len() > 3 {
        return None;
    }
    let column = letters.bytes().try_fold(0_usize, |column, letter| {
        let letter = letter.to_ascii_uppercase();
        letter.is_ascii_uppercase().then(|| column * 26 + usize::from(letter - b'A') + 1)
    })?;
    Some((row.parse().ok()?, column.checked_sub(1)?))
}

pub fn name((row, column): Place) -> String {
    let (mut letters, mut rest) = (Vec::new(), column + 1);
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.into_iter().rev().chain(row.to_string().chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_their_names() {
        for (text, found) in [
            ("A1", (1, 0)),
            ("Z9", (9, 25)),
            ("AA10", (10, 26)),
            ("XFD1048576", (1_048_576, 16_383)),
        ] {
            assert_eq!(place(text), Some(found));
            assert_eq!(name(found), text);
        }
        assert_eq!(place("$B$7"), Some((7, 1)));
        assert_eq!((place("7"), place("B"), place("村1")), (None, None, None));
        assert_eq!(place("AAAAAAAAAAAAAAAAAA1"), None);
    }
}
