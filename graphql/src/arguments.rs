//! What is looked at of the arguments before anything decodes them: how much they bring, and that a
//! database can be asked by them.

use std::convert::Infallible;

use async_graphql::{
    Name, Positioned, ServerError, ServerResult, Value, Variables,
    parser::types::{
        ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet,
        VariableDefinition,
    },
};
use hub::intake;

use crate::errors::Code;

/// The most values of a list that something is asked by.
const LIST: usize = 1_000;

/// What is wrong with a value, and where in it.
struct Fault {
    path: String,
    wrong: String,
}

impl Fault {
    fn new(wrong: String) -> Self {
        Self { path: String::new(), wrong }
    }

    fn below(self, step: &str) -> Self {
        Self { path: format!("{step}{}", self.path), ..self }
    }

    fn error(self) -> ServerError {
        Code::InvalidInput.error(format!("{}: {}", self.path, self.wrong))
    }
}

/// Checks all arguments of a request. Gives how many items it hands in, one where it does not.
pub(crate) fn check(variables: &Variables, document: &ExecutableDocument) -> ServerResult<usize> {
    let mut walk = Walk { document, hands_in: false, items: 1 };
    walk.hands_in = document
        .operations
        .iter()
        .any(|(_, operation)| operation.node.ty == OperationType::Mutation);
    for (name, value) in variables.iter() {
        walk.argument(value).map_err(|fault| fault.below(&format!("${name}")).error())?;
    }
    walk.document()?;
    intake::check_count(walk.items).map_err(|error| Code::InvalidInput.error(error.to_string()))?;
    Ok(walk.items)
}

/// Checks that an operation is given the variables it demands, which the library looks at only where
/// an argument demands them too.
pub(crate) fn check_given(
    variables: &Variables,
    operation: &OperationDefinition,
) -> ServerResult<()> {
    for variable in operation.variable_definitions.iter().map(|variable| &variable.node) {
        let kind = &variable.var_type.node;
        let is_given =
            variables.get(&variable.name.node).is_some_and(|value| *value != Value::Null);
        if !kind.nullable && variable.default_value.is_none() && !is_given {
            let fault = Fault::new(format!("has to be given, since it is of type {kind}"));
            return Err(fault.below(&format!("${}", variable.name.node)).error());
        }
    }
    Ok(())
}

/// The value of a variable: what is given, or else its default.
pub(crate) fn value_of(
    name: &Name,
    definitions: &[Positioned<VariableDefinition>],
    variables: &Variables,
) -> Option<Value> {
    let default = || {
        let definition = definitions.iter().find(|known| known.node.name.node == *name)?;
        Some(definition.node.default_value.as_ref()?.node.clone())
    };
    variables.get(name).cloned().or_else(default)
}

struct Walk<'d> {
    document: &'d ExecutableDocument,
    hands_in: bool,
    items: usize,
}

impl Walk<'_> {
    fn document(&mut self) -> ServerResult<()> {
        for (_, operation) in self.document.operations.iter() {
            let operation = &operation.node;
            for variable in &operation.variable_definitions {
                if let Some(value) = &variable.node.default_value {
                    let name = format!("${}", variable.node.name.node);
                    self.argument(&value.node).map_err(|fault| fault.below(&name).error())?;
                }
            }
            self.fields(&operation.selection_set.node)?;
        }
        for fragment in self.document.fragments.values() {
            self.fields(&fragment.node.selection_set.node)?;
        }
        Ok(())
    }

    fn fields(&mut self, set: &SelectionSet) -> ServerResult<()> {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    for (name, value) in &field.arguments {
                        let place = format!("{}.{}", field.name.node, name.node);
                        // Variables are checked by themselves.
                        let Ok(value) = value
                            .node
                            .clone()
                            .into_const_with(|_| Ok::<_, Infallible>(Value::Null));
                        self.argument(&value).map_err(|fault| fault.below(&place).error())?;
                    }
                    self.fields(&field.selection_set.node)?;
                }
                Selection::InlineFragment(fragment) => {
                    self.fields(&fragment.node.selection_set.node)?;
                }
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    /// What is wrong in the items that are handed in is told on their receipts.
    fn argument(&mut self, value: &Value) -> Result<(), Fault> {
        match value {
            Value::List(items) if self.hands_in => {
                self.items = self.items.max(items.len());
                Ok(())
            }
            value => fault(value).map_or(Ok(()), Err),
        }
    }
}

fn fault(value: &Value) -> Option<Fault> {
    match value {
        Value::String(text) if text.contains('\0') => {
            Some(Fault::new("a text holds no character of code 0; leave it out".to_owned()))
        }
        Value::List(values) if values.len() > LIST => {
            let given = values.len();
            Some(Fault::new(format!("{given} values; ask by {LIST} at most at once")))
        }
        Value::List(values) => {
            let mut values = values.iter().enumerate();
            values.find_map(|(at, value)| Some(fault(value)?.below(&format!("[{at}]"))))
        }
        Value::Object(fields) => {
            fields.iter().find_map(|(name, value)| Some(fault(value)?.below(&format!(".{name}"))))
        }
        _ => None,
    }
}
