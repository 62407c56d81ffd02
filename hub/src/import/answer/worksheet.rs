//! A worksheet with its refused cells coloured and its remarks written.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AnswerError,
    outline::{Outline, Place, name, place},
    styles::Styles,
    xml::{Copying, Form, Tag, Tags, escaped, opened},
};

/// The width of the remarks column, in characters.
const WIDTH: &str = "60";

/// What is to be written into a worksheet.
#[derive(Debug, Default)]
pub struct Marks {
    /// Where the remarks stand.
    pub column: usize,
    /// The first row of the remarks: what stands below it in their column is ours.
    pub from: usize,
    /// Row → remark.
    pub remarks: BTreeMap<usize, String>,
    pub refused: BTreeSet<Place>,
    /// Cell → what it is to say, where a person corrected it.
    pub mended: BTreeMap<Place, String>,
}

/// What becomes of a cell.
enum Content<'a> {
    /// It stays what it was.
    Own,
    Text(&'a str),
    Nothing,
}

/// A worksheet on its way from one text to the other.
struct Writing<'a> {
    text: &'a str,
    copying: Copying<'a>,
    marks: &'a Marks,
    styles: &'a mut Styles,
    prefix: String,
    /// The row and the column that come next.
    row: usize,
    column: usize,
    /// The style of new cells of the row, and of the cell before.
    row_style: usize,
    style_before: usize,
    /// Rows with something to write, which have not come yet.
    waiting: BTreeMap<usize, BTreeSet<usize>>,
}

impl Marks {
    /// Writes a worksheet anew. `drawing` is the relation of the drawing of its comments.
    pub fn write(
        &self,
        text: &str,
        outline: &Outline,
        styles: &mut Styles,
        drawing: Option<(&str, &str)>,
    ) -> Result<String, AnswerError> {
        let mut waiting: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (row, column) in self.refused.iter().chain(self.mended.keys()) {
            waiting.entry(*row).or_default().insert(*column);
        }
        for row in self.remarks.keys() {
            waiting.entry(*row).or_default().insert(self.column);
        }
        let mut writing = Writing {
            text,
            copying: Copying::of(text),
            marks: self,
            styles,
            prefix: String::new(),
            row: 1,
            column: 0,
            row_style: 0,
            style_before: 0,
            waiting,
        };
        writing.all(outline, drawing)?;
        Ok(writing.copying.finish())
    }

    fn content(&self, (row, column): Place) -> Content<'_> {
        let text = match self.mended.get(&(row, column)) {
            Some(text) => Some(text).filter(|text| !text.is_empty()),
            None if column != self.column || row < self.from => return Content::Own,
            None => self.remarks.get(&row),
        };
        text.map_or(Content::Nothing, |text| Content::Text(text))
    }
}

impl<'a> Writing<'a> {
    fn all(&mut self, outline: &Outline, drawing: Option<(&str, &str)>) -> Result<(), AnswerError> {
        let mut tags = Tags::of(self.text);
        let (mut depth, mut rows_over, mut drawing) = (0_usize, false, drawing);
        while let Some(tag) = tags.next() {
            let tag = tag?;
            if tag.form == Form::Close {
                depth = depth.saturating_sub(1);
            }
            let outermost = depth <= 1;
            if outermost && rows_over && comes_after_drawing(&tag) {
                self.write_drawing(&tag, drawing.take());
            }
            match (tag.local(), tag.form) {
                ("worksheet", Form::Open) => {
                    tag.prefix().clone_into(&mut self.prefix);
                    depth = 1;
                }
                ("dimension", form) if form != Form::Close => self.dimension(&tag),
                ("cols", Form::Open) => self.columns(&tag, &mut tags)?,
                ("sheetData", Form::Open) => {
                    self.own_columns(&tag, outline);
                    self.rows(&mut tags)?;
                    rows_over = true;
                }
                ("sheetData", Form::Empty) => {
                    self.own_columns(&tag, outline);
                    let rows = self.rows_before(usize::MAX);
                    opened(&mut self.copying, self.text, &tag, &rows);
                    rows_over = true;
                }
                ("legacyDrawing", form) if form != Form::Close && outermost => drawing = None,
                (_, Form::Open) => depth += 1,
                _ => {}
            }
        }
        Ok(())
    }

