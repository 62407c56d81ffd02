//! What a person should know of how a file was read, though nothing is wrong with it.

use crate::problem::Language;

macro_rules! kinds {
    ($($kind:ident $text:literal $zh:literal $en:literal)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum NoteKind { $(#[doc = $en] $kind),+ }

        impl NoteKind {
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $text),+ }
            }

            /// The sentence; `{}` stands for the detail of the note.
            const fn sentence(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$kind, Language::Chinese) => $zh,
                      (Self::$kind, Language::English) => $en),+
                }
            }
        }
    };
}

kinds! {
    Beyond "BEYOND" "第1000列以后还有{}个单元格,没有读取" "{} cells beyond column 1000 were not read"
    Headings "HEADINGS" "以下各行是分段标题,没有作为数据读取:{}" "these rows are headings of a part and were not read as data: {}"
    HiddenColumns "HIDDEN_COLUMNS" "以下隐藏的列也已读取:{}" "these hidden columns were read too: {}"
    HiddenRows "HIDDEN_ROWS" "以下隐藏的行也已读取,不需要的请删除后重新导入:{}" "these hidden rows were read too; delete what is not wanted and import again: {}"
    HiddenSheet "HIDDEN_SHEET" "这张工作表是隐藏的,没有读取;需要导入的请先取消隐藏" "the sheet is hidden and was not read; show it where it is wanted"
    Links "LINKS" "工作簿引用了{}个外部文件,没有打开,采用的是上次保存的数值" "the workbook refers to {} other files; they were not opened, and the values are those it was saved with"
    Macros "MACROS" "工作簿含有宏,宏没有运行,只读取了数据" "the workbook holds macros; they were not run, only its data was read"
    NoHeader "NO_HEADER" "以下各列有内容但没有表头,没有读取:{}" "these columns hold something under no header and were not read: {}"
    NoRows "NO_ROWS" "表头在第{}行,下面没有数据" "the header is in row {} and there is no data below it"
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// `None` where it is about the file.
    pub sheet: Option<String>,
    pub kind: NoteKind,
    /// What the sentence names.
    pub detail: String,
}

impl Note {
    pub(super) fn of_file(kind: NoteKind, detail: impl std::fmt::Display) -> Self {
        Self { sheet: None, kind, detail: detail.to_string() }
    }

    pub(super) fn of_sheet(sheet: &str, kind: NoteKind, detail: impl std::fmt::Display) -> Self {
        Self { sheet: Some(sheet.to_owned()), kind, detail: detail.to_string() }
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        self.kind.sentence(language).replace("{}", &self.detail)
    }
}

/// Rows as people write them down: `5, 7-9`. Of many, the first.
pub(super) fn rows(rows: impl IntoIterator<Item = usize>) -> String {
    const MOST: usize = 20;
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for row in rows {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == row => *end = row,
            _ => runs.push((row, row)),
        }
    }
    let shown = runs.iter().take(MOST).map(|(start, end)| match start == end {
        true => start.to_string(),
        false => format!("{start}-{end}"),
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if runs.len() > MOST {
        text.push('…');
    }
    text
}

/// A column as the spreadsheet names it: 0 → A, 26 → AA.
pub(super) fn column(index: usize) -> String {
    let mut name = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        name.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    name.iter().rev().map(|letter| char::from(*letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_are_written_as_people_do() {
        assert_eq!(rows([5, 7, 8, 9]), "5, 7-9");
        assert!(rows((0..100).map(|row| row * 2)).ends_with("38…"));
        assert_eq!([0, 25, 26, 701, 702].map(column), ["A", "Z", "AA", "ZZ", "AAA"]);
    }

    #[test]
    fn every_kind_has_both_sentences() {
        for kind in NoteKind::ALL {
            let note = Note::of_file(*kind, 7);
            assert_ne!(note.message(Language::Chinese), note.message(Language::English));
            assert!(!note.message(Language::Chinese).contains("{}"));
        }
    }
}
