//! The styles of a workbook: our colour over a cell's own style, and back to it.
//!
//! The fill that a coloured cell had before is kept as the background colour of our solid fill,
//! which no program shows, so that it comes back when the cell is good.

use std::collections::{BTreeMap, HashMap};

use super::{
    AnswerError,
    package::DECLARATION,
    xml::{Copying, Form, Tags},
};

/// The colour of a refused cell: a light red that no palette has, so that it is known as ours.
const COLOUR: &str = "FFFFC7CD";

/// The styles of a workbook that has none.
const PLAIN: &str = "<fonts count=\"1\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>\
    <fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>\
    <borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
    <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
    <cellXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/></cellXfs>\
    <cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>";

/// What may stand behind `fills`, and what behind `cellXfs`.
const AFTER_FILLS: [&str; 9] = [
    "borders",
    "cellStyleXfs",
    "cellXfs",
    "cellStyles",
    "dxfs",
    "tableStyles",
    "colors",
    "extLst",
    "styleSheet",
];

type Attributes = BTreeMap<String, String>;

/// A fill: solid or not, its colour and its background colour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Fill {
    solid: bool,
    colour: Attributes,
    background: Attributes,
}

/// A cell's format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Format {
    /// But for the fill's.
    attributes: Attributes,
    fill: usize,
    /// What the element holds, as written.
    content: String,
}

pub struct Styles {
    text: String,
    fills: Vec<Fill>,
    formats: Vec<Format>,
    /// How many of each the text has.
    known: (usize, usize),
    prefix: String,
    refused: HashMap<usize, usize>,
}

impl Styles {
    /// The part of a workbook that has none.
    pub fn none(namespace: &str) -> String {
        format!("{DECLARATION}<styleSheet xmlns=\"{namespace}\">{PLAIN}</styleSheet>")
    }

    pub fn read(text: String) -> Result<Self, AnswerError> {
        let (mut fills, mut formats) = (Vec::new(), Vec::new());
        let mut prefix = String::new();
        let mut inside: Option<&str> = None;
        let mut content_from = 0;
        for tag in Tags::of(&text) {
            let tag = tag?;
            match (tag.local(), tag.form, inside) {
                ("styleSheet", Form::Open, _) => prefix = tag.prefix().to_owned(),
                ("fills", Form::Open, _) => inside = Some("fills"),
                ("cellXfs", Form::Open, _) => inside = Some("cellXfs"),
                ("fills" | "cellXfs", Form::Close, _) => inside = None,
                ("fill", Form::Open | Form::Empty, Some("fills")) => fills.push(Fill::default()),
                ("patternFill", Form::Open | Form::Empty, Some("fills")) => {
                    if let Some(fill) = fills.last_mut() {
                        fill.solid = tag.attribute("patternType").as_deref() == Some("solid");
                    }
                }
                ("fgColor", Form::Open | Form::Empty, Some("fills")) => {
                    if let Some(fill) = fills.last_mut() {
                        fill.colour = tag.attributes();
                    }
                }
                ("bgColor", Form::Open | Form::Empty, Some("fills")) => {
                    if let Some(fill) = fills.last_mut() {
                        fill.background = tag.attributes();
                    }
                }
                ("xf", Form::Open | Form::Empty, Some("cellXfs")) => {
                    let mut attributes = tag.attributes();
                    attributes.remove("applyFill");
                    let fill = attributes.remove("fillId").and_then(|fill| fill.parse().ok());
                    let content = String::new();
                    formats.push(Format { attributes, fill: fill.unwrap_or(0), content });
                    content_from = tag.range.end;
                }
                ("xf", Form::Close, Some("cellXfs")) => {
                    if let Some(format) = formats.last_mut() {
                        text[content_from..tag.range.start].clone_into(&mut format.content);
                    }
                }
                _ => {}
            }
        }
        let known = (fills.len(), formats.len());
        // The first two fills and the first format have their meaning by their place.
        while fills.len() < 2 {
            fills.push(Fill::default());
        }
        if formats.is_empty() {
            formats.push(Format::default());
        }
        Ok(Self { text, fills, formats, known, prefix, refused: HashMap::new() })
    }