    fn write_drawing(&mut self, before: &Tag<'_>, drawing: Option<(&str, &str)>) {
        if let Some((id, namespace)) = drawing {
            let line =
                format!("<{}legacyDrawing xmlns:r=\"{namespace}\" r:id=\"{id}\"/>", self.prefix);
            self.copying.until(before.range.start).write(&line);
        }
    }

    /// The used range, with the remarks.
    fn dimension(&mut self, tag: &Tag<'_>) {
        let range = tag.attribute("ref").unwrap_or_default();
        let (from, to) = range.split_once(':').unwrap_or((&range, &range));
        if let (Some(from), Some(to)) = (place(from), place(to)) {
            let last = self.waiting.keys().last().copied().unwrap_or_default();
            let to = (to.0.max(last), to.1.max(self.marks.column));
            let range = format!("{}:{}", name(from), name(to));
            let text = tag.with(&[("ref", Some(&range))]);
            self.copying.replace(&tag.range, &text);
        }
    }

    /// The widths of columns: the remarks' own is put between the others.
    fn columns(&mut self, list: &Tag<'_>, tags: &mut Tags<'a>) -> Result<(), AnswerError> {
        let ours = self.marks.column + 1;
        let mut widths = String::new();
        let mut written = false;
        let own = self.width();
        for tag in tags {
            let tag = tag?;
            if tag.ends("cols") {
                if !written {
                    widths.push_str(&own);
                }
                self.copying.until(list.range.end).write(&widths).skip(tag.range.start);
                return Ok(());
            }
            let (Some(from), Some(to)) = (tag.number("min"), tag.number("max")) else {
                continue;
            };
            let hidden = tag.attribute("hidden").is_some_and(|yes| matches!(&*yes, "1" | "true"));
            let part = |from: usize, to: usize| {
                let whole =
                    tag.with(&[("min", Some(&from.to_string())), ("max", Some(&to.to_string()))]);
                whole.trim_end_matches('>').trim_end_matches('/').trim_end().to_owned() + "/>"
            };
            if written || to < ours {
                widths.push_str(&part(from, to));
                continue;
            }
            written = true;
            if from == ours && to == ours && !hidden {
                widths.push_str(&part(from, to));
                continue;
            }
            if from < ours {
                widths.push_str(&part(from, ours - 1));
            }
            widths.push_str(&own);
            if to > ours {
                widths.push_str(&part(from.max(ours + 1), to));
            }
        }
        Ok(())
    }

    fn width(&self) -> String {
        let number = self.marks.column + 1;
        let prefix = &self.prefix;
        format!(
            "<{prefix}col min=\"{number}\" max=\"{number}\" width=\"{WIDTH}\" customWidth=\"1\"/>"
        )
    }

    /// A list of widths where there is none.
    fn own_columns(&mut self, before: &Tag<'_>, outline: &Outline) {
        if !outline.has_columns {
            let (prefix, width) = (&self.prefix, self.width());
            let list = format!("<{prefix}cols>{width}</{prefix}cols>");
            self.copying.until(before.range.start).write(&list);
        }
    }

    fn rows(&mut self, tags: &mut Tags<'a>) -> Result<(), AnswerError> {
        while let Some(tag) = tags.next() {
            let tag = tag?;
            if tag.ends("sheetData") {
                let rows = self.rows_before(usize::MAX);
                self.copying.until(tag.range.start).write(&rows);
                return Ok(());
            }
            if tag.opens("row") {
                self.row = tag.number("r").unwrap_or(self.row);
                let rows = self.rows_before(self.row);
                self.copying.until(tag.range.start).write(&rows);
                self.row(&tag, tags)?;
                self.row += 1;
            }
        }
        Ok(())
    }

    /// New rows for what is to be written above a row.
    fn rows_before(&mut self, row: usize) -> String {
        let later = self.waiting.split_off(&row);
        let mut rows = String::new();
        for (row, columns) in std::mem::replace(&mut self.waiting, later) {
            let prefix = self.prefix.clone();
            (self.row_style, self.style_before) = (0, 0);
            let cells: String =
                columns.iter().map(|column| self.new_cell((row, *column))).collect();
            rows += &format!("<{prefix}row r=\"{row}\">{cells}</{prefix}row>");
        }
        rows
    }

