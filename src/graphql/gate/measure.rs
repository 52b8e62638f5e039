//! How large a document becomes once its fragments are expanded, without expanding them.
//!
//! A few hundred bytes of fragments that spread each other can stand for billions of fields, and everything after
//! this walks the expansion. Each fragment is measured once, after those it spreads, so that the count costs no
//! more than reading the document. It knows syntax only: no schema, no variables.

use std::collections::{HashMap, HashSet};

use apollo_compiler::{
    Name, Node,
    ast::{Definition, Document, FragmentDefinition, Selection},
    parser::SourceSpan,
};

use super::{Limits, RequestError, source::Source};
use crate::error::Code;

/// How many selection sets may lie inside one another, fragments and inline fragments included.
///
/// It is not a setting: async-graphql refuses more than this by itself, later and with a vaguer message, and the
/// recursive walks of this module rely on it.
pub(super) const LEVELS: usize = 32;

/// Refuses a document that is too large in any way that can be counted without a schema, or whose fragments
/// spread themselves.
pub(super) fn check(
    document: &Document,
    limits: &Limits,
    source: &mut Source<'_>,
) -> Result<(), RequestError> {
    let counts = Counts::of(document);
    at_most("operations", counts.operations, limits.operations)?;
    at_most("fragments", counts.fragments, limits.fragments)?;
    at_most("aliases", counts.aliases, limits.aliases)?;
    at_most("directives", counts.directives, limits.directives)?;

    let whole = measure(document).map_err(|cycle| {
        let message = format!("The fragment \"{}\" spreads itself.", cycle.name);
        RequestError::new(Code::InvalidRequest, message).at(source.pos(cycle.location))
    })?;
    at_most("fields", whole.fields, limits.fields)?;
    at_most("levels of fields", whole.depth, limits.depth)?;
    at_most("levels of selections and fragments", whole.levels, LEVELS)
}

/// Refuses `found` things called `what` where `limit` are allowed.
pub(super) fn at_most(what: &str, found: usize, limit: usize) -> Result<(), RequestError> {
    if found <= limit {
        return Ok(());
    }
    let message = format!("The operation is too complex: {found} {what}, at most {limit} are allowed.");
    Err(RequestError::new(Code::OperationTooComplex, message))
}

/// What is counted as it is written, before any expansion.
#[derive(Default)]
struct Counts {
    operations: usize,
    fragments: usize,
    aliases: usize,
    directives: usize,
}

impl Counts {
    fn of(document: &Document) -> Self {
        let mut counts = Self::default();
        for definition in &document.definitions {
            match definition {
                Definition::OperationDefinition(operation) => {
                    counts.operations += 1;
                    counts.directives += operation.directives.len();
                    counts.directives +=
                        operation.variables.iter().map(|it| it.directives.len()).sum::<usize>();
                    counts.add(&operation.selection_set);
                }
                Definition::FragmentDefinition(fragment) => {
                    counts.fragments += 1;
                    counts.directives += fragment.directives.len();
                    counts.add(&fragment.selection_set);
                }
                _ => {}
            }
        }
        counts
    }

    fn add(&mut self, selections: &[Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    self.aliases += usize::from(field.alias.is_some());
                    self.directives += field.directives.len();
                    self.add(&field.selection_set);
                }
                Selection::FragmentSpread(spread) => self.directives += spread.directives.len(),
                Selection::InlineFragment(inline) => {
                    self.directives += inline.directives.len();
                    self.add(&inline.selection_set);
                }
            }
        }
    }
}

/// The size of a selection set with its fragments expanded. Numbers saturate.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Size {
    fields: usize,
    depth: usize,
    levels: usize,
}

impl Size {
    /// What a field, or the spread of a fragment nobody defined, counts for.
    const ONE: Self = Self { fields: 1, depth: 1, levels: 0 };

    fn of(selections: &[Selection], fragments: &HashMap<&Name, Self>) -> Self {
        selections.iter().map(|it| Self::of_one(it, fragments)).fold(Self::default(), Self::beside)
    }