    /// The style of a refused cell that had another.
    pub fn refused(&mut self, style: usize) -> usize {
        if let Some(known) = self.refused.get(&style) {
            return *known;
        }
        let mut format = self.own(style);
        let before = self.fills.get(format.fill).cloned().unwrap_or_default();
        let background = match before.solid && !before.colour.is_empty() {
            true => before.colour,
            false => Attributes::from([("indexed".to_owned(), "64".to_owned())]),
        };
        let colour = Attributes::from([("rgb".to_owned(), COLOUR.to_owned())]);
        format.fill = place(&mut self.fills, Fill { solid: true, colour, background });
        let found = place(&mut self.formats, format);
        self.refused.insert(style, found);
        found
    }

    /// The style of a cell without our colour.
    pub fn good(&mut self, style: usize) -> usize {
        if !self.is_ours(style) {
            return style;
        }
        let own = self.own(style);
        place(&mut self.formats, own)
    }

    fn is_ours(&self, style: usize) -> bool {
        let fill = self.formats.get(style).and_then(|format| self.fills.get(format.fill));
        let colour = fill.filter(|fill| fill.solid).and_then(|fill| fill.colour.get("rgb"));
        colour.is_some_and(|colour| colour.eq_ignore_ascii_case(COLOUR))
    }

    /// The format of a style, before our colour came over it.
    fn own(&mut self, style: usize) -> Format {
        let mut format =
            self.formats.get(style).or(self.formats.first()).cloned().unwrap_or_default();
        if self.is_ours(style) {
            let colour = self.fills[format.fill].background.clone();
            let none = colour.is_empty() || colour.get("indexed").is_some_and(|code| code == "64");
            let same = |fill: &Fill| fill.solid && fill.colour == colour;
            format.fill = match self.fills.iter().position(same) {
                _ if none => 0,
                Some(known) => known,
                None => {
                    let background = Attributes::from([("indexed".to_owned(), "64".to_owned())]);
                    place(&mut self.fills, Fill { solid: true, colour, background })
                }
            };
        }
        format
    }

    /// The part with what has come to it.
    pub fn written(self) -> Result<String, AnswerError> {
        let prefix = &self.prefix;
        let fills = self.fills[self.known.0..].iter().map(|fill| fill.written(prefix));
        let formats = self.formats[self.known.1..].iter().map(|format| format.written(prefix));
        let text =
            appended(&self.text, (prefix, "fills", &AFTER_FILLS[..]), &fills.collect::<Vec<_>>())?;
        let after = &AFTER_FILLS[3..];
        appended(&text, (prefix, "cellXfs", after), &formats.collect::<Vec<_>>())
    }
}

/// Where a value stands in a list, to which it is added if need be.
fn place<T: PartialEq>(list: &mut Vec<T>, value: T) -> usize {
    list.iter().position(|known| *known == value).unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    })
}

impl Fill {
    fn written(&self, prefix: &str) -> String {
        if !self.solid {
            return format!(
                "<{prefix}fill><{prefix}patternFill patternType=\"none\"/></{prefix}fill>"
            );
        }
        let (colour, background) = (written(&self.colour), written(&self.background));
        format!(
            "<{prefix}fill><{prefix}patternFill patternType=\"solid\"><{prefix}fgColor{colour}/>\
             <{prefix}bgColor{background}/></{prefix}patternFill></{prefix}fill>"
        )
    }
}

impl Format {
    fn written(&self, prefix: &str) -> String {
        let (attributes, fill) = (written(&self.attributes), self.fill);
        let start = format!("<{prefix}xf{attributes} fillId=\"{fill}\" applyFill=\"1\"");
        match self.content.as_str() {
            "" => format!("{start}/>"),
            content => format!("{start}>{content}</{prefix}xf>"),
        }
    }
}

fn written(attributes: &Attributes) -> String {
    attributes.iter().map(|(name, value)| format!(" {name}=\"{value}\"")).collect()
}