    fn row(&mut self, tag: &Tag<'_>, tags: &mut Tags<'a>) -> Result<(), AnswerError> {
        let mut waiting = self.waiting.remove(&self.row).unwrap_or_default();
        self.row_style = tag.number("s").unwrap_or(0);
        (self.column, self.style_before) = (0, self.row_style);
        if !waiting.is_empty() {
            // What the row spans is a hint, which would be wrong now.
            let start = tag.with(&[("spans", None)]);
            if tag.form == Form::Empty {
                let cells = self.cells_before(usize::MAX, &mut waiting);
                let start = start.trim_end_matches("/>");
                let whole = format!("{start}>{cells}</{}row>", self.prefix);
                self.copying.replace(&tag.range, &whole);
            } else {
                self.copying.replace(&tag.range, &start);
            }
        }
        if tag.form == Form::Empty {
            return Ok(());
        }
        while let Some(tag) = tags.next() {
            let tag = tag?;
            if tag.ends("row") {
                let cells = self.cells_before(usize::MAX, &mut waiting);
                self.copying.until(tag.range.start).write(&cells);
                return Ok(());
            }
            if tag.opens("c") {
                self.cell(&tag, tags, &mut waiting)?;
            }
        }
        Ok(())
    }

    /// New cells for what is to be written left of a column.
    fn cells_before(&mut self, column: usize, waiting: &mut BTreeSet<usize>) -> String {
        let later = waiting.split_off(&column);
        let before = std::mem::replace(waiting, later);
        before.into_iter().map(|column| self.new_cell((self.row, column))).collect()
    }

    fn new_cell(&mut self, place: Place) -> String {
        let ours = place.1 == self.marks.column;
        let style =
            if ours && place.0 == self.marks.from { self.style_before } else { self.row_style };
        let style = self.style(place, style);
        let (prefix, cell) = (&self.prefix, name(place));
        let start = format!("<{prefix}c r=\"{cell}\"{}", style_attribute(style));
        match self.marks.content(place) {
            Content::Text(text) => text_cell(prefix, &start, text),
            _ => format!("{start}/>"),
        }
    }

    fn style(&mut self, place: Place, before: usize) -> usize {
        match self.marks.refused.contains(&place) {
            true => self.styles.refused(before),
            false => self.styles.good(before),
        }
    }

    /// A cell that is there.
    fn cell(
        &mut self,
        tag: &Tag<'_>,
        tags: &mut Tags<'a>,
        waiting: &mut BTreeSet<usize>,
    ) -> Result<(), AnswerError> {
        let named = tag.attribute("r").and_then(|text| place(&text));
        let here = (self.row, named.map_or(self.column, |(_, column)| column));
        let cells = self.cells_before(here.1, waiting);
        self.copying.until(tag.range.start).write(&cells);
        waiting.remove(&here.1);
        self.column = here.1 + 1;
        let before = tag.number("s").unwrap_or(0);
        self.style_before = before;
        let style = self.style(here, before);
        let end = if tag.form == Form::Empty { tag.range.end } else { end_of(tags, "c")? };
        let content = self.marks.content(here);
        if let Content::Own = content {
            if style != before {
                let text = tag.with(&[("s", Some(&style.to_string()))]);
                self.copying.replace(&tag.range, &text);
            }
            return Ok(());
        }
        let prefix = &self.prefix;
        let start = format!("<{prefix}c r=\"{}\"{}", name(here), style_attribute(style));
        let text = match content {
            Content::Text(text) => text_cell(prefix, &start, text),
            _ => format!("{start}/>"),
        };
        self.copying.replace(&(tag.range.start..end), &text);
        Ok(())
    }
}

fn text_cell(prefix: &str, start: &str, text: &str) -> String {
    let text = escaped(text);
    format!(
        "{start} t=\"inlineStr\"><{prefix}is><{prefix}t xml:space=\"preserve\">{text}</{prefix}t></{prefix}is></{prefix}c>"
    )
}

fn style_attribute(style: usize) -> String {
    match style {
        0 => String::new(),
        style => format!(" s=\"{style}\""),
    }
}

/// Behind the element that is open.
fn end_of(tags: &mut Tags<'_>, local: &str) -> Result<usize, AnswerError> {
    for tag in tags {
        let tag = tag?;
        if tag.form == Form::Close && tag.local() == local {
            return Ok(tag.range.end);
        }
    }
    Err(AnswerError::Parts(format!("an element {local} has no end")))
}

