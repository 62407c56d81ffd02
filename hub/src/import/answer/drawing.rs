//! The drawing of old kind (VML) by which programs show comments: a box for each.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AnswerError,
    outline::Place,
    xml::{Copying, Form, Tags},
};

const NAMESPACES: [(&str, &str); 3] = [
    ("v", "urn:schemas-microsoft-com:vml"),
    ("o", "urn:schemas-microsoft-com:office:office"),
    ("x", "urn:schemas-microsoft-com:office:excel"),
];

/// The drawing without boxes.
pub fn none() -> String {
    let namespaces = NAMESPACES.map(|(prefix, uri)| format!(" xmlns:{prefix}=\"{uri}\""));
    format!(
        "<xml{}><o:shapelayout v:ext=\"edit\"><o:idmap v:ext=\"edit\" data=\"1\"/></o:shapelayout></xml>",
        namespaces.concat()
    )
}

/// The drawing with a box for each cell that has a comment, and none for others.
pub fn written(text: &str, commented: &BTreeSet<Place>) -> Result<String, AnswerError> {
    let mut copying = Copying::of(text);
    let mut reading = Reading::default();
    let mut missing = commented.clone();
    for tag in Tags::of(text) {
        let tag = tag?;
        reading.ids.extend(tag.attribute("id").as_deref().and_then(number_of));
        match (tag.local(), tag.form) {
            ("shapetype", form) if form != Form::Close => {
                reading.has_type |= tag.attribute("id").as_deref() == Some("_x0000_t202");
            }
            ("shape", Form::Open) => reading.shape = Some((tag.range.start, None, BTreeMap::new())),
            ("ClientData", Form::Open) => reading.kind(tag.attribute("ObjectType")),
            ("Row" | "Column", Form::Open) => reading.value_from = tag.range.end,
            ("Row" | "Column", Form::Close) => {
                let value = text[reading.value_from..tag.range.start].trim().parse().ok();
                reading.value(tag.local(), value);
            }
            ("shape", Form::Close) => {
                let Some((from, place)) = reading.note() else {
                    continue;
                };
                // Of two boxes for one cell the first is enough.
                if !missing.remove(&place) {
                    copying.until(from).skip(tag.range.end);
                }
            }
            ("xml", Form::Close) => {
                let boxes = reading.boxes(text, &missing);
                copying.until(tag.range.start).write(&boxes);
            }
            _ => {}
        }
    }
    Ok(copying.finish())
}

/// What has been read of a drawing.
#[derive(Default)]
struct Reading {
    ids: BTreeSet<usize>,
    has_type: bool,
    /// The shape that is open: where it begins, what it is, row and column.
    shape: Option<(usize, Option<String>, BTreeMap<String, usize>)>,
    value_from: usize,
}

impl Reading {
    fn kind(&mut self, kind: Option<String>) {
        if let Some(shape) = &mut self.shape {
            shape.1 = kind;
        }
    }

    fn value(&mut self, name: &str, value: Option<usize>) {
        if let (Some(shape), Some(value)) = (&mut self.shape, value) {
            shape.2.insert(name.to_owned(), value);
        }
    }

    /// The shape that ends, if it is a comment's: where it begins, and its cell.
    fn note(&mut self) -> Option<(usize, Place)> {
        let (from, kind, values) = self.shape.take()?;
        let is_note = kind.as_deref() == Some("Note");
        let place = (values.get("Row")? + 1, *values.get("Column")?);
        is_note.then_some((from, place))
    }

    fn boxes(&self, text: &str, places: &BTreeSet<Place>) -> String {
        if places.is_empty() {
            return String::new();
        }
        // A prefix that the drawing does not know is declared where it is used.
        let unknown =
            NAMESPACES.iter().filter(|(prefix, _)| !text.contains(&format!("xmlns:{prefix}=")));
        let names: String =
            unknown.map(|(prefix, uri)| format!(" xmlns:{prefix}=\"{uri}\"")).collect();
        let mut boxes = String::new();
        if !self.has_type {
            boxes += &format!(
                "<v:shapetype{names} id=\"_x0000_t202\" coordsize=\"21600,21600\" o:spt=\"202\" \
                 path=\"m,l,21600r21600,l21600,xe\"><v:stroke joinstyle=\"miter\"/>\
                 <v:path gradientshapeok=\"t\" o:connecttype=\"rect\"/></v:shapetype>"
            );
        }
        let first = self.ids.last().map_or(1025, |last| (last + 1).max(1025));
        for (number, place) in places.iter().enumerate() {
            boxes += &shape(&names, first + number, *place);
        }
        boxes
    }
}

/// The number at the end of `_x0000_s1025`.
fn number_of(id: &str) -> Option<usize> {
    id.strip_prefix("_x0000_s")?.parse().ok()
}

fn shape(names: &str, id: usize, (row, column): Place) -> String {
    let (row, top) = (row - 1, (row - 1).saturating_sub(1));
    let (left, right, bottom) = (column + 1, column + 4, top + 5);
    format!(
        "<v:shape{names} id=\"_x0000_s{id}\" type=\"#_x0000_t202\" \
         style=\"position:absolute;width:190pt;height:80pt;z-index:1;visibility:hidden\" \
         fillcolor=\"#ffffe1\" o:insetmode=\"auto\"><v:fill color2=\"#ffffe1\"/>\
         <v:shadow on=\"t\" color=\"black\" obscured=\"t\"/><v:path o:connecttype=\"none\"/>\
         <v:textbox style=\"mso-direction-alt:auto\"><div style=\"text-align:left\"></div></v:textbox>\
         <x:ClientData ObjectType=\"Note\"><x:MoveWithCells/><x:SizeWithCells/>\
         <x:Anchor>{left}, 15, {top}, 4, {right}, 31, {bottom}, 4</x:Anchor>\
         <x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column>\
         </x:ClientData></v:shape>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(text: &str, places: &[Place]) -> String {
        written(text, &places.iter().copied().collect()).expect("written")
    }

    #[test]
    fn each_commented_cell_has_one_box_and_no_other_cell_has() {
        let first = write(&none(), &[(3, 1), (9, 20)]);
        assert_eq!(first.matches("<v:shape ").count(), 2);
        assert!(first.contains("<x:Row>8</x:Row><x:Column>20</x:Column>"), "{first}");
        assert!(first.contains("_x0000_s1025") && first.contains("_x0000_s1026"));
        assert_eq!(write(&first, &[(3, 1), (9, 20)]), first);
        let second = write(&first, &[(9, 20), (4, 0)]);
        assert_eq!(second.matches("<v:shape ").count(), 2);
        assert!(!second.contains("<x:Row>2</x:Row>") && second.contains("_x0000_s1027"));
        assert_eq!(second.matches("<v:shapetype").count(), 1);
    }

    #[test]
    fn buttons_and_unclosed_tags_of_others_are_left_alone() {
        let theirs = "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\">\
            <v:shape id=\"_x0000_s2049\"><v:textbox><div>按钮<br></div></v:textbox>\
            <ClientData ObjectType=\"Button\"><Row>1</Row><Column>1</Column></ClientData></v:shape></xml>";
        let found = write(theirs, &[(2, 1)]);
        assert!(found.starts_with(&theirs[..theirs.len() - "</xml>".len()]), "{found}");
        assert!(
            found.contains(
                "<v:shape xmlns:x=\"urn:schemas-microsoft-com:office:excel\" id=\"_x0000_s2050\""
            ),
            "{found}"
        );
    }
}
