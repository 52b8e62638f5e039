//! From the JSON a client sent to the variables an operation runs with.
//!
//! async-graphql checks a value only where it is used, and lets `null` pass for `String!`. Here every variable
//! is checked against its definition, gets its default when it is absent, and stays absent when it has none: a
//! mutation tells "leave it" from "clear it" by that. This file knows no selection and no cost.

use apollo_compiler::{
    Name, Node, Schema,
    ast::{self, Type},
    request::coerce_variable_values,
    response::{JsonMap, JsonValue},
    validation::Valid,
};
use async_graphql::{Name as ExecutableName, Value, Variables, indexmap::IndexMap};
use serde_json::Value as Json;

use super::{
    Limits, RequestError,
    inputs::{self, Demands},
    measure::at_most,
};
use crate::error::Code;

/// The variables an operation declares.
#[derive(Debug)]
pub(super) struct Declared {
    /// The operation, without its selections: definitions of variables are all that coercion looks at.
    pub(super) signature: apollo_compiler::executable::Operation,
    pub(super) demands: Demands,
}

/// Coerces `given` to what `declared` asks for. What is given and not declared is ignored.
pub(super) fn coerce(
    schema: &Valid<Schema>,
    declared: &Declared,
    mut given: serde_json::Map<String, Json>,
    limits: &Limits,
) -> Result<Variables, Vec<RequestError>> {
    let mut values = JsonMap::new();
    for variable in &declared.signature.variables {
        if let Some(value) = given.remove(variable.name.as_str()) {
            let deep = at_most("levels of nesting in a variable", nesting(&value), limits.nesting);
            deep.map_err(|error| vec![error.about(&variable.name)])?;
            values.insert(variable.name.as_str(), JsonValue::from(value));
        }
    }
    let coerced = coerce_variable_values(schema, &declared.signature, &values)
        .map_err(|_| blame(schema, declared, &values, limits.reported_errors))?;
    check(schema, declared, &coerced)?;

    let mut variables = Variables::default();
    for (name, value) in coerced.into_inner() {
        variables.insert(ExecutableName::new(name.as_str()), constant(value));
    }
    for (name, value) in &declared.demands.fallbacks {
        let name = ExecutableName::new(name.as_str());
        variables.entry(name).or_insert_with(|| literal(value));
    }
    Ok(variables)
}

/// How deeply lists and objects lie inside one another, found without recursion.
fn nesting(value: &Json) -> usize {
    let mut deepest = 0;
    let mut pending = vec![(value, 1)];
    while let Some((value, depth)) = pending.pop() {
        match value {
            Json::Array(items) => pending.extend(items.iter().map(|it| (it, depth + 1))),
            Json::Object(fields) => pending.extend(fields.values().map(|it| (it, depth + 1))),
            _ => continue,
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Which variables are at fault, after it is known that some are. Each is tried alone, because coercion stops at
/// the first error and does not say whose it is.
fn blame(schema: &Valid<Schema>, declared: &Declared, values: &JsonMap, cap: usize) -> Vec<RequestError> {
    let mut signature = declared.signature.clone();
    let errors = declared.signature.variables.iter().filter_map(|variable| {
        signature.variables = vec![variable.clone()];
        let error = coerce_variable_values(schema, &signature, values).err()?;
        Some(invalid(&variable.name, &without_value(&error.message().to_string())))
    });
    errors.take(cap).collect()
}

/// The message of a failed coercion without the value it quotes: that may be a password, and messages are logged.
fn without_value(message: &str) -> String {
    match (message.split_once(": "), message.rsplit_once(" to type ")) {
        (Some((what, _)), Some((_, ty))) => format!("{what} to type {ty}"),
        _ => message.to_owned(),
    }
}

fn invalid(name: &Name, problem: &str) -> RequestError {
    RequestError::new(Code::InvalidInput, format!("Variable \"${name}\" is not valid: {problem}."))
        .about(name)
}

/// The rules that coercion leaves out.
fn check(schema: &Schema, declared: &Declared, coerced: &JsonMap) -> Result<(), Vec<RequestError>> {
    for name in &declared.demands.not_null {
        if coerced.get(name.as_str()).is_some_and(JsonValue::is_null) {
            return Err(vec![invalid(name, "null is not allowed where it is used")]);
        }
    }
    for variable in &declared.signature.variables {
        if let Some(value) = coerced.get(variable.name.as_str()) {
            one_of(schema, &variable.ty, value).map_err(|problem| vec![invalid(&variable.name, &problem)])?;
        }
    }
    Ok(())
}

/// Checks that each `@oneOf` object in `value`, a coerced value of type `ty`, has exactly one key.
fn one_of(schema: &Schema, ty: &Type, value: &JsonValue) -> Result<(), String> {
    // Scalars and enums have nothing inside that the schema knows.
    let Some(input) = schema.get_input_object(ty.inner_named_type()) else { return Ok(()) };
    match value {
        JsonValue::Array(items) => items.iter().try_for_each(|item| one_of(schema, ty.item_type(), item)),
        JsonValue::Object(fields) => {
            let one_given = fields.len() == 1 && fields.values().all(|it| !it.is_null());
            if inputs::is_one_of(input) && !one_given {
                return Err(inputs::one_of_problem(&input.name));
            }
            fields.iter().try_for_each(|(key, value)| match input.fields.get(key.as_str()) {
                Some(field) => one_of(schema, &field.ty, value),
                None => Ok(()),
            })
        }
        _ => Ok(()),
    }
}

fn constant(value: JsonValue) -> Value {
    match value {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(value) => Value::Boolean(value),
        JsonValue::Number(value) => Value::Number(value),
        JsonValue::String(value) => Value::String(value.as_str().to_owned()),
        JsonValue::Array(items) => Value::List(items.into_iter().map(constant).collect()),
        JsonValue::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(key, value)| (ExecutableName::new(key.as_str()), constant(value)))
                .collect(),
        ),
    }
}

/// A default written in the schema, which is a constant.
fn literal(value: &Node<ast::Value>) -> Value {
    match &**value {
        ast::Value::Null | ast::Value::Variable(_) => Value::Null,
        ast::Value::Enum(name) => Value::Enum(ExecutableName::new(name.as_str())),
        ast::Value::String(value) => Value::String(value.clone()),
        ast::Value::Boolean(value) => Value::Boolean(*value),
        ast::Value::Int(number) => number.as_str().parse().map_or(Value::Null, Value::Number),
        ast::Value::Float(number) => number.as_str().parse().map_or(Value::Null, Value::Number),
        ast::Value::List(items) => Value::List(items.iter().map(literal).collect()),
        ast::Value::Object(fields) => {
            let field = |(key, value): &(Name, Node<_>)| (ExecutableName::new(key.as_str()), literal(value));
            Value::Object(fields.iter().map(field).collect::<IndexMap<_, _>>())
        }
    }
}