/// Whether an element of a worksheet may only come behind the drawing of its comments.
fn comes_after_drawing(tag: &Tag<'_>) -> bool {
    const AFTER: [&str; 10] = [
        "legacyDrawingHF",
        "drawingHF",
        "picture",
        "oleObjects",
        "controls",
        "webPublishItems",
        "tableParts",
        "AlternateContent",
        "extLst",
        "worksheet",
    ];
    AFTER.contains(&tag.local()) && (tag.form == Form::Close) == (tag.local() == "worksheet")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, refused: &[Place], remarks: &[(usize, &str)]) -> String {
        let mut styles = Styles::read(Styles::none("m")).expect("readable");
        let marks = Marks {
            column: 3,
            from: 2,
            remarks: remarks.iter().map(|(row, text)| (*row, (*text).to_owned())).collect(),
            refused: refused.iter().copied().collect(),
            mended: BTreeMap::new(),
        };
        let outline = Outline::of(text).expect("read");
        marks.write(text, &outline, &mut styles, Some(("rId1", "n"))).expect("written")
    }

    #[test]
    fn rows_and_cells_that_are_missing_come_where_they_belong() {
        let text = "<x:worksheet xmlns:x=\"m\"><x:sheetData><x:row r=\"2\" spans=\"1:2\"><x:c r=\"B2\" t=\"n\"><x:v>1</x:v></x:c></x:row>\
                    <x:row/><x:row r=\"6\" /></x:sheetData><x:pageMargins/><x:tableParts/></x:worksheet>";
        let found =
            written(text, &[(2, 0), (2, 2), (5, 1)], &[(2, "导入结果"), (3, "=1"), (6, "甲")]);
        let expected = "<x:worksheet xmlns:x=\"m\"><x:cols><x:col min=\"4\" max=\"4\" width=\"60\" customWidth=\"1\"/></x:cols><x:sheetData>\
            <x:row r=\"2\"><x:c r=\"A2\" s=\"1\"/><x:c r=\"B2\" t=\"n\"><x:v>1</x:v></x:c><x:c r=\"C2\" s=\"1\"/>\
            <x:c r=\"D2\" t=\"inlineStr\"><x:is><x:t xml:space=\"preserve\">导入结果</x:t></x:is></x:c></x:row>\
            <x:row><x:c r=\"D3\" t=\"inlineStr\"><x:is><x:t xml:space=\"preserve\">=1</x:t></x:is></x:c></x:row>\
            <x:row r=\"5\"><x:c r=\"B5\" s=\"1\"/></x:row>\
            <x:row r=\"6\"><x:c r=\"D6\" t=\"inlineStr\"><x:is><x:t xml:space=\"preserve\">甲</x:t></x:is></x:c></x:row>\
            </x:sheetData><x:pageMargins/><x:legacyDrawing xmlns:r=\"n\" r:id=\"rId1\"/><x:tableParts/></x:worksheet>";
        assert_eq!(found, expected);
    }

    #[test]
    fn remarks_of_before_are_taken_away_and_hidden_columns_shown() {
        let text = "<worksheet><dimension ref=\"A1:B4\"/><cols><col min=\"1\" max=\"9\" hidden=\"1\"/></cols><sheetData>\
            <row r=\"1\"><c r=\"D1\"><v>7</v></c></row><row r=\"3\"><c r=\"D3\" s=\"0\" t=\"s\"><v>7</v></c></row></sheetData></worksheet>";
        let found = written(text, &[], &[(2, "导入结果")]);
        assert!(found.contains("<dimension ref=\"A1:D4\"/>"), "{found}");
        assert!(found.contains(
            "<cols><col min=\"1\" max=\"3\" hidden=\"1\"/><col min=\"4\" max=\"4\" width=\"60\" customWidth=\"1\"/><col min=\"5\" max=\"9\" hidden=\"1\"/></cols>"
        ), "{found}");
        assert!(found.contains("<row r=\"1\"><c r=\"D1\"><v>7</v></c></row>"), "{found}");
        assert!(found.contains("<row r=\"3\"><c r=\"D3\"/></row>"), "{found}");
    }
}
