//! The comments of a worksheet, told apart from those of others by the mark that they begin with.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{
    AnswerError,
    outline::{Place, name, place},
    package::DECLARATION,
    xml::{Copying, Form, Tags, escaped, opened, unescaped, within},
};

/// What our part of a comment begins with.
const MARK: &str = "【导入结果】";
const AUTHOR: &str = "导入结果";

/// The part without comments.
pub fn none(namespace: &str) -> String {
    format!("{DECLARATION}<comments xmlns=\"{namespace}\"><authors/><commentList/></comments>")
}

/// The part with our comments in place of those of before, and the cells that have a comment.
pub fn written(
    text: &str,
    ours: &BTreeMap<Place, String>,
) -> Result<(String, BTreeSet<Place>), AnswerError> {
    let mut found = Found::of(text)?;
    let mut text = text.to_owned();
    if !ours.is_empty() && !found.authors.iter().any(|author| author == AUTHOR) {
        let prefix = &found.prefix;
        text = within(&text, "authors", &format!("<{prefix}author>{AUTHOR}</{prefix}author>"))?;
        found = Found::of(&text)?;
    }
    let author = found.authors.iter().position(|author| author == AUTHOR).unwrap_or_default();
    let mut all = std::mem::take(&mut found.comments);
    for (place, sentence) in ours {
        let kept = all.remove(place);
        let comment = match kept {
            Some(kept) => beside(&kept, &found.prefix, sentence)?,
            None => alone(*place, &found.prefix, author, sentence),
        };
        all.insert(*place, comment);
    }
    let list: String = all.values().map(String::as_str).collect();
    let mut copying = Copying::of(&text);
    copying.replace(&found.list, &format!("{}{list}{}", found.opening, found.closing));
    Ok((copying.finish(), all.into_keys().collect()))
}

/// A part of comments, read.
struct Found {
    prefix: String,
    authors: Vec<String>,
    /// Where the list stands, as a whole, and how it begins and ends.
    list: Range<usize>,
    opening: String,
    closing: String,
    /// As written, without what is ours.
    comments: BTreeMap<Place, String>,
}

impl Found {
    fn of(text: &str) -> Result<Self, AnswerError> {
        let mut found = Self {
            prefix: String::new(),
            authors: Vec::new(),
            list: 0..0,
            opening: String::new(),
            closing: String::new(),
            comments: BTreeMap::new(),
        };
        let mut tags = Tags::of(text);
        while let Some(tag) = tags.next() {
            let tag = tag?;
            match (tag.local(), tag.form) {
                ("author", Form::Open) => {
                    let end = end_of(&mut tags, "author")?;
                    found.authors.push(unescaped(&text[tag.range.end..end.start]));
                }
                ("author", Form::Empty) => found.authors.push(String::new()),
                ("commentList", Form::Open) => {
                    found.opening = tag.with(&[]);
                    found.list = tag.range.clone();
                }
                ("commentList", Form::Empty) => {
                    found.opening = format!("{}>", tag.with(&[]).trim_end_matches("/>"));
                    found.list = tag.range.clone();
                }
                ("comment", Form::Open) => {
                    let end = end_of(&mut tags, "comment")?;
                    let comment = without_ours(&text[tag.range.start..end.end])?;
                    let place = tag.attribute("ref").and_then(|cell| place(&cell));
                    if let (Some(place), Some(comment)) = (place, comment) {
                        found.comments.insert(place, comment);
                    }
                }
                _ => {}
            }
            if tag.ends("commentList") {
                found.list.end = tag.range.end;
                tag.prefix().clone_into(&mut found.prefix);
                found.closing = format!("</{}commentList>", tag.prefix());
                return Ok(found);
            }
        }
        Err(AnswerError::Parts("a part of comments has no list".to_owned()))
    }
}

fn end_of(tags: &mut Tags<'_>, local: &str) -> Result<Range<usize>, AnswerError> {
    for tag in tags {
        let tag = tag?;
        if tag.form == Form::Close && tag.local() == local {
            return Ok(tag.range);
        }
    }
    Err(AnswerError::Parts(format!("an element {local} has no end")))
}

/// A comment without what is ours, from the mark on; `None` where nothing else is in it.
fn without_ours(comment: &str) -> Result<Option<String>, AnswerError> {
    let Some(mark) = comment.find(MARK) else {
        return Ok(Some(comment.to_owned()));
    };
    let (mut run, mut text_from, mut before) = (None, 0, String::new());
    let mut tail = String::new();
    for tag in Tags::of(comment) {
        let tag = tag?;
        let ahead = tag.range.end <= mark;
        match (tag.local(), tag.form) {
            ("r", Form::Open) if ahead => run = Some(tag),
            ("t", Form::Open) if ahead => text_from = tag.range.end,
            ("t", Form::Close) if ahead => before += &comment[text_from..tag.range.start],
            ("text", Form::Close) => comment[tag.range.start..].clone_into(&mut tail),
            _ => {}
        }
    }
    let own = comment[text_from..mark].trim_end();
    if before.trim().is_empty() && own.is_empty() {
        return Ok(None);
    }
    Ok(Some(match run {
        Some(run) if own.is_empty() => format!("{}{tail}", &comment[..run.range.start]),
        run => {
            let prefix = prefix_of(comment)?;
            let end = run.map_or_else(String::new, |_| format!("</{prefix}r>"));
            format!("{}</{prefix}t>{end}{tail}", comment[..mark].trim_end())
        }
    }))
}

