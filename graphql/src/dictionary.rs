//! The data dictionary, as Markdown, from the schema's own descriptions.

use std::fmt::Write;

use async_graphql::{
    Positioned,
    parser::{
        parse_schema,
        types::{
            FieldDefinition, InputValueDefinition, TypeDefinition, TypeKind, TypeSystemDefinition,
        },
    },
};

const INTRODUCTION: &str = "\
# 数据字典 (data dictionary)

<!-- Generated from the schema by `make generate`; do not edit. -->

平台通过 GraphQL 提供的全部类型。类型后的 `!` 表示必有值，`[ ]` 表示列表。

Every type of the GraphQL API. `!` after a type says that there always is a value, `[ ]` a list.

形如 `VisitConnection` 的类型是分页列表：`nodes` 为各条，`edges` 为各条及其游标，`pageInfo` 为分页信息，
`totalCount` 为总条数（查询时才计算）。列表每页 1 至 200 条，默认 20 条。

A type like `VisitConnection` is a page of a list: `nodes` are its rows, `edges` the rows with their
cursors, `pageInfo` tells where the page lies and `totalCount` counts the whole list when asked. A page
has 1 to 200 rows, 20 if not said.
";

type Belongs = fn(&TypeDefinition) -> bool;

/// Title and kind of each chapter, in the order of the page.
const CHAPTERS: &[(&str, Belongs)] = &[
    ("入口 (roots)", |found| ROOTS.contains(&found.name.node.as_str())),
    ("接口 (interfaces)", |found| matches!(found.kind, TypeKind::Interface(_))),
    ("对象 (objects)", |found| {
        matches!(found.kind, TypeKind::Object(_)) && !ROOTS.contains(&found.name.node.as_str())
    }),
    ("输入 (inputs)", |found| matches!(found.kind, TypeKind::InputObject(_))),
    ("枚举 (enums)", |found| matches!(found.kind, TypeKind::Enum(_))),
    ("标量 (scalars)", |found| matches!(found.kind, TypeKind::Scalar)),
];

const ROOTS: [&str; 3] = ["Query", "Mutation", "Subscription"];

/// The data dictionary: every type with its fields, choices and descriptions.
#[must_use]
pub fn dictionary() -> String {
    let document = match parse_schema(crate::sdl()) {
        Ok(document) => document,
        Err(error) => return format!("the schema cannot be read: {error}\n"),
    };
    let types = document.definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(found) => Some(found.node),
        _ => None,
    });
    let types: Vec<_> = types.filter(|found| !is_page(found)).collect();
    let mut page = INTRODUCTION.to_owned();
    for (title, belongs) in CHAPTERS {
        let _ = write!(page, "\n## {title}\n");
        for found in types.iter().filter(|found| belongs(found)) {
            describe(&mut page, found);
        }
    }
    page
}

/// Pages of lists are described once, in the introduction.
fn is_page(found: &TypeDefinition) -> bool {
    let name = found.name.node.as_str();
    name.ends_with("Connection") || name.ends_with("Edge")
}

fn describe(page: &mut String, found: &TypeDefinition) {
    let _ = write!(page, "\n### {}\n\n{}\n", found.name.node, text(found.description.as_ref()));
    match &found.kind {
        TypeKind::Object(object) => fields(page, &object.fields),
        TypeKind::Interface(interface) => fields(page, &interface.fields),
        TypeKind::InputObject(input) => inputs(page, &input.fields),
        TypeKind::Enum(choices) => {
            page.push_str("\n| 值 (value) | 说明 (description) |\n| --- | --- |\n");
            for value in &choices.values {
                let description = text(value.node.description.as_ref());
                let _ = writeln!(page, "| `{}` | {description} |", value.node.value.node);
            }
        }
        TypeKind::Scalar | TypeKind::Union(_) => {}
    }
}

const FIELDS: &str = "\n| 字段 (field) | 类型 (type) | 说明 (description) |\n| --- | --- | --- |\n";

fn fields(page: &mut String, fields: &[Positioned<FieldDefinition>]) {
    page.push_str(FIELDS);
    for field in fields {
        let field = &field.node;
        let arguments: Vec<_> = field.arguments.iter().map(argument).collect();
        let arguments = match arguments.is_empty() {
            true => String::new(),
            false => format!("({})", arguments.join(", ")),
        };
        let description = text(field.description.as_ref());
        let name = &field.name.node;
        let _ = writeln!(page, "| `{name}{arguments}` | `{}` | {description} |", field.ty.node);
    }
}

fn inputs(page: &mut String, inputs: &[Positioned<InputValueDefinition>]) {
    page.push_str(FIELDS);
    for input in inputs {
        let description = text(input.node.description.as_ref());
        let (name, ty) = (&input.node.name.node, &input.node.ty.node);
        let _ = writeln!(page, "| `{name}` | `{ty}` | {description} |");
    }
}

fn argument(argument: &Positioned<InputValueDefinition>) -> String {
    format!("{}: {}", argument.node.name.node, argument.node.ty.node)
}

fn text(description: Option<&Positioned<String>>) -> &str {
    description.map_or("", |found| found.node.trim())
}
