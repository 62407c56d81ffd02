//! What is published stands in the repository, so that a change of it shows in review.

use std::path::PathBuf;

use async_graphql::parser::{
    parse_schema,
    types::{InputValueDefinition, TypeKind, TypeSystemDefinition},
};

fn in_repository(path: &str) -> (PathBuf, String) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    (path, text)
}

fn assert_published(path: &str, generated: &str) {
    let (path, text) = in_repository(path);
    assert!(text == generated, "{} is outdated; run `make generate`", path.display());
}

#[test]
fn the_checked_in_schema_is_the_schema() {
    assert_published("graphql/schema.graphql", &graphql::sdl());
}

#[test]
fn the_checked_in_dictionary_is_that_of_the_schema() {
    assert_published("docs/data-dictionary.md", &graphql::dictionary());
}

#[test]
fn the_checked_in_rules_and_instruments_are_those_of_the_hub() {
    assert_published("web/rules.json", &hub::rules::published().unwrap());
    assert_published("web/instruments.json", &hub::instruments::published().unwrap());
}

/// The standard's own scalars and directives have no description of ours.
const NOT_OURS: &[&str] =
    &["Boolean", "Float", "ID", "Int", "String", "DateTime", "UUID", "JSON", "Upload"];

#[test]
fn everything_in_the_schema_is_described_in_chinese_first_and_in_one_line() {
    let document = parse_schema(graphql::sdl()).unwrap();
    let mut bare = Vec::new();
    let mut check = |name: String, description: Option<&str>| {
        let begins_in_chinese = |text: &str| {
            text.chars().next().is_some_and(|first| {
                first > '\u{2E7F}' || text.contains("id") || text.contains("UUID")
            })
        };
        if !description.is_some_and(|text| begins_in_chinese(text) && !text.trim().contains('\n')) {
            bare.push(name);
        }
    };
    for definition in &document.definitions {
        let TypeSystemDefinition::Type(found) = definition else { continue };
        let name = found.node.name.node.as_str();
        if NOT_OURS.contains(&name) {
            continue;
        }
        check(name.to_owned(), found.node.description.as_ref().map(|text| text.node.as_str()));
        let mut inputs = |of: &str, inputs: &[async_graphql::Positioned<InputValueDefinition>]| {
            for input in inputs {
                let description = input.node.description.as_ref();
                let name = format!("{of}.{}", input.node.name.node);
                check(name, description.map(|text| text.node.as_str()));
            }
        };
        let fields = match &found.node.kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Interface(interface) => &interface.fields,
            TypeKind::InputObject(input) => {
                inputs(name, &input.fields);
                continue;
            }
            TypeKind::Enum(choices) => {
                for value in &choices.values {
                    let description = value.node.description.as_ref();
                    let name = format!("{name}.{}", value.node.value.node);
                    check(name, description.map(|text| text.node.as_str()));
                }
                continue;
            }
            _ => continue,
        };
        for field in fields {
            let field_name = format!("{name}.{}", field.node.name.node);
            inputs(&field_name, &field.node.arguments);
        }
        for field in fields {
            let description = field.node.description.as_ref();
            let name = format!("{name}.{}", field.node.name.node);
            check(name, description.map(|text| text.node.as_str()));
        }
    }
    assert!(bare.is_empty(), "without a description: {bare:?}");
}
