//! What the columns of a table may be whose headers nobody knows: by words and characters that a header
//! has in common with known ones, and by what its values look like. A proposal, for a person to confirm.

mod likeness;
mod profile;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Column, ImportError, Layout, SheetKind, WORDINGS,
    header::{Header, KINDS, Known},
    table::{self, HEADER_COLUMNS, Headed, hints},
    village::Villages,
    wordings,
    workbook::{self, Cell, Grid},
};
use crate::{places::Village, problem::Language};

use likeness::Likeness;
use profile::{Fit, Profile};

/// How many rows are looked at.
const SAMPLE: usize = 200;
/// Less than this is no proposal.
const LEAST: f64 = 0.38;
/// What counts against names, days and phones under a header that does not say whose they are.
const OTHERS: f64 = 0.25;

/// What a table of a file seems to be.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub sheet: String,
    /// Where its header is, 1-based.
    pub row: usize,
    pub kind: SheetKind,
    pub columns: Vec<ProposedColumn>,
    /// What a sheet of this kind cannot be read without and no column was found for, as the template
    /// heads it.
    pub missing: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ProposedColumn {
    pub column: Column,
    /// Path in the content; `None` where the column is not to be read.
    pub path: Option<String>,
    /// 0 to 100
    pub confidence: u8,
    pub reasons: Vec<Reason>,
}

/// Why a column seems to be what is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The station confirmed it, or all workbooks say so.
    Known,
    /// The header is like this wording of the template.
    Alike(String),
    /// This many of a hundred values look like it.
    Values(u8),
    /// The dates are those in the resident IDs.
    DatesOfIds,
    /// It stands beside the column of this header.
    Beside(String),
    /// Nothing fits.
    Nothing,
}

impl Reason {
    /// In words.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        match (self, language) {
            (Self::Known, Language::Chinese) => "表头已知".to_owned(),
            (Self::Known, Language::English) => "the header is known".to_owned(),
            (Self::Alike(word), Language::Chinese) => format!("表头近似「{word}」"),
            (Self::Alike(word), Language::English) => format!("the header is like {word}"),
            (Self::Values(share), Language::Chinese) => format!("{share}%的值符合"),
            (Self::Values(share), Language::English) => format!("{share} % of its values fit"),
            (Self::DatesOfIds, Language::Chinese) => "日期与身份证号中的出生日期一致".to_owned(),
            (Self::DatesOfIds, Language::English) => {
                "its days are the birth dates of the resident IDs".to_owned()
            }
            (Self::Beside(header), Language::Chinese) => format!("紧邻「{header}」列"),
            (Self::Beside(header), Language::English) => format!("it stands beside {header}"),
            (Self::Nothing, Language::Chinese) => "没有相符的栏目,建议不读取".to_owned(),
            (Self::Nothing, Language::English) => "nothing fits; not to be read".to_owned(),
        }
    }
}

/// What each table of a file seems to be: what the station has confirmed and what all workbooks say
/// counts most.
///
/// # Errors
/// When the file as a whole cannot be read.
pub fn propose(
    file_name: &str,
    bytes: &[u8],
    villages: &[Village],
    layouts: &[Layout],
) -> Result<Vec<Proposal>, ImportError> {
    let wordings = wordings()?;
    let known = Known::new(&wordings.headers, &wordings.words, layouts);
    let learning =
        Learning { known: &known, villages: Villages::new(villages), likeness: Likeness::new() };
    let book = workbook::read(file_name, bytes)?;
    let grids = book.grids.iter().filter(|grid| !known.words.is_notes(&grid.name));
    Ok(grids.filter_map(|grid| learning.sheet(file_name, grid)).collect())
}

/// What is confirmed of a layout must be paths of its kind, none of them twice.
///
/// # Errors
/// What is wrong, in a sentence.
pub fn check(layout: &Layout) -> Result<(), String> {
    let Ok(wordings) = WORDINGS.as_ref() else {
        return Err("the compiled-in wordings cannot be read".to_owned());
    };
    let paths = wordings.headers.paths(layout.kind);
    let mut seen = BTreeSet::new();
    for (header, path) in &layout.columns {
        if super::text::plain(header).is_empty()
            || header.chars().count() > 100
            || header.contains('\0')
        {
            return Err(format!("{header:?} is no header of 1 to 100 characters"));
        }
        let Some(path) = path else { continue };
        if !paths.contains_key(path.as_str()) {
            let all = paths.keys().copied().collect::<Vec<_>>().join(", ");
            return Err(format!("{header}: a sheet of this kind has no {path:?}; it has {all}"));
        }
        if !seen.insert(path) {
            return Err(format!("{path} stands for more than one header; keep one"));
        }
    }
    if layout.columns.is_empty() || layout.columns.len() > 200 {
        return Err("a layout has 1 to 200 headers".to_owned());
    }
    Ok(())
}

