//! Which column holds what.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use entity::LedgerKind;
use serde::Deserialize;

use super::{
    Column, Layout, SheetKind,
    text::plain,
    words::{Set, Words},
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

/// How a column is headed.
#[derive(Clone, Debug)]
pub struct Heading {
    /// As in the sheet; under a heading of several columns that one before it.
    pub shown: String,
    /// In plain form, the likeliest first.
    wordings: Vec<String>,
    /// Where it stands under a heading of several columns: that one, and its own wording.
    group: Option<(String, String)>,
}

/// Column → how it is headed.
pub type Header = BTreeMap<usize, Heading>;

impl Heading {
    pub fn new(text: &str) -> Self {
        Self { shown: text.to_owned(), wordings: vec![plain(text)], group: None }
    }

    /// 姓名 under 监护人信息 is a 监护人姓名.
    pub fn under(group: &str, text: &str) -> Self {
        const ENDINGS: [&str; 4] = ["基本信息", "基本情况", "信息", "情况"];
        let (plain_group, own) = (plain(group), plain(text));
        let stem = ENDINGS.iter().find_map(|ending| plain_group.strip_suffix(ending));
        let stem = stem.unwrap_or(&plain_group).to_owned();
        Self {
            shown: format!("{group} {text}"),
            wordings: vec![format!("{plain_group}{own}"), format!("{stem}{own}")],
            group: Some((stem, own)),
        }
    }

    /// In the form by which layouts are kept.
    pub fn wording(&self) -> &str {
        self.wordings.first().map_or("", String::as_str)
    }
}

/// The header row read for one kind of sheet.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Path in the content → column.
    pub read: BTreeMap<String, Column>,
    /// Columns that are known and not read.
    pub unused: Vec<usize>,
    /// Columns that nobody knows.
    pub unknown: Vec<Column>,
}

pub const KINDS: [SheetKind; 4] = [
    SheetKind::Ledger(LedgerKind::Child),
    SheetKind::Ledger(LedgerKind::Elderly),
    SheetKind::Ledger(LedgerKind::Disabled),
    SheetKind::Visits,
];

impl SheetKind {
    /// The columns that a sheet of this kind cannot be read without.
    pub(super) fn needed(self) -> &'static [&'static str] {
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
        self.read.get(path).map(|column| column.index)
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

    /// All wordings of one kind of sheet and those that are known and not read.
    pub fn all(&self) -> HashSet<&str> {
        let sections =
            [&self.every, &self.ledger, &self.child, &self.elderly, &self.disabled, &self.visit];
        let words = sections.into_iter().flat_map(BTreeMap::values).chain([&self.unused]);
        words.flat_map(|set| &set.0).map(String::as_str).collect()
    }

    /// The paths of a kind of sheet with their wordings.
    pub fn paths(&self, kind: SheetKind) -> BTreeMap<&str, &[String]> {
        let mut paths = BTreeMap::new();
        for section in self.sections(kind) {
            for (path, words) in section {
                paths.entry(path.as_str()).or_insert(words.0.as_slice());
            }
        }
        paths
    }

    pub fn is_unused(&self, wording: &str) -> bool {
        self.unused.has_plain(wording)
    }

    /// The template's header of a column.
    pub fn template(&self, kind: SheetKind, path: &str) -> Option<&str> {
        let mut sections = self.sections(kind).into_iter();
        let words = sections.find_map(|section| section.get(path))?;
        words.0.first().map(String::as_str)
    }

    /// The template's headers of the needed columns that are not there.
    pub fn missing(&self, kind: SheetKind, columns: &Columns) -> Vec<&str> {
        self.missing_of(kind, &columns.read.keys().map(String::as_str).collect())
    }

    /// The same, by the paths that are there.
    pub fn missing_of(&self, kind: SheetKind, found: &BTreeSet<&str>) -> Vec<&str> {
        let needed = kind.needed().iter();
        needed
            .filter(|path| !found.contains(**path))
            .filter_map(|path| self.template(kind, path))
            .collect()
    }
}

/// The wordings that hold for the files of a station: those it has confirmed, then those of all.
pub struct Known<'a> {
    pub headers: &'a Headers,
    pub words: &'a Words,
    all: HashSet<&'a str>,
    /// Wording → path, `None` where the column is not to be read.
    kept: HashMap<SheetKind, HashMap<String, Option<String>>>,
}

impl<'a> Known<'a> {
    /// Of two layouts that say different things of a wording, the later counts.
    pub fn new(headers: &'a Headers, words: &'a Words, layouts: &[Layout]) -> Self {
        let mut kept: HashMap<_, HashMap<_, _>> = HashMap::new();
        for layout in layouts {
            let columns = layout.columns.iter();
            let columns = columns.map(|(header, path)| (plain(header), path.clone()));
            kept.entry(layout.kind).or_default().extend(columns);
        }
        Self { headers, words, all: headers.all(), kept }
    }

    /// Whether a text is a wording of some header.
    pub fn is_wording(&self, text: &str) -> bool {
        let wording = plain(text);
        self.all.contains(wording.as_str())
            || self.all.contains(without_remark(&wording))
            || self.kept.values().any(|kept| kept.contains_key(&wording))
    }

    /// Reads a header as that of a sheet of one kind. What the station has confirmed goes first, then
    /// a wording as it stands before one that is known only without its closing remark, and that
    /// before one that leaves out under what it stands; of two columns for one value the first is
    /// read.
    pub fn read(&self, kind: SheetKind, header: &Header) -> Columns {
        let mut columns = Columns::default();
        let mut open: Vec<(usize, &Heading)> =
            header.iter().map(|(index, heading)| (*index, heading)).collect();
        for round in Round::ALL {
            open.retain(|(index, heading)| match self.meaning(kind, heading, round) {
                Some(Some(path)) if !columns.read.contains_key(path) => {
                    let column = Column { index: *index, header: heading.shown.clone() };
                    columns.read.insert(path.to_owned(), column);
                    false
                }
                Some(None) => {
                    columns.unused.push(*index);
                    false
                }
                _ => true,
            });
        }
        let unknown = open.into_iter();
        columns.unknown = unknown
            .map(|(index, heading)| Column { index, header: heading.shown.clone() })
            .collect();
        columns
    }

