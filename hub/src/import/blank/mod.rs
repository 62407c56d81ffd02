//! Blank workbooks for stations that start anew: a sheet of each kind with the template's headers, the
//! record's choices and the township's villages to choose from, and checks while typing. Headers and
//! words are those of `data/import`, so that what is typed in is read without a repair.

mod column;
mod notes;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use entity::LedgerKind;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::{SheetKind, WORDINGS, Wordings, answer::undated, header::KINDS};
use crate::{Hub, HubError, access::Viewer, places::Village};
use column::{Column, Lists, columns};

/// How many rows below the header are checked while typing.
const ROWS: u32 = 5_000;
/// The sheet of what is chosen from; reading leaves a sheet of this name out.
const LISTS: &str = "选项";

impl SheetKind {
    /// All kinds, in the order of a workbook.
    pub const ALL: [Self; 4] = KINDS;

    /// How the template names its sheet.
    #[must_use]
    pub const fn sheet_name(self) -> &'static str {
        match self {
            Self::Ledger(LedgerKind::Child) => "儿童台账",
            Self::Ledger(LedgerKind::Elderly) => "老年人台账",
            Self::Ledger(LedgerKind::Disabled) => "残疾人台账",
            Self::Visits => "入户探访记录",
        }
    }
}

impl Hub {
    /// A blank workbook (.xlsx) of a station, with a sheet of each of these kinds.
    ///
    /// # Errors
    /// Where the viewer may not hand in for the station, or the database does not answer.
    pub async fn blank_workbook(
        &self,
        viewer: &Viewer,
        station: &str,
        kinds: &[SheetKind],
    ) -> Result<Vec<u8>, HubError> {
        let found = self.station_to_hand_in_for(viewer, station).await?;
        let wordings = WORDINGS.as_ref().map_err(|fault| HubError::Workbook(fault.to_string()))?;
        workbook(wordings, kinds, self.places().await?.villages(&found.township))
            .map_err(|fault| HubError::Workbook(fault.to_string()))
    }
}

fn workbook(
    wordings: &Wordings,
    kinds: &[SheetKind],
    villages: &[Village],
) -> Result<Vec<u8>, XlsxError> {
    let mut book = undated()?;
    let mut lists = Lists::new(&wordings.words, villages);
    for kind in kinds {
        let sheet = book.add_worksheet();
        sheet.set_name(kind.sheet_name())?;
        fill(sheet, &columns(wordings, *kind), &mut lists)?;
    }
    notes::write(&mut book, wordings, kinds)?;
    write_lists(&mut book, &lists)?;
    book.save_to_buffer()
}

fn fill(sheet: &mut Worksheet, columns: &[Column], lists: &mut Lists) -> Result<(), XlsxError> {
    sheet.set_row_height(0, 32)?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, number) in columns.iter().zip(0..) {
        let format = Format::new().set_num_format(column.check.number_format());
        sheet.set_column_width(number, column.check.width())?;
        sheet.set_column_format(number, &format)?;
        sheet.write_string_with_format(0, number, column.shown(), &header(column.needed))?;
        let validation = column.validation(number, lists)?;
        sheet.add_data_validation(1, number, ROWS, number, &validation)?;
    }
    Ok(())
}

/// How a header looks; what has to be given stands out.
fn header(needed: bool) -> Format {
    let colour = if needed { Color::RGB(0x00FC_E4D6) } else { Color::RGB(0x00E7_E6E6) };
    Format::new()
        .set_bold()
        .set_text_wrap()
        .set_border(FormatBorder::Thin)
        .set_background_color(colour)
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
}

/// The hidden sheet that the drop-downs read, a column for each list.
fn write_lists(book: &mut Workbook, lists: &Lists) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name(LISTS)?;
    sheet.set_hidden(true);
    let by_place: BTreeMap<_, _> = lists.used().collect();
    for (column, words) in by_place {
        for (word, row) in words.iter().zip(0..) {
            sheet.write_string(row, column, word)?;
        }
    }
    Ok(())
}
