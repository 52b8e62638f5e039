//! The selections of an operation in the form that async-graphql runs right: every response key once.
//!
//! The specification merges what is selected twice under one key (CollectFields and MergeSelectionSets, sections
//! 6.3.2 and 6.4.3). async-graphql resolves it twice: a mutation runs twice, and the two answers of a list, read at
//! different moments, are laid over each other item by item. So fragments are expanded and selections merged here. It
//! knows the schema only to tell which fragments apply for certain.

use apollo_compiler::Schema;
use async_graphql::{
    Name, Positioned,
    indexmap::IndexMap,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, Field, InlineFragment, OperationDefinition,
        OperationType, Selection, SelectionSet, TypeCondition,
    },
};

use super::RequestError;
use crate::error::Code;

/// Merges the selections of the one operation of `document` and takes its fragments away. Returns how many
/// selections there are then.
pub(super) fn normalize(schema: &Schema, document: &mut ExecutableDocument) -> Result<usize, RequestError> {
    let Some((_, operation)) = document.operations.iter().next() else { return Ok(0) };
    let kind = match operation.node.ty {
        OperationType::Query => apollo_compiler::ast::OperationType::Query,
        OperationType::Mutation => apollo_compiler::ast::OperationType::Mutation,
        OperationType::Subscription => apollo_compiler::ast::OperationType::Subscription,
    };
    let root = schema.root_operation(kind).map(ToString::to_string).unwrap_or_default();
    let mut normalizer = Normalizer { schema, document, selections: 0 };
    let items = normalizer.merge(&operation.node.selection_set.node.items, &root)?;
    let selections = normalizer.selections;
    if let Some(operation) = only_operation(&mut document.operations) {
        operation.node.selection_set.node.items = items;
    }
    document.fragments.clear();
    Ok(selections)
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

type Items = Vec<Positioned<Selection>>;
/// `@skip` and `@include` that must all let something pass.
type Conditions = Vec<Positioned<Directive>>;

/// One time that a field is selected.
struct Occurrence {
    field: Positioned<Field>,
    conditions: Conditions,
}

/// What holds where selections are collected.
#[derive(Clone)]
struct Place {
    /// The type that is selected from.
    parent: String,
    /// The type an object must have for it to apply, where that is not certain.
    narrowed: Option<String>,
    conditions: Conditions,
}

/// The fields selected from one object, by the type they apply to and their response key.
type Collected = IndexMap<(Option<String>, Name), Vec<Occurrence>>;

struct Normalizer<'a> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
    selections: usize,
}