fn prefix_of(comment: &str) -> Result<String, AnswerError> {
    let first = Tags::of(comment).next().transpose()?;
    Ok(first.map_or_else(String::new, |tag| tag.prefix().to_owned()))
}

fn alone(place: Place, prefix: &str, author: usize, sentence: &str) -> String {
    let text = escaped(&format!("{MARK}\n{sentence}"));
    format!(
        "<{prefix}comment ref=\"{}\" authorId=\"{author}\"><{prefix}text>\
         <{prefix}t xml:space=\"preserve\">{text}</{prefix}t></{prefix}text></{prefix}comment>",
        name(place)
    )
}

/// Another's comment with ours behind it, as a run of its own.
fn beside(comment: &str, prefix: &str, sentence: &str) -> Result<String, AnswerError> {
    let text = escaped(&format!("\n{MARK}\n{sentence}"));
    let run = format!(
        "<{prefix}r><{prefix}rPr><{prefix}b/><{prefix}sz val=\"9\"/></{prefix}rPr>\
         <{prefix}t xml:space=\"preserve\">{text}</{prefix}t></{prefix}r>"
    );
    let mut copying = Copying::of(comment);
    let (mut in_run, mut wrapped) = (false, false);
    for tag in Tags::of(comment) {
        let tag = tag?;
        match (tag.local(), tag.form) {
            ("r", form) => in_run = form == Form::Open,
            ("t", Form::Open) if !in_run => {
                copying.until(tag.range.start).write(&format!("<{prefix}r>"));
                wrapped = true;
            }
            ("t", Form::Close) if wrapped => {
                copying.until(tag.range.end).write(&format!("</{prefix}r>"));
                wrapped = false;
            }
            ("text", Form::Close) => {
                copying.until(tag.range.start).write(&run);
            }
            ("text", Form::Empty) => opened(&mut copying, comment, &tag, &run),
            _ => {}
        }
    }
    Ok(copying.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEIRS: &str = "<x:comments xmlns:x=\"m\"><x:authors><x:author>张三</x:author></x:authors><x:commentList>\
        <x:comment ref=\"B2\" authorId=\"0\"><x:text><x:t>请核对</x:t></x:text></x:comment>\
        <x:comment ref=\"C3\" authorId=\"0\"><x:text><x:r><x:rPr><x:b/></x:rPr><x:t>张三:</x:t></x:r><x:r><x:t>好</x:t></x:r></x:text></x:comment>\
        </x:commentList></x:comments>";

    fn ours(places: &[Place]) -> BTreeMap<Place, String> {
        places.iter().map(|place| (*place, "校验码<不符>".to_owned())).collect()
    }

    fn write(text: &str, places: &[Place]) -> String {
        written(text, &ours(places)).expect("written").0
    }

    #[test]
    fn comments_of_others_are_kept_with_ours_beside_and_without() {
        let first = write(THEIRS, &[(2, 1), (3, 2), (4, 0)]);
        assert_eq!(first.matches(MARK).count(), 3);
        assert!(first.contains("<x:r><x:t>请核对</x:t></x:r><x:r><x:rPr>"), "{first}");
        assert_eq!(write(&first, &[(2, 1), (3, 2), (4, 0)]), first);
        let second = write(&first, &[]);
        assert!(!second.contains(MARK) && !second.contains("A4"), "{second}");
        let before = THEIRS.replace("<x:t>请核对</x:t>", "<x:r><x:t>请核对</x:t></x:r>");
        let before = before.replace("</x:author></", "</x:author><x:author>导入结果</x:author></");
        assert_eq!(second, before);
    }

    #[test]
    fn ours_are_known_again_where_a_program_made_one_run_of_a_comment() {
        let merged = THEIRS.replace("请核对", &format!("请核对\n{MARK}\n旧"));
        let found = write(&merged, &[]);
        assert_eq!(found, THEIRS);
        let merged = THEIRS.replace("<x:t>好", &format!("<x:t>好\n{MARK}\n旧"));
        assert_eq!(write(&merged, &[]), THEIRS);
    }

    #[test]
    fn the_first_comment_of_all_opens_the_lists() {
        let (text, cells) = written(&none("m"), &ours(&[(7, 27)])).expect("written");
        assert_eq!(cells, BTreeSet::from([(7, 27)]));
        assert!(text.ends_with(
            "<comments xmlns=\"m\"><authors><author>导入结果</author></authors><commentList>\
             <comment ref=\"AB7\" authorId=\"0\"><text><t xml:space=\"preserve\">【导入结果】\n校验码&lt;不符&gt;</t></text></comment>\
             </commentList></comments>"
        ), "{text}");
    }
}