/// The text with more elements at the end of a list, which comes before others where there is none.
fn appended(
    text: &str,
    (prefix, list, before): (&str, &str, &[&str]),
    more: &[String],
) -> Result<String, AnswerError> {
    if more.is_empty() {
        return Ok(text.to_owned());
    }
    let elements = more.concat();
    let mut copying = Copying::of(text);
    let mut found = false;
    for tag in Tags::of(text) {
        let tag = tag?;
        if tag.opens(list) && !found {
            found = true;
            let count = tag.number("count").unwrap_or(0) + more.len();
            let start = tag.with(&[("count", Some(&count.to_string()))]);
            match tag.form {
                Form::Empty => {
                    let start = start.trim_end_matches("/>");
                    let whole = format!("{start}>{elements}</{prefix}{list}>");
                    copying.replace(&tag.range, &whole);
                    break;
                }
                _ => copying.replace(&tag.range, &start),
            };
        } else if found && tag.local() == list {
            copying.until(tag.range.start).write(&elements);
            break;
        } else if !found
            && before.contains(&tag.local())
            && !(tag.local() == "styleSheet" && tag.form == Form::Open)
        {
            let count = more.len();
            let whole = format!("<{prefix}{list} count=\"{count}\">{elements}</{prefix}{list}>");
            copying.until(tag.range.start).write(&whole);
            break;
        }
    }
    Ok(copying.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styles(text: &str) -> Styles {
        Styles::read(text.to_owned()).expect("readable")
    }

    const SOME: &str = "<x:styleSheet xmlns:x=\"m\"><x:fills count=\"3\"><x:fill><x:patternFill/></x:fill>\
        <x:fill><x:patternFill patternType=\"gray125\"/></x:fill>\
        <x:fill><x:patternFill patternType=\"solid\"><x:fgColor theme=\"4\" tint=\"0.5\"/></x:patternFill></x:fill></x:fills>\
        <x:cellStyleXfs count=\"1\"><x:xf fillId=\"0\"/></x:cellStyleXfs>\
        <x:cellXfs count=\"2\"><x:xf numFmtId=\"0\" fillId=\"0\"/>\
        <x:xf numFmtId=\"14\" fontId=\"1\" borderId=\"2\" fillId=\"2\" applyFill=\"1\"><x:alignment wrapText=\"1\"/></x:xf></x:cellXfs></x:styleSheet>";

    #[test]
    fn a_refused_cell_keeps_all_of_its_style_but_the_fill_and_gets_that_back() {
        let mut first = styles(SOME);
        assert_eq!([first.refused(1), first.refused(0), first.refused(1)], [2, 3, 2]);
        let text = first.written().expect("written");
        assert!(text.contains("<x:cellXfs count=\"4\">") && text.contains("<x:fills count=\"5\">"));
        assert!(text.contains(
            "<x:xf borderId=\"2\" fontId=\"1\" numFmtId=\"14\" fillId=\"3\" applyFill=\"1\"><x:alignment wrapText=\"1\"/></x:xf>"
        ));
        let mut second = styles(&text);
        assert_eq!([second.good(0), second.good(1), second.good(2), second.good(3)], [0, 1, 1, 0]);
        assert_eq!([second.refused(2), second.refused(3), second.refused(1)], [2, 3, 2]);
        assert_eq!(second.written().expect("written"), text);
    }

    #[test]
    fn what_lacks_the_lists_gets_them_where_they_belong() {
        let mut bare = styles("<styleSheet><fonts/><borders/></styleSheet>");
        assert_eq!(bare.refused(0), 1);
        let text = bare.written().expect("written");
        assert!(text.starts_with("<styleSheet><fonts/><fills count=\"3\"><fill>"), "{text}");
        assert!(text.contains("</fills><borders/><cellXfs count=\"2\"><xf fillId=\"0\""), "{text}");
        assert!(text.ends_with("</cellXfs></styleSheet>"), "{text}");
        let mut none = styles(&Styles::none("m"));
        assert_eq!(none.refused(0), 1);
        assert_eq!(none.good(1), 0);
    }
}
