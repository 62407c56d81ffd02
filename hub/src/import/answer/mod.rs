//! The answer to a file is a workbook too: the same file with refused cells coloured and commented and
//! a column of remarks. Corrected there it can be imported as it is; answered again, what was ours in
//! it is replaced. Pure: no database, no clock, no files.
//!
//! Of an .xlsx only the parts that need it are written anew (`package`), and in them only the tags
//! that need it (`xml`). Any other file is made into an .xlsx first (`anew`).

mod anew;
mod book;
mod comments;
mod drawing;
mod outline;
mod package;
mod page;
mod styles;
#[cfg(test)]
mod tests;
mod worksheet;
mod xml;

use super::{
    ImportError, Imported, mend,
    workbook::{self, Grid},
};
use crate::problem::Language;
pub(super) use anew::undated;
pub use outline::{name as cell_name, place as cell_place};
use package::Package;
use page::Page;

/// A file with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// An .xlsx keeps its name; any other gets `.xlsx` behind its own.
    pub file_name: String,
    pub bytes: Vec<u8>,
}

/// Why a file cannot be answered by a workbook.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    #[error(transparent)]
    File(#[from] ImportError),
    #[error("the parts of the workbook do not fit together: {0}")]
    Parts(String),
    #[error("sheet {0:?} has no free column for the remarks")]
    NoRoom(String),
}

impl From<zip::result::ZipError> for AnswerError {
    fn from(fault: zip::result::ZipError) -> Self {
        Self::Parts(fault.to_string())
    }
}

impl From<std::io::Error> for AnswerError {
    fn from(fault: std::io::Error) -> Self {
        Self::Parts(fault.to_string())
    }
}

impl From<quick_xml::Error> for AnswerError {
    fn from(fault: quick_xml::Error) -> Self {
        Self::Parts(fault.to_string())
    }
}

impl AnswerError {
    /// The sentence for people.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        match (self, language) {
            (Self::File(fault), _) => fault.message(language),
            (_, Language::English) => self.to_string(),
            (Self::Parts(_), _) => "工作簿内部结构有误,请用表格软件打开后另存再导入".to_owned(),
            (Self::NoRoom(sheet), _) => format!("工作表「{sheet}」右侧没有空列可写导入结果"),
        }
    }
}

/// Answers a file by what became of it.
///
/// # Errors
/// Where the file cannot be read, or has no place for the answer.
pub fn answer(
    file_name: &str,
    bytes: &[u8],
    imported: &Imported,
    language: Language,
) -> Result<Answer, AnswerError> {
    let mut grids = workbook::read(file_name, bytes)?.grids;
    mend::put_into(&mut grids, &mut imported.mends.clone())?;
    let pages: Vec<(&Grid, Page)> =
        grids.iter().filter_map(|grid| Some((grid, Page::of(grid, imported, language)?))).collect();
    if Package::is_one(bytes) {
        let pages = pages.iter().map(|(grid, page)| (grid.name.as_str(), page));
        let bytes = book::written(bytes, pages.collect())?;
        return Ok(Answer { file_name: named(file_name, &[".xlsx", ".xlsm"]), bytes });
    }
    let (bytes, names) = anew::workbook(&grids)?;
    let pages = pages.iter().map(|(grid, page)| (names[&grid.name].as_str(), page));
    let bytes = book::written(&bytes, pages.collect())?;
    Ok(Answer { file_name: named(file_name, &[]), bytes })
}

/// The name of an answer. A `.csv` keeps its ending before the new one, so that two files of a folder
/// are not answered by one.
fn named(file_name: &str, endings: &[&str]) -> String {
    let lower = file_name.to_lowercase();
    match endings.iter().any(|ending| lower.ends_with(ending)) {
        true => file_name.to_owned(),
        false => format!("{file_name}.xlsx"),
    }
}
