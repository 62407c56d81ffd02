//! Which column holds what.

use std::collections::BTreeMap;

use entity::LedgerKind;
use serde::Deserialize;

use super::{
    SheetKind,
    text::plain,
    words::Set,
    workbook::{Cell, Line},
};

/// Path in the content → wordings.
type Section = BTreeMap<String, Set>;

/// `data/import/headers.toml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Headers {
    unused: Set,
    every: Section,
    ledger: Section,
    child: Section,
    elderly: Section,
    disabled: Section,
    visit: Section,
}

/// The header row read for one kind of sheet.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Path in the content → column and header as in the sheet.
    pub read: BTreeMap<String, (usize, String)>,
    /// Columns that are known and not read.
    pub unused: Vec<usize>,
    pub unknown: Vec<String>,
}

pub const KINDS: [SheetKind; 4] = [
    SheetKind::Ledger(LedgerKind::Child),
    SheetKind::Ledger(LedgerKind::Elderly),
    SheetKind::Ledger(LedgerKind::Disabled),
    SheetKind::Visits,
];

impl SheetKind {
    /// The columns that a sheet of this kind cannot be read without.
    fn needed(self) -> &'static [&'static str] {
        const PERSON: [&str; 2] = ["person.name", "person.residentId"];
        const CHILD: [&str; 4] = [PERSON[0], PERSON[1], "detail.child.kind", "openedOn"];
        const ELDERLY: [&str; 3] = [PERSON[0], PERSON[1], "openedOn"];
        const DISABLED: [&str; 5] =
            [PERSON[0], PERSON[1], "detail.disabled.category", "detail.disabled.grade", "openedOn"];
        const VISIT: [&str; 4] = [PERSON[0], PERSON[1], "visitedOn", "mode"];
        match self {
            Self::Ledger(LedgerKind::Child) => &CHILD,
            Self::Ledger(LedgerKind::Elderly) => &ELDERLY,
            Self::Ledger(LedgerKind::Disabled) => &DISABLED,
            Self::Visits => &VISIT,
        }
    }
}

impl Columns {
    /// How many headers are known, read or not.
    pub fn known(&self) -> usize {
        self.read.len() + self.unused.len()
    }

    pub fn index(&self, path: &str) -> Option<usize> {
        self.read.get(path).map(|(index, _)| *index)
    }
}

impl Headers {
    /// The sections that hold for a kind of sheet, the strongest first.
    fn sections(&self, kind: SheetKind) -> Vec<&Section> {
        match kind {
            SheetKind::Ledger(LedgerKind::Child) => vec![&self.child, &self.ledger, &self.every],
            SheetKind::Ledger(LedgerKind::Elderly) => {
                vec![&self.elderly, &self.ledger, &self.every]
            }
            SheetKind::Ledger(LedgerKind::Disabled) => {
                vec![&self.disabled, &self.ledger, &self.every]
            }
            SheetKind::Visits => vec![&self.visit, &self.every],
        }
    }

    fn path_of(&self, kind: SheetKind, wording: &str) -> Option<&str> {
        self.sections(kind).into_iter().find_map(|section| {
            let mut lines = section.iter();
            lines.find_map(|(path, words)| words.has_plain(wording).then_some(path.as_str()))
        })
    }

    /// Reads a row as the header of a sheet of one kind. A wording as it stands goes before one that
    /// is known only without its closing remark, and of two columns for one value the first is read.
    pub fn read(&self, kind: SheetKind, line: &Line) -> Columns {
        let mut columns = Columns::default();
        let mut open: Vec<(usize, &String, String)> = line
            .iter()
            .filter_map(|(index, cell)| match cell {
                Cell::Text(text) => Some((*index, text, plain(text))),
                _ => None,
            })
            .collect();
        for remark_counts in [true, false] {
            open.retain(|(index, text, wording)| {
                let wording = if remark_counts { wording } else { without_remark(wording) };
                match self.path_of(kind, wording) {
                    Some(path) if !columns.read.contains_key(path) => {
                        let column = (*index, (*text).clone());
                        columns.read.insert(path.to_owned(), column);
                        false
                    }
                    None if self.unused.has_plain(wording) => {
                        columns.unused.push(*index);
                        false
                    }
                    _ => true,
                }
            });
        }
        columns.unknown = open.into_iter().map(|(_, text, _)| text.clone()).collect();
        columns
    }

