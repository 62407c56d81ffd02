//! The parts of a workbook: which are written into, and what they say of one another.

use std::collections::{BTreeMap, HashMap};

use super::{
    AnswerError, comments, drawing,
    outline::{Outline, Place},
    package::Package,
    page::Page,
    styles::Styles,
    xml::Tags,
};

/// The parts of a workbook that are written into.
struct Book<'a> {
    package: Package<'a>,
    /// What the kinds of relations begin with.
    kinds: String,
    styles: Styles,
}

/// The workbook with what is to be said on each of its worksheets.
pub fn written(bytes: &[u8], pages: Vec<(&str, &Page)>) -> Result<Vec<u8>, AnswerError> {
    let mut package = Package::open(bytes)?;
    let workbook = package.relations("")?.into_iter();
    let workbook = workbook
        .filter(|relation| relation.kind.ends_with("/officeDocument"))
        .map(|relation| relation.target)
        .next()
        .ok_or_else(|| AnswerError::Parts("there is no workbook".to_owned()))?;
    let sheets = sheets(&mut package, &workbook)?;
    let relations = package.relations(&workbook)?;
    let kinds = relations.iter().find_map(|relation| relation.kind.strip_suffix("/worksheet"));
    let kinds = kinds.unwrap_or_default().to_owned();
    let styles_part = match relations.iter().find(|relation| relation.kind.ends_with("/styles")) {
        Some(relation) => relation.target.clone(),
        None => new_styles(&mut package, &workbook, &kinds)?,
    };
    let styles = Styles::read(package.needed(&styles_part)?)?;
    let mut book = Book { package, kinds, styles };
    for (name, page) in pages {
        if let Some(part) = sheets.get(name) {
            book.write(name, part, page)?;
        }
    }
    let Book { mut package, styles, .. } = book;
    package.put(&styles_part, styles.written()?)?;
    package.finish()
}

/// Name of each worksheet → its part.
fn sheets(
    package: &mut Package<'_>,
    workbook: &str,
) -> Result<HashMap<String, String>, AnswerError> {
    let relations = package.relations(workbook)?;
    let parts: HashMap<&str, &str> = relations
        .iter()
        .filter(|relation| relation.kind.ends_with("/worksheet"))
        .map(|relation| (relation.id.as_str(), relation.target.as_str()))
        .collect();
    let text = package.needed(workbook)?;
    let mut sheets = HashMap::new();
    for tag in Tags::of(&text) {
        let tag = tag?;
        if !tag.opens("sheet") {
            continue;
        }
        let part = tag.attribute("id").and_then(|id| parts.get(id.as_str()).copied());
        if let (Some(name), Some(part)) = (tag.attribute("name"), part) {
            sheets.insert(name, part.to_owned());
        }
    }
    Ok(sheets)
}

fn new_styles(
    package: &mut Package<'_>,
    workbook: &str,
    kinds: &str,
) -> Result<String, AnswerError> {
    const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml";
    let text = package.needed(workbook)?;
    let part = "xl/styles.xml".to_owned();
    package.put(&part, Styles::none(&namespace(&text)?))?;
    package.relate(workbook, &format!("{kinds}/styles"), &part)?;
    package.declare(&part, KIND)?;
    Ok(part)
}

/// The namespace of a part's first element.
fn namespace(text: &str) -> Result<String, AnswerError> {
    let tag = Tags::of(text).next().transpose()?;
    let found = tag.and_then(|tag| {
        let name = match tag.prefix().trim_end_matches(':') {
            "" => "xmlns".to_owned(),
            prefix => format!("xmlns:{prefix}"),
        };
        tag.attributes().remove(&name)
    });
    found.ok_or_else(|| AnswerError::Parts("a part has no namespace".to_owned()))
}

impl Book<'_> {
    fn write(&mut self, name: &str, part: &str, page: &Page) -> Result<(), AnswerError> {
        let text = self.package.needed(part)?;
        let outline = Outline::of(&text)?;
        let marks = page.marks(&outline);
        let (marks, comments) = marks.ok_or_else(|| AnswerError::NoRoom(name.to_owned()))?;
        let drawing = self.comment(part, &text, &outline, &comments)?;
        let kinds = self.kinds.clone();
        let drawing = drawing.as_deref().map(|id| (id, kinds.as_str()));
        let text = marks.write(&text, &outline, &mut self.styles, drawing)?;
        self.package.put(part, text)
    }

    /// Writes the comments of a worksheet and their drawing; gives back its relation where the
    /// worksheet does not name it yet.
    fn comment(
        &mut self,
        part: &str,
        text: &str,
        outline: &Outline,
        ours: &BTreeMap<Place, String>,
    ) -> Result<Option<String>, AnswerError> {
        const COMMENTS: &str =
            "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml";
        const DRAWING: &str = "application/vnd.openxmlformats-officedocument.vmlDrawing";
        let relations = self.package.relations(part)?;
        let known = relations.iter().find(|relation| relation.kind.ends_with("/comments"));
        let comments = match known {
            Some(relation) => relation.target.clone(),
            None if ours.is_empty() => return Ok(None),
            None => {
                let comments = self.package.fresh("xl/comments", ".xml");
                self.package.put(&comments, comments::none(&namespace(text)?))?;
                self.package.relate(part, &format!("{}/comments", self.kinds), &comments)?;
                self.package.declare(&comments, COMMENTS)?;
                comments
            }
        };
        let before = self.package.needed(&comments)?;
        let (after, commented) = comments::written(&before, ours)?;
        self.package.put(&comments, after)?;
        let known =
            relations.iter().find(|relation| Some(&relation.id) == outline.drawing.as_ref());
        let (drawing, id) = match known {
            Some(relation) => (relation.target.clone(), None),
            None if commented.is_empty() => return Ok(None),
            None => {
                let drawing = self.package.fresh("xl/drawings/vmlDrawing", ".vml");
                self.package.put(&drawing, drawing::none())?;
                let kind = format!("{}/vmlDrawing", self.kinds);
                let id = self.package.relate(part, &kind, &drawing)?;
                self.package.declare_ending("vml", DRAWING)?;
                (drawing, Some(id))
            }
        };
        let before = self.package.needed(&drawing)?;
        self.package.put(&drawing, drawing::written(&before, &commented)?)?;
        Ok(id)
    }
}