    fn of_one(selection: &Selection, fragments: &HashMap<&Name, Self>) -> Self {
        match selection {
            Selection::Field(field) if field.selection_set.is_empty() => Self::ONE,
            Selection::Field(field) => {
                let below = Self::of(&field.selection_set, fragments).one_level_down();
                Self { fields: below.fields.saturating_add(1), depth: below.depth + 1, ..below }
            }
            Selection::FragmentSpread(spread) => {
                fragments.get(&spread.fragment_name).copied().unwrap_or(Self::ONE).one_level_down()
            }
            Selection::InlineFragment(inline) => Self::of(&inline.selection_set, fragments).one_level_down(),
        }
    }

    fn beside(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            depth: self.depth.max(other.depth),
            levels: self.levels.max(other.levels),
        }
    }

    const fn one_level_down(self) -> Self {
        Self { levels: self.levels + 1, ..self }
    }
}

/// A fragment that spreads itself, directly or through others.
struct Cycle {
    name: Name,
    location: Option<SourceSpan>,
}

/// The size of all operations together, or of the largest fragment where that is more: validation visits every
/// operation, and fragments nobody spreads as well.
fn measure(document: &Document) -> Result<Size, Cycle> {
    let fragments = fragments(document);
    let mut sizes = HashMap::new();
    for fragment in document.definitions.iter().filter_map(Definition::as_fragment_definition) {
        measure_fragment(fragment, &fragments, &mut sizes)?;
    }
    let largest = sizes.values().fold(Size::default(), |most, it| Size {
        fields: most.fields.max(it.fields),
        depth: most.depth.max(it.depth),
        levels: most.levels.max(it.levels),
    });
    let operations = document.definitions.iter().filter_map(Definition::as_operation_definition);
    let whole = operations.map(|it| Size::of(&it.selection_set, &sizes)).fold(Size::default(), Size::beside);
    Ok(Size { fields: whole.fields.max(largest.fields), ..whole.beside(largest) })
}

type Fragments<'d> = HashMap<&'d Name, &'d Node<FragmentDefinition>>;

/// The fragments by name. Of several with one name, which validation refuses, the first is kept.
fn fragments(document: &Document) -> Fragments<'_> {
    let mut fragments = Fragments::new();
    for fragment in document.definitions.iter().filter_map(Definition::as_fragment_definition) {
        fragments.entry(&fragment.name).or_insert(fragment);
    }
    fragments
}

/// Measures `start` after the fragments it needs, on a stack of our own: a chain of fragments can be long.
fn measure_fragment<'d>(
    start: &'d Node<FragmentDefinition>,
    fragments: &Fragments<'d>,
    sizes: &mut HashMap<&'d Name, Size>,
) -> Result<(), Cycle> {
    if sizes.contains_key(&start.name) {
        return Ok(());
    }
    let mut path = vec![(start, spreads(&start.selection_set))];
    let mut open = HashSet::from([&start.name]);
    while let Some((fragment, pending)) = path.last_mut() {
        match pending.pop() {
            Some(next) if sizes.contains_key(next) => {}
            Some(next) => {
                let Some(&definition) = fragments.get(next) else { continue };
                if !open.insert(next) {
                    return Err(Cycle { name: next.clone(), location: next.location() });
                }
                path.push((definition, spreads(&definition.selection_set)));
            }
            None => {
                let size = Size::of(&fragment.selection_set, sizes);
                sizes.insert(&fragment.name, size);
                open.remove(&fragment.name);
                path.pop();
            }
        }
    }
    Ok(())
}

/// The names of the fragments that `selections` spread, at any depth.
pub(super) fn spreads(selections: &[Selection]) -> Vec<&Name> {
    fn collect<'d>(selections: &'d [Selection], names: &mut Vec<&'d Name>) {
        for selection in selections {
            match selection {
                Selection::Field(field) => collect(&field.selection_set, names),
                Selection::FragmentSpread(spread) => names.push(&spread.fragment_name),
                Selection::InlineFragment(inline) => collect(&inline.selection_set, names),
            }
        }
    }
    let mut names = Vec::new();
    collect(selections, &mut names);
    names
}