    /// The template's header of a value.
    pub fn template(&self, kind: SheetKind, path: &str) -> Option<&str> {
        let mut sections = self.sections(kind).into_iter();
        let words = sections.find_map(|section| section.get(path))?;
        words.0.first().map(String::as_str)
    }

    /// The template's headers of the needed columns that are not there.
    pub fn missing(&self, kind: SheetKind, columns: &Columns) -> Vec<&str> {
        let needed = kind.needed().iter();
        needed
            .filter(|path| columns.index(path).is_none())
            .filter_map(|path| self.template(kind, path))
            .collect()
    }
}

fn without_remark(wording: &str) -> &str {
    match wording.rfind('(') {
        Some(start) if start > 0 && wording.ends_with(')') => &wording[..start],
        _ => wording,
    }
}

/// A path of the content as `headers.toml` writes it, without places in lists: `needs[1].domain` →
/// `needs.domain`.
pub fn column_path(path: &str) -> String {
    let parts = path.split('.').map(|part| part.split('[').next().unwrap_or(part));
    parts.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::WORDINGS;

    fn read(kind: SheetKind, headers: &[&str]) -> Columns {
        let line = headers.iter().enumerate();
        let line = line.map(|(index, text)| (index, Cell::Text((*text).to_owned())));
        let wordings = WORDINGS.as_ref().expect("readable");
        wordings.headers.read(kind, &line.collect())
    }

    #[test]
    fn no_wording_of_a_kind_stands_for_two_values() {
        let headers = &WORDINGS.as_ref().expect("readable").headers;
        let ledger = [&headers.child, &headers.elderly, &headers.disabled];
        for section in ledger.into_iter().chain([&headers.visit, &headers.ledger, &headers.every]) {
            let mut seen = std::collections::BTreeSet::new();
            for word in section.values().flat_map(|words| &words.0) {
                assert!(seen.insert(word), "{word}");
            }
        }
    }

    /// A column under a path that nobody reads would be lost in silence.
    #[test]
    fn every_path_is_read() {
        let headers = &WORDINGS.as_ref().expect("readable").headers;
        let readers = [include_str!("ledger.rs"), include_str!("visit.rs")].concat();
        for path in KINDS.iter().flat_map(|kind| headers.sections(*kind)).flat_map(Section::keys) {
            assert!(readers.contains(&format!("\"{path}\"")), "{path}");
        }
    }

    #[test]
    fn one_wording_means_what_the_kind_of_sheet_makes_of_it() {
        let index =
            |kind, path: &str| read(kind, &["类别", "等级", "联系人", "监护人电话"]).index(path);
        let [child, elderly, disabled, _] = KINDS;
        assert_eq!(index(child, "detail.child.kind"), Some(0));
        assert_eq!(index(child, "detail.child.guardian"), Some(2));
        assert_eq!(index(elderly, "detail.elderly.livingArrangement"), Some(0));
        assert_eq!(index(elderly, "detail.elderly.contactPhone"), Some(3));
        assert_eq!(index(disabled, "detail.disabled.category"), Some(0));
        assert_eq!(index(disabled, "detail.disabled.grade"), Some(1));
    }

    #[test]
    fn breaks_widths_brackets_and_closing_remarks_make_no_difference() {
        let columns = read(
            SheetKind::Visits,
            &[
                "姓\n名",
                "身份证号（18位）",
                "探访\r\n日期(年-月-日)",
                "村【社区】",
                "姓名(父亲)",
                "天气",
                "序　号",
            ],
        );
        assert_eq!(columns.index("person.name"), Some(0));
        assert_eq!(columns.index("person.residentId"), Some(1));
        assert_eq!(columns.index("visitedOn"), Some(2));
        assert_eq!(columns.index("person.village"), Some(3));
        assert_eq!(columns.unknown, ["姓名(父亲)", "天气"]);
        assert_eq!(columns.unused, [6]);
    }

    #[test]
    fn a_path_of_the_content_leads_to_its_column() {
        assert_eq!(column_path("needs[1].domain"), "needs.domain");
        assert_eq!(column_path("workers[0]"), "workers");
        assert_eq!(column_path("person.residentId"), "person.residentId");
    }
}
