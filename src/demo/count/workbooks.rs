//! The stations' workbooks for the second count. Which rows are good, whose they are and what they
//! need stands in `truth.json`; only the day and the services are read from the sheet, at the row
//! that `truth.json` names.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, bail};
use calamine::{Data, DataType, Reader};
use chrono::NaiveDate;
use serde::Deserialize;

use super::{Tally, Visit};

#[derive(Deserialize)]
struct Book {
    /// Below the folder of `truth.json`.
    file: String,
    station: String,
    kind: String,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    verdict: String,
    resident_id: String,
    needs: Vec<String>,
    /// From 1, as the spreadsheet shows it.
    row: usize,
}

const SERVICES: &[(&str, &str)] = &[
    ("心理疏导", "PSYCHOLOGICAL_COUNSELLING"),
    ("精神慰藉", "SPIRITUAL_COMFORT"),
    ("危机干预", "CRISIS_INTERVENTION"),
    ("帮扶照护", "CARE"),
    ("物资发放", "MATERIAL_AID"),
    ("政策宣传", "POLICY_ADVICE"),
    ("学业辅导", "EDUCATION"),
    ("医疗服务", "MEDICAL"),
    ("法律服务", "LEGAL"),
    ("其他", "OTHER"),
];
const DOMAINS: &[(&str, &str)] = &[
    ("生活物资", "SUPPLIES"),
    ("医疗救助", "MEDICAL_AID"),
    ("照料护理", "CARE"),
    ("心理疏导", "PSYCHOLOGICAL"),
    ("学业辅导", "EDUCATION"),
    ("法律援助", "LEGAL_AID"),
    ("住房修缮", "HOUSING_REPAIR"),
    ("辅具适配", "ASSISTIVE_DEVICE"),
    ("就业帮扶", "EMPLOYMENT"),
    ("其他", "OTHER"),
];
/// The order in which the papers of a station are taken in.
const ORDER: &[&str] = &["CHILD", "ELDERLY", "DISABLED", "VISIT"];

impl Tally {
    /// Takes in the workbooks of a folder by its `truth.json`.
    pub fn add_workbooks(&mut self, folder: &Path) -> anyhow::Result<()> {
        let truth = folder.join("truth.json");
        let text = fs::read_to_string(&truth).with_context(|| truth.display().to_string())?;
        let mut books: Vec<Book> = serde_json::from_str(&text)?;
        books.sort_by_key(|book| ORDER.iter().position(|kind| *kind == book.kind));
        for book in books {
            let sheet = Sheet::read(&folder.join(&book.file));
            sheet
                .and_then(|sheet| self.add_book(&book, &sheet))
                .with_context(|| book.file.clone())?;
        }
        Ok(())
    }

    fn add_book(&mut self, book: &Book, sheet: &Sheet) -> anyhow::Result<()> {
        let is_visit = book.kind == "VISIT";
        let day = sheet.column(|head| match is_visit {
            true => {
                (head.contains("日期") || head.contains("时间"))
                    && !head.contains("下次")
                    && !head.contains("回访")
            }
            false => head.contains("建档") || head.contains("录入"),
        })?;
        for row in book.rows.iter().filter(|row| row.verdict == "good") {
            let day = sheet.day(row.row, day)?;
            let person = row.resident_id.to_uppercase();
            if person.is_empty() {
                bail!("row {} names nobody", row.row);
            }
            let needs: Vec<_> = row.needs.iter().map(|word| code(DOMAINS, word)).collect();
            let needs = needs.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
            self.raise(&book.station, Some(&person), &needs, day);
            if is_visit {
                let services = sheet.services(row.row)?;
                let (station, person) = (book.station.clone(), Some(person));
                self.visits.push(Visit { station, person, day, services });
            } else {
                self.open(&book.station, person, book.kind.clone(), day);
            }
        }
        Ok(())
    }
}

fn code(list: &[(&str, &str)], word: &str) -> anyhow::Result<String> {
    match list.iter().find(|(known, _)| *known == word) {
        Some((_, code)) => Ok((*code).to_owned()),
        None => bail!("{word} is not known"),
    }
}

/// The cells of a first sheet by row and column, both from 0.
struct Sheet {
    cells: BTreeMap<(usize, usize), Data>,
    head: usize,
}

impl Sheet {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let is_csv = path.extension().is_some_and(|end| end == "csv");
        let cells = if is_csv { csv_cells(path)? } else { xlsx_cells(path)? };
        let number = |((row, column), cell): (&(usize, usize), &Data)| {
            (*column == 0 && cell.to_string().trim() == "序号").then_some(*row)
        };
        let head = cells.iter().find_map(number).context("no header row")?;
        Ok(Self { cells, head })
    }

    fn column(&self, fits: impl Fn(&str) -> bool) -> anyhow::Result<usize> {
        let heads = self.cells.range((self.head, 0)..(self.head + 1, 0));
        let mut fitting = heads.filter(|(_, head)| fits(&head.to_string().replace(' ', "")));
        match (fitting.next(), fitting.next()) {
            (Some(((_, column), _)), None) => Ok(*column),
            _ => bail!("not just one column fits"),
        }
    }

    /// The day at a row counted from 1, in whatever way it is written.
    fn day(&self, row: usize, column: usize) -> anyhow::Result<NaiveDate> {
        let cell = self.cells.get(&(row - 1, column)).context("no day")?;
        if let Data::DateTime(_) = cell {
            return cell.as_date().context("no day");
        }
        let text = cell.to_string();
        let parts = text.split(|letter: char| !letter.is_ascii_digit());
        let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        let day = match parts[..] {
            [day] => NaiveDate::parse_from_str(day, "%Y%m%d").ok(),
            [year, month, day, ..] => {
                NaiveDate::from_ymd_opt(year.parse()?, month.parse()?, day.parse()?)
            }
            _ => None,
        };
        day.with_context(|| format!("row {row}: {text} is no day"))
    }

    fn services(&self, row: usize) -> anyhow::Result<std::collections::BTreeSet<String>> {
        let column = self.column(|head| {
            head.contains("服务") && !head.contains("对象") && !head.contains("需求")
        })?;
        let cell = self.cells.get(&(row - 1, column)).context("no services")?.to_string();
        let words = cell.split(['、', ',', ',', ';', ';', '/', ' ']);
        let words = words.map(str::trim).filter(|word| !word.is_empty());
        words.map(|word| code(SERVICES, word)).collect()
    }
}

fn xlsx_cells(path: &Path) -> anyhow::Result<BTreeMap<(usize, usize), Data>> {
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(path)?;
    let range = book.worksheet_range_at(0).context("no sheet")??;
    let (top, left) = range.start().unwrap_or_default();
    let cells = range
        .used_cells()
        .map(|(row, column, cell)| ((row + top as usize, column + left as usize), cell.clone()));
    Ok(cells.collect())
}

fn csv_cells(path: &Path) -> anyhow::Result<BTreeMap<(usize, usize), Data>> {
    let bytes = fs::read(path)?;
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => encoding_rs::GB18030.decode(&bytes).0.into_owned(),
    };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut cells = BTreeMap::new();
    for (row, record) in reader.records().enumerate() {
        for (column, cell) in record?.iter().enumerate() {
            cells.insert((row, column), Data::String(cell.to_owned()));
        }
    }
    Ok(cells)
}