struct Learning<'a> {
    known: &'a Known<'a>,
    villages: Villages<'a>,
    likeness: Likeness,
}

/// A column with what its header and its values say.
struct Candidate {
    column: Column,
    heading: super::header::Heading,
    profile: Profile,
}

/// How well a column fits a path.
#[derive(Clone, Debug)]
struct Score {
    value: f64,
    reasons: Vec<Reason>,
}

impl Learning<'_> {
    fn sheet(&self, file_name: &str, grid: &Grid) -> Option<Proposal> {
        let headed = self.header(grid)?;
        let names = table::names(file_name, grid, 0..*headed.rows.start());
        let candidates = self.candidates(grid, &headed);
        let proposals = KINDS.map(|kind| {
            let columns = self.assign(kind, &headed.header, &candidates);
            let fit: f64 = columns.iter().map(|(_, score)| score).sum();
            let named = hints(self.known.words, kind, &names).min(3) as f64;
            (fit + named * 0.6, kind, columns)
        });
        let best = proposals.into_iter().max_by(|one, other| one.0.total_cmp(&other.0));
        let (_, kind, columns) = best?;
        let columns: Vec<ProposedColumn> = columns.into_iter().map(|(column, _)| column).collect();
        let found = columns.iter().filter_map(|column| column.path.as_deref()).collect();
        let missing = self.known.headers.missing_of(kind, &found);
        let missing = missing.into_iter().map(str::to_owned).collect();
        let row = *headed.rows.start();
        Some(Proposal { sheet: grid.name.clone(), row, kind, columns, missing })
    }

    /// The known header, or the first row of texts only that is as wide as those below.
    fn header(&self, grid: &Grid) -> Option<Headed> {
        if let Some(headed) = table::first_header(self.known, grid) {
            return Some(headed);
        }
        let lines: Vec<_> = grid.lines.iter().take(60).collect();
        let place = lines.iter().enumerate().position(|(place, (_, line))| {
            let below = lines[place + 1..].iter().take(10).map(|(_, line)| line.len());
            let widest = below.max().unwrap_or_default();
            let texts = line.cells().all(|cell| match cell {
                Cell::Text(text) => text.chars().filter(char::is_ascii_digit).count() < 4,
                _ => false,
            });
            line.len() >= HEADER_COLUMNS && texts && line.len() * 4 >= widest * 3
        })?;
        let (row, line) = &lines[place];
        Some(table::compose(self.known, grid, *row, line))
    }

    fn candidates(&self, grid: &Grid, headed: &Headed) -> Vec<Candidate> {
        let rows: Vec<_> = grid.lines.range(headed.rows.end() + 1..).take(SAMPLE).collect();
        let ids = profile::birth_dates(&rows);
        let header = headed.header.iter();
        header
            .map(|(index, heading)| {
                let cells = rows.iter().map(|(row, line)| (*row, line.get(*index)));
                let profile =
                    Profile::new(cells, &ids, self.known.words, &self.villages, grid.from_1904);
                let column = Column { index: *index, header: heading.shown.clone() };
                Candidate { column, heading: heading.clone(), profile }
            })
            .collect()
    }

    /// The path of each column, with its score: the best pair first, then the best of those left.
    fn assign(
        &self,
        kind: SheetKind,
        header: &Header,
        candidates: &[Candidate],
    ) -> Vec<(ProposedColumn, f64)> {
        let known = self.known.read(kind, header);
        let certain: BTreeMap<usize, &str> =
            known.read.iter().map(|(path, column)| (column.index, path.as_str())).collect();
        let paths = self.known.headers.paths(kind);
        let mut table: Vec<BTreeMap<&str, Score>> = candidates
            .iter()
            .map(|candidate| self.scores(kind, candidate, &certain, &known.unused, &paths))
            .collect();
        first_name(candidates, &mut table);
        let first = pairs(&table);
        beside(candidates, &first, &mut table);
        later_days(candidates, &mut table);
        let chosen = pairs(&table);
        let proposed =
            candidates.iter().zip(&table).enumerate().map(|(place, (candidate, scores))| {
                let column = candidate.column.clone();
                let best = |but: Option<&str>| {
                    let others = scores.iter().filter(|(path, _)| Some(**path) != but);
                    others.map(|(_, score)| score.value).fold(0.0, f64::max)
                };
                match chosen.get(&place) {
                    Some(path) => {
                        let score = &scores[path];
                        let lead = (score.value - best(Some(path))).clamp(0.0, 0.5);
                        let confidence = 100.0 * score.value.clamp(0.0, 1.0) * (0.6 + 0.8 * lead);
                        let proposed = ProposedColumn {
                            column,
                            path: Some((*path).to_owned()),
                            confidence: confidence.min(100.0) as u8,
                            reasons: score.reasons.clone(),
                        };
                        (proposed, score.value)
                    }
                    None => {
                        let is_known = known.unused.contains(&candidate.column.index);
                        let doubt = if is_known { 0.0 } else { best(None).clamp(0.0, 1.0) };
                        let proposed = ProposedColumn {
                            column,
                            path: None,
                            confidence: (100.0 * (1.0 - doubt)) as u8,
                            reasons: vec![if is_known { Reason::Known } else { Reason::Nothing }],
                        };
                        (proposed, 0.0)
                    }
                }
            });
        proposed.collect()
    }

    fn scores<'p>(
        &self,
        kind: SheetKind,
        candidate: &Candidate,
        certain: &BTreeMap<usize, &str>,
        unused: &[usize],
        paths: &BTreeMap<&'p str, &[String]>,
    ) -> BTreeMap<&'p str, Score> {
        let index = candidate.column.index;
        let nothing = candidate.profile.is_counted() || candidate.profile.is_yes_or_no();
        if unused.contains(&index) || nothing && !certain.contains_key(&index) {
            return BTreeMap::new();
        }
        let scored = paths.iter().filter_map(|(path, words)| {
            if let Some(known) = certain.get(&index) {
                let score = Score { value: 2.0, reasons: vec![Reason::Known] };
                return (known == path).then_some((*path, score));
            }
            let alike = self.likeness.of(kind, &candidate.heading, words);
            let Fit { value, share, of_ids, of_many } = candidate.profile.fit(kind, path);
            let (alike, word) = match alike {
                Some((alike, word)) => (alike * 0.8, word),
                None if of_many => (-OTHERS, ""),
                None => (0.0, ""),
            };
            let mut reasons = Vec::new();
            if alike >= 0.24 {
                reasons.push(Reason::Alike(word.to_owned()));
            }
            if of_ids {
                reasons.push(Reason::DatesOfIds);
            } else if value > 0.0 {
                reasons.push(Reason::Values((share * 100.0) as u8));
            }
            Some((*path, Score { value: alike + value, reasons }))
        });
        scored.collect()
    }
}

