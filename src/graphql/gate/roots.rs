//! The root selections of a document, in the form that async-graphql runs right.
//!
//! It looks for a subscription's field only where it is written directly in the operation, and it runs a root field of
//! a mutation once for each time it is selected, although the specification merges what has the same response key.
//! So both are put in order here. It knows nothing below the root.

use async_graphql::{
    Name, Positioned,
    indexmap::IndexMap,
    parser::types::{
        DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    },
};

/// Puts the root selections of the one operation of `document` in order. They carry no `@skip` or `@include` where
/// anything is selected twice: that was refused before.
pub(super) fn expand(document: &mut ExecutableDocument) {
    let Some((_, operation)) = document.operations.iter().next() else { return };
    let kind = operation.node.ty;
    if kind == OperationType::Query {
        return;
    }
    let mut fields = Vec::new();
    flatten(&operation.node.selection_set.node.items, document, &mut fields);
    let expanded = match kind {
        OperationType::Subscription => fields.into_iter().take(1).collect(),
        _ => match merge(fields) {
            Some(merged) => merged,
            None => return,
        },
    };
    if let Some(operation) = only_operation(&mut document.operations) {
        let selection =
            |field: Positioned<Field>| Positioned::new(Selection::Field(field.clone()), field.pos);
        operation.node.selection_set.node.items = expanded.into_iter().map(selection).collect();
    }
}

/// The fields at the root in the order of execution, with fragments expanded.
fn flatten(
    items: &[Positioned<Selection>],
    document: &ExecutableDocument,
    fields: &mut Vec<Positioned<Field>>,
) {
    for item in items {
        match &item.node {
            Selection::Field(field) => fields.push(field.clone()),
            Selection::InlineFragment(it) => flatten(&it.node.selection_set.node.items, document, fields),
            Selection::FragmentSpread(it) => {
                if let Some(fragment) = document.fragments.get(&it.node.fragment_name.node) {
                    flatten(&fragment.node.selection_set.node.items, document, fields);
                }
            }
        }
    }
}

/// The fields with each response key once, selecting all that was selected under it; `None` where there is nothing
/// to merge (CollectFields and MergeSelectionSets of the specification, sections 6.3.2 and 6.4.3).
fn merge(fields: Vec<Positioned<Field>>) -> Option<Vec<Positioned<Field>>> {
    let count = fields.len();
    let mut merged: IndexMap<Name, Positioned<Field>> = IndexMap::new();
    for field in fields {
        let key = field.node.response_key().node.clone();
        match merged.get_mut(&key) {
            Some(first) => {
                first.node.selection_set.node.items.extend(field.node.selection_set.node.items);
            }
            None => {
                merged.insert(key, field);
            }
        }
    }
    (merged.len() < count).then(|| merged.into_values().collect())
}

/// The one operation that a translated document has.
pub(super) fn only_operation(
    operations: &mut DocumentOperations,
) -> Option<&mut Positioned<OperationDefinition>> {
    match operations {
        DocumentOperations::Single(operation) => Some(operation),
        DocumentOperations::Multiple(operations) => operations.values_mut().next(),
    }
}
