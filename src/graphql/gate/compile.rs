//! From the text of a document to an operation that is ready to run, or to the reasons why it is not.
//!
//! This is the slow path, taken once for each document: parse, measure, validate, choose, translate. The order
//! matters: nothing here runs on a document that the step before could have refused. It knows no variables.

use std::collections::HashSet;

use apollo_compiler::{
    ExecutableDocument, Node, Schema,
    ast::{self, OperationType},
    diagnostic::{Diagnostic, ToCliReport as _},
    executable::{self, Selection, SelectionSet},
    introspection,
    parser::{FileId, Parser},
    validation::{DiagnosticList, Valid},
};

use super::{
    Limits, Operation, OperationKind, Request, RequestError,
    cost::Cost,
    inputs,
    measure::{self, at_most},
    source::Source,
    translate::translate,
    variables::Declared,
};
use crate::error::Code;

/// Fields of an operation that asks for the schema. The price knows nothing of how long the lists of the schema
/// are, so such an operation may not be much larger than the longest that tools send, of 240 fields.
const INTROSPECTION_FIELDS: usize = 500;

/// Compiles the operation that `request` names.
pub(super) fn compile(
    schema: &Valid<Schema>,
    limits: &Limits,
    request: &Request,
) -> Result<Operation, Vec<RequestError>> {
    let source = &mut Source::new(&request.query);
    let ast = parse(&request.query, limits, source)?;
    measure::check(&ast, limits, source).map_err(single)?;
    // Two steps, because a field that is not known leaves a gap that validation would complain about as well.
    let document = ast.to_executable(schema).map_err(|it| report(&it.errors, &ast, limits, source))?;
    let document = document.validate(schema).map_err(|it| report(&it.errors, &ast, limits, source))?;
    let operation = choose(&document, request.operation_name.as_deref()).map_err(single)?;
    let root_fields = roots(&document, operation, limits, source).map_err(single)?;
    let demands =
        inputs::check(schema, &document, operation, limits.reported_errors).map_err(|violations| {
            let error = |(message, location)| {
                RequestError::new(Code::InvalidRequest, message).at(source.pos(location))
            };
            violations.into_iter().map(error).collect::<Vec<_>>()
        })?;
    let translation = translate(schema, &ast, operation.name.as_ref(), source).map_err(single)?;
    Ok(Operation {
        kind: kind(operation.operation_type),
        name: operation.name.as_ref().map(ToString::to_string),
        root_fields,
        document: translation.document,
        weight: Operation::weight(translation.nodes, request.query.len()),
        cost: Cost::of(&document, operation),
        declared: Declared { signature: signature(operation), demands },
    })
}

fn single(error: RequestError) -> Vec<RequestError> {
    vec![error]
}

fn parse(text: &str, limits: &Limits, source: &mut Source<'_>) -> Result<ast::Document, Vec<RequestError>> {
    // Both limits are above what the scan lets through; they guard against it and the parser disagreeing. The
    // parser counts white space as tokens, and an item of a list as a level.
    let mut parser = Parser::new()
        .recursion_limit(limits.nesting.saturating_mul(2))
        .token_limit(limits.tokens.saturating_mul(2).saturating_add(2));
    parser.parse_ast(text, "request.graphql").map_err(|broken| {
        let mut errors = report(&broken.errors, &broken.partial, limits, source);
        // What the parser says after its first complaint is mostly a consequence of it.
        errors.truncate(1);
        for error in &mut errors {
            let complaint = error.message.trim_start_matches("syntax error: ").trim_end_matches('.');
            error.message = format!("Syntax error: {complaint}.");
        }
        errors
    })
}

/// The first few errors, in the words clients know from other servers.
fn report(
    errors: &DiagnosticList,
    document: &ast::Document,
    limits: &Limits,
    source: &mut Source<'_>,
) -> Vec<RequestError> {
    let ours = |file: FileId| document.sources.contains_key(&file);
    let report = |diagnostic: Diagnostic<'_, _>| {
        let error = RequestError::new(Code::InvalidRequest, diagnostic.unstable_to_json_compat().message);
        match diagnostic.error.location().filter(|span| ours(span.file_id())) {
            Some(span) => error.at(source.pos(Some(span))),
            None => error,
        }
    };
    errors.iter().take(limits.reported_errors).map(report).collect()
}

fn choose<'d>(
    document: &'d ExecutableDocument,
    name: Option<&str>,
) -> Result<&'d Node<executable::Operation>, RequestError> {
    let operations = &document.operations;
    let (found, otherwise) = match name {
        Some(name) => (operations.named.get(name), format!("The document has no operation named {name:?}.")),
        None if operations.len() == 1 => (operations.iter().next(), String::new()),
        None if operations.is_empty() => (None, "The document has no operation.".to_owned()),
        None => (None, "The document has several operations: choose one with operationName.".to_owned()),
    };
    found.ok_or_else(|| RequestError::new(Code::InvalidRequest, otherwise))
}

/// The names of the root fields in the order of execution, one for each time one is resolved.
fn roots(
    document: &Valid<ExecutableDocument>,
    operation: &executable::Operation,
    limits: &Limits,
    source: &mut Source<'_>,
) -> Result<Vec<String>, RequestError> {
    let mut fields = Vec::new();
    collect_roots(document, &operation.selection_set, &mut fields);
    at_most("root fields", fields.len(), limits.root_fields)?;

    if fields.iter().any(|it| matches!(it.name.as_str(), "__schema" | "__type")) {
        introspection::check_max_depth(document, operation).map_err(|error| {
            let message = format!("{}.", error.message());
            RequestError::new(Code::OperationTooComplex, message).at(source.pos(error.location()))
        })?;
        let count = fields.iter().map(|it| count(document, &it.selection_set)).sum();
        at_most("fields in an introspection", count, INTROSPECTION_FIELDS)?;
    }
    // What is selected twice under one response key is merged, and resolved once.
    let mut keys = HashSet::new();
    fields.retain(|field| keys.insert(field.response_key().clone()));
    Ok(fields.into_iter().map(|it| it.name.to_string()).collect())
}

/// How many fields `set` selects with its fragments expanded, which has been limited before.
fn count(document: &ExecutableDocument, set: &SelectionSet) -> usize {
    let below = |selection: &Selection| match selection {
        Selection::Field(field) => 1 + count(document, &field.selection_set),
        Selection::InlineFragment(inline) => count(document, &inline.selection_set),
        Selection::FragmentSpread(spread) => {
            document.fragments.get(&spread.fragment_name).map_or(0, |it| count(document, &it.selection_set))
        }
    };
    set.selections.iter().map(below).sum()
}

fn collect_roots<'d>(
    document: &'d ExecutableDocument,
    set: &'d SelectionSet,
    fields: &mut Vec<&'d Node<executable::Field>>,
) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => fields.push(field),
            Selection::InlineFragment(inline) => collect_roots(document, &inline.selection_set, fields),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.fragment_name) {
                    collect_roots(document, &fragment.selection_set, fields);
                }
            }
        }
    }
}

const fn kind(of: OperationType) -> OperationKind {
    match of {
        OperationType::Query => OperationKind::Query,
        OperationType::Mutation => OperationKind::Mutation,
        OperationType::Subscription => OperationKind::Subscription,
    }
}

/// The operation without its selections.
fn signature(operation: &executable::Operation) -> executable::Operation {
    executable::Operation {
        operation_type: operation.operation_type,
        name: operation.name.clone(),
        variables: operation.variables.clone(),
        directives: executable::DirectiveList::new(),
        selection_set: SelectionSet::new(operation.selection_set.ty.clone()),
    }
}