    /// What a heading means by the lights of a round: a path, or that it is not read.
    fn meaning(&self, kind: SheetKind, heading: &Heading, round: Round) -> Option<Option<&str>> {
        let known = |wording: &str| match self.headers.path_of(kind, wording) {
            Some(path) => Some(Some(path)),
            None => self.headers.is_unused(wording).then_some(None),
        };
        let mut wordings = heading.wordings.iter();
        match round {
            Round::Kept => {
                let path = self.kept.get(&kind)?.get(heading.wording())?;
                Some(path.as_deref())
            }
            Round::AsWritten => wordings.find_map(|wording| known(wording)),
            Round::WithoutRemark => wordings.find_map(|wording| known(without_remark(wording))),
            Round::Alone => {
                let (group, own) = heading.group.as_ref()?;
                let meaning = known(own).or_else(|| known(without_remark(own)))?;
                self.may_stand_under(kind, group, meaning).then_some(meaning)
            }
        }
    }

    /// A phone under 父亲 is not the person's own: under a heading that names somebody else, a column
    /// is known only where that one is named by its wordings.
    fn may_stand_under(&self, kind: SheetKind, group: &str, path: Option<&str>) -> bool {
        let somebody = self.words.somebody.iter().find(|word| group.contains(word.as_str()));
        let (Some(somebody), Some(path)) = (somebody, path) else {
            return true;
        };
        let paths = self.headers.paths(kind);
        let words = paths.get(path).copied().unwrap_or_default();
        words.iter().any(|word| word.contains(somebody.as_str()))
    }
}

#[derive(Clone, Copy)]
enum Round {
    Kept,
    AsWritten,
    WithoutRemark,
    Alone,
}

impl Round {
    const ALL: [Self; 4] = [Self::Kept, Self::AsWritten, Self::WithoutRemark, Self::Alone];
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
        let headings = headers.iter().map(|text| Heading::new(text));
        known(&[]).read(kind, &headings.enumerate().collect())
    }

    fn known(layouts: &[Layout]) -> Known<'static> {
        let wordings = WORDINGS.as_ref().expect("readable");
        Known::new(&wordings.headers, &wordings.words, layouts)
    }

    #[test]
    fn no_wording_of_a_kind_stands_for_two_values() {
        let headers = &WORDINGS.as_ref().expect("readable").headers;
        let ledger = [&headers.child, &headers.elderly, &headers.disabled];
        for section in ledger.into_iter().chain([&headers.visit, &headers.ledger, &headers.every]) {
            let mut seen = BTreeSet::new();
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
        let unknown: Vec<&str> = columns.unknown.iter().map(|column| &*column.header).collect();
        assert_eq!(unknown, ["姓名(父亲)", "天气"]);
        assert_eq!(columns.unused, [6]);
    }

    #[test]
    fn a_heading_under_another_is_read_with_it_and_never_as_somebody_elses() {
        let kind = SheetKind::Ledger(LedgerKind::Child);
        let pairs = [
            ("基本信息", "姓名"),
            ("基本信息", "身份证号(18位)"),
            ("监护人情况", "姓名"),
            ("监护人情况", "与儿童关系"),
            ("监护人情况", "联系电话"),
            ("父亲", "联系电话"),
            ("父亲", "身份证号"),
            ("父亲", "姓名"),
        ];
        let header = pairs.iter().map(|(group, text)| Heading::under(group, text)).enumerate();
        let columns = known(&[]).read(kind, &header.collect());
        let found: Vec<(usize, &str)> =
            columns.read.iter().map(|(path, column)| (column.index, &**path)).collect();
        assert_eq!(
            found,
            [
                (7, "detail.child.father"),
                (2, "detail.child.guardian"),
                (4, "detail.child.guardianPhone"),
                (3, "detail.child.guardianRelation"),
                (0, "person.name"),
                (1, "person.residentId"),
            ]
        );
        assert_eq!(columns.unknown.len(), 2);
        assert_eq!(columns.read["detail.child.guardian"].header, "监护人情况 姓名");
    }

    #[test]
    fn what_a_station_confirmed_goes_before_what_all_say() {
        let columns = |kind, of: &[(&str, Option<&str>)]| {
            let pairs =
                of.iter().map(|(header, path)| ((*header).to_owned(), path.map(Into::into)));
            Layout { kind, columns: pairs.collect() }
        };
        let [child, elderly, ..] = KINDS;
        let layouts = [
            columns(child, &[("称 呼", Some("remark")), ("备注", None)]),
            columns(child, &[("称呼", Some("person.name"))]),
        ];
        let header: Header =
            ["称呼", "姓名", "备注"].into_iter().map(Heading::new).enumerate().collect();
        let found = known(&layouts).read(child, &header);
        assert_eq!(found.index("person.name"), Some(0));
        assert_eq!(found.unused, [2]);
        assert_eq!(found.unknown[0].header, "姓名");
        assert_eq!(known(&layouts).read(elderly, &header).index("person.name"), Some(1));
    }

    #[test]
    fn a_path_of_the_content_leads_to_its_column() {
        assert_eq!(column_path("needs[1].domain"), "needs.domain");
        assert_eq!(column_path("workers[0]"), "workers");
        assert_eq!(column_path("person.residentId"), "person.residentId");
    }
}