/// The best pairs of columns and paths, each once.
fn pairs<'p>(table: &[BTreeMap<&'p str, Score>]) -> BTreeMap<usize, &'p str> {
    let scores = table.iter().enumerate();
    let mut all: Vec<(f64, usize, &str)> = scores
        .flat_map(|(place, scores)| {
            scores.iter().map(move |(path, score)| (score.value, place, *path))
        })
        .filter(|(value, ..)| *value >= LEAST)
        .collect();
    all.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    let mut chosen = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (_, place, path) in all {
        if !chosen.contains_key(&place) && taken.insert(path) {
            chosen.insert(place, path);
        }
    }
    chosen
}

/// Of several columns of names, the person's own is mostly the first.
fn first_name(candidates: &[Candidate], table: &mut [BTreeMap<&str, Score>]) {
    let first = candidates.iter().position(|candidate| candidate.profile.names());
    let score = first.and_then(|place| table.get_mut(place)?.get_mut("person.name"));
    if let Some(score) = score {
        score.value += 0.2;
    }
}

/// A phone belongs to the person whose column stands before it.
fn beside(
    candidates: &[Candidate],
    chosen: &BTreeMap<usize, &str>,
    table: &mut [BTreeMap<&str, Score>],
) {
    const PHONES: [(&str, &str); 4] = [
        ("detail.child.guardian", "detail.child.guardianPhone"),
        ("detail.elderly.contact", "detail.elderly.contactPhone"),
        ("detail.disabled.carer", "detail.disabled.carerPhone"),
        ("person.name", "person.phone"),
    ];
    for (place, candidate) in candidates.iter().enumerate().filter(|(_, one)| one.profile.phones())
    {
        let mut before = (place.saturating_sub(2)..place).rev();
        let found = before.find_map(|before| {
            let path = chosen.get(&before)?;
            let (_, phone) = PHONES.iter().find(|(name, _)| name == path)?;
            Some((before, *phone))
        });
        if let Some((before, phone)) = found
            && let Some(score) = table[place].get_mut(phone)
            && candidate.column.index > candidates[before].column.index
        {
            score.value += 0.15;
            score.reasons.push(Reason::Beside(candidates[before].column.header.clone()));
        }
    }
}

/// Of two columns of days, the next visit is the later.
fn later_days(candidates: &[Candidate], table: &mut [BTreeMap<&str, Score>]) {
    let days: Vec<_> = candidates.iter().map(|candidate| candidate.profile.usual_day()).collect();
    let first = days.iter().flatten().min().copied();
    for (day, scores) in days.iter().zip(table) {
        if let (Some(day), Some(first), Some(score)) = (day, first, scores.get_mut("nextVisitOn")) {
            score.value += if *day > first { 0.2 } else { -0.2 };
        }
    }
}