impl Normalizer<'_> {
    /// The selections `items` from an object of type `parent`, each response key once.
    fn merge(&mut self, items: &[Positioned<Selection>], parent: &str) -> Result<Items, RequestError> {
        let place = Place { parent: parent.to_owned(), narrowed: None, conditions: Vec::new() };
        let mut collected = Collected::new();
        self.collect(items, &place, &mut collected);
        let mut merged = Items::new();
        for ((narrowed, key), occurrences) in &collected {
            let composite = occurrences.iter().any(|it| !it.field.node.selection_set.node.items.is_empty());
            if narrowed.is_some() && composite && collected.contains_key(&(None, key.clone())) {
                return Err(refusal(key, occurrences));
            }
            let parent = narrowed.as_deref().unwrap_or(parent);
            for (conditions, field) in self.merge_field(parent, key, occurrences)? {
                self.selections += 1 + field.node.arguments.len();
                let pos = field.pos;
                let selection = conditional(Positioned::new(Selection::Field(field), pos), conditions);
                push(&mut merged, selection, narrowed.as_deref());
            }
        }
        Ok(merged)
    }

    fn collect(&self, items: &[Positioned<Selection>], place: &Place, collected: &mut Collected) {
        for item in items {
            match &item.node {
                Selection::Field(field) => {
                    let mut field = field.clone();
                    let mut conditions = place.conditions.clone();
                    conditions.append(&mut field.node.directives);
                    let key = (place.narrowed.clone(), field.node.response_key().node.clone());
                    collected.entry(key).or_default().push(Occurrence { field, conditions });
                }
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref().map(|it| it.node.on.node.as_str());
                    let below = self.place(place, on, &inline.node.directives);
                    self.collect(&inline.node.selection_set.node.items, &below, collected);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name) {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        let below = self.place(place, Some(on), &spread.node.directives);
                        self.collect(&fragment.node.selection_set.node.items, &below, collected);
                    }
                }
            }
        }
    }

    /// Where the selections of a fragment on the type `on` are collected.
    fn place(&self, outside: &Place, on: Option<&str>, directives: &[Positioned<Directive>]) -> Place {
        let mut place = outside.clone();
        place.conditions.extend(directives.iter().cloned());
        // Validation let only fragments pass that can apply, so on an object of known type they do.
        if let Some(on) = on
            && on != outside.parent
            && self.schema.get_object(&outside.parent).is_none()
        {
            on.clone_into(&mut place.parent);
            place.narrowed = Some(on.to_owned());
        }
        place
    }

    /// The field that stands for all times it is selected, with the conditions it is under; several where that makes
    /// no difference.
    fn merge_field(
        &mut self,
        parent: &str,
        key: &Name,
        occurrences: &[Occurrence],
    ) -> Result<Vec<(Conditions, Positioned<Field>)>, RequestError> {
        let Some(first) = occurrences.first() else { return Ok(Vec::new()) };
        let is_leaf = first.field.node.selection_set.node.items.is_empty();
        let always = occurrences.iter().find(|it| it.conditions.is_empty());
        let alike = occurrences.iter().all(|it| same(&it.conditions, &first.conditions));
        if always.is_none() && !alike {
            if !is_leaf {
                return Err(refusal(key, occurrences));
            }
            // A plain value is the same however often it is asked for.
            return Ok(occurrences.iter().map(|it| (it.conditions.clone(), it.field.clone())).collect());
        }
        let conditions = if always.is_some() { Vec::new() } else { first.conditions.clone() };
        let mut field = first.field.clone();
        let mut below = Items::new();
        for occurrence in occurrences {
            let set = &occurrence.field.node.selection_set;
            if alike || occurrence.conditions.is_empty() {
                below.extend(set.node.items.iter().cloned());
            } else {
                let inside = inline(None, Vec::new(), set.clone());
                below.push(conditional(inside, occurrence.conditions.clone()));
            }
        }
        if !is_leaf {
            let child = self.schema.type_field(parent, field.node.name.node.as_str());
            let child = child.map(|it| it.ty.inner_named_type().to_string()).unwrap_or_default();
            field.node.selection_set.node.items = self.merge(&below, &child)?;
        }
        Ok(vec![(conditions, field)])
    }
}

fn refusal(key: &Name, occurrences: &[Occurrence]) -> RequestError {
    let message = format!(
        "\"{key}\" is selected more than once under different conditions, which this server cannot merge. Give each \
         an alias of its own."
    );
    let error = RequestError::new(Code::InvalidRequest, message);
    match occurrences.first() {
        Some(first) => error.at(first.field.pos),
        None => error,
    }
}

/// Whether two lists of conditions say the same in the same order.
fn same(one: &[Positioned<Directive>], other: &[Positioned<Directive>]) -> bool {
    let text = |it: &Positioned<Directive>| {
        let arguments = it.node.arguments.iter();
        let arguments = arguments.map(|(name, value)| format!("{}:{}", name.node, value.node));
        (it.node.name.node.clone(), arguments.collect::<Vec<_>>())
    };
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| text(one) == text(other))
}

/// `selection` under all of `conditions`: one fragment for each, since a directive stands on a field only once.
fn conditional(selection: Positioned<Selection>, conditions: Conditions) -> Positioned<Selection> {
    conditions.into_iter().rev().fold(selection, |inside, condition| {
        let pos = inside.pos;
        let set = Positioned::new(SelectionSet { items: vec![inside] }, pos);
        inline(None, vec![condition], set)
    })
}

fn inline(
    on: Option<&str>,
    directives: Vec<Positioned<Directive>>,
    selection_set: Positioned<SelectionSet>,
) -> Positioned<Selection> {
    let pos = selection_set.pos;
    let type_condition =
        on.map(|on| Positioned::new(TypeCondition { on: Positioned::new(Name::new(on), pos) }, pos));
    let fragment = InlineFragment { type_condition, directives, selection_set };
    Positioned::new(Selection::InlineFragment(Positioned::new(fragment, pos)), pos)
}

/// Adds `selection`, which applies to objects of type `narrowed` only, to what is there.
fn push(merged: &mut Items, selection: Positioned<Selection>, narrowed: Option<&str>) {
    let Some(on) = narrowed else {
        merged.push(selection);
        return;
    };
    if let Some(Positioned { node: Selection::InlineFragment(last), .. }) = merged.last_mut()
        && last.node.type_condition.as_ref().is_some_and(|it| it.node.on.node == on)
    {
        last.node.selection_set.node.items.push(selection);
        return;
    }
    let pos = selection.pos;
    merged.push(inline(Some(on), Vec::new(), Positioned::new(SelectionSet { items: vec![selection] }, pos)));
}
