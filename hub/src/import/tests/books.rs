//! Workbooks made up in memory.

use std::io::{Cursor, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

/// A zip of these files.
pub fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a part");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("a zip").into_inner()
}

/// An .xlsx of sheets: name, attributes of the sheet, XML inside its `worksheet`.
pub struct Xlsx<'a> {
    pub sheets: Vec<(&'a str, &'a str, String)>,
    pub properties: &'a str,
    pub more: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Xlsx<'a> {
    pub fn of(rows: impl Into<String>) -> Self {
        let sheet = format!("<sheetData>{}</sheetData>", rows.into());
        Self { sheets: vec![("台账", "", sheet)], properties: "", more: Vec::new() }
    }

    /// Adds what stands after the rows.
    pub fn and(mut self, xml: &str) -> Self {
        self.sheets[0].2.push_str(xml);
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let mut sheets = String::new();
        let mut links =
            format!("<Relationship Id=\"s\" Type=\"{LINKS}/styles\" Target=\"styles.xml\"/>");
        let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
        for (index, (name, attributes, xml)) in self.sheets.iter().enumerate() {
            sheets.push_str(&format!(
                "<sheet name=\"{name}\" sheetId=\"{}\" r:id=\"r{index}\" {attributes}/>",
                index + 1
            ));
            links.push_str(&format!("<Relationship Id=\"r{index}\" Type=\"{LINKS}/worksheet\" Target=\"worksheets/sheet{index}.xml\"/>"));
            let xml = format!("<worksheet xmlns=\"{MAIN}\">{xml}</worksheet>");
            parts.push((format!("xl/worksheets/sheet{index}.xml"), xml.into_bytes()));
        }
        let root = format!(
            "<Relationships><Relationship Id=\"w\" Type=\"{LINKS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        );
        let workbook = format!(
            "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{LINKS}\">{}<sheets>{sheets}</sheets></workbook>",
            self.properties
        );
        let styles = format!(
            "<styleSheet xmlns=\"{MAIN}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
        );
        let links = format!("<Relationships>{links}</Relationships>");
        let fixed = [
            ("_rels/.rels", root),
            ("xl/workbook.xml", workbook),
            ("xl/_rels/workbook.xml.rels", links),
            ("xl/styles.xml", styles),
        ];
        let mut all: Vec<(&str, &[u8])> =
            fixed.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        all.extend(parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
        all.extend(&self.more);
        package(&all)
    }
}

/// A row of texts from column A on; an empty one is no cell.
pub fn row(number: usize, attributes: &str, texts: &[&str]) -> String {
    let cells = texts.iter().enumerate().filter(|(_, text)| !text.is_empty());
    let cells = cells.map(|(column, text)| cell(number, column, text));
    format!("<row r=\"{number}\" {attributes}>{}</row>", cells.collect::<String>())
}

pub fn cell(row: usize, column: usize, text: &str) -> String {
    let place = format!("{}{row}", super::super::note::column(column));
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

/// An .ods whose `office:spreadsheet` holds this.
pub fn ods(manifest: &str, spreadsheet: &str) -> Vec<u8> {
    const KIND: &str = "application/vnd.oasis.opendocument.spreadsheet";
    let manifest = format!(
        "<manifest:manifest xmlns:manifest=\"m\"><manifest:file-entry manifest:media-type=\"{KIND}\" manifest:full-path=\"/\">{manifest}</manifest:file-entry></manifest:manifest>"
    );
    let content = format!(
        "<office:document-content xmlns:office=\"o\" xmlns:table=\"t\" xmlns:text=\"x\" xmlns:style=\"s\" xmlns:calcext=\"c\">\
         <office:automatic-styles><style:style style:name=\"gone\"><style:table-properties table:display=\"false\"/></style:style></office:automatic-styles>\
         <office:body><office:spreadsheet>{spreadsheet}</office:spreadsheet></office:body></office:document-content>"
    );
    package(&[
        ("mimetype", KIND.as_bytes()),
        ("META-INF/manifest.xml", manifest.as_bytes()),
        ("content.xml", content.as_bytes()),
    ])
}

/// A row of an .ods of texts.
pub fn ods_row(attributes: &str, texts: &[&str]) -> String {
    let cells = texts.iter().map(|text| match *text {
        "" => "<table:table-cell/>".to_owned(),
        text => format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>"),
    });
    format!("<table:table-row {attributes}>{}</table:table-row>", cells.collect::<String>())
}

/// An OLE container of these streams.
pub fn container(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut container = cfb::CompoundFile::create(Cursor::new(Vec::new())).expect("a container");
    for (name, bytes) in streams {
        let mut stream = container.create_stream(name).expect("a stream");
        stream.write_all(bytes).expect("written");
    }
    container.flush().expect("written");
    container.into_inner().into_inner()
}

/// A record of an .xls.
pub fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut record = kind.to_le_bytes().to_vec();
    record.extend((data.len() as u16).to_le_bytes());
    record.extend(data);
    record
}

/// An .xls of one sheet with these records, in the date system of 1904 where asked for.
pub fn xls(from_1904: bool, records: &[Vec<u8>]) -> Vec<u8> {
    let bof = |kind: u16| {
        let words = [0x600, kind, 0x0dbb, 0x07cc, 0, 0, 6, 0];
        record(0x809, &words.iter().flat_map(|word: &u16| word.to_le_bytes()).collect::<Vec<_>>())
    };
    let name: Vec<u8> = "台账".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let xf = |format: u16| {
        let mut data = [0; 20];
        data[2..4].copy_from_slice(&format.to_le_bytes());
        record(0xe0, &data)
    };
    let head = [bof(5), record(0x22, &u16::from(from_1904).to_le_bytes()), xf(0), xf(14)].concat();
    let end = record(0x0a, &[]);
    let start = (head.len() + 4 + 8 + name.len() + end.len()) as u32;
    let sheet = [&start.to_le_bytes()[..], &[0, 0, 2, 1], &name].concat();
    let stream =
        [head, record(0x85, &sheet), end.clone(), bof(0x10), records.concat(), end].concat();
    container(&[("/Workbook", &stream)])
}

/// A text at a row and column, both from 0.
pub fn label(row: u16, column: u16, text: &str) -> Vec<u8> {
    let text: Vec<u16> = text.encode_utf16().collect();
    let mut data: Vec<u8> =
        [row, column, 0, text.len() as u16].iter().flat_map(|word| word.to_le_bytes()).collect();
    data.push(1);
    data.extend(text.iter().flat_map(|unit| unit.to_le_bytes()));
    record(0x204, &data)
}

/// A number in a format: 0 general, 1 a day.
pub fn number(row: u16, column: u16, format: u16, value: f64) -> Vec<u8> {
    let head = [row, column, format].map(u16::to_le_bytes).concat();
    record(0x203, &[head, value.to_le_bytes().to_vec()].concat())
}
