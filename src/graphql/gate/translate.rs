//! The validated operation in the types that async-graphql executes.
//!
//! async-graphql's parser reads some documents differently from the one that validated them (`... on #\n User` is a
//! spread of a fragment called `on` to it) and refuses others (`\uD83D\uDE00`). So it never sees the client's
//! text: it gets the validated tree printed plainly, and the positions of the original are put back afterwards.
//! This file knows neither schema nor limits.

use std::collections::HashSet;

use apollo_compiler::{
    Name, Node, Schema,
    ast::{self, Definition, Document},
};
use async_graphql::{
    Name as ExecutableName, Pos, Positioned,
    parser::{
        parse_query,
        types::{self, ExecutableDocument, OperationDefinition},
    },
};

use super::{RequestError, measure, normal, source::Source};
use crate::error::Code;

/// A document to execute, and how many nodes it has, as a measure of the memory it holds.
pub(super) struct Translation {
    pub(super) document: ExecutableDocument,
    pub(super) nodes: usize,
}

/// Translates the operation called `chosen` together with the fragments it reaches, and nothing else: async-graphql
/// walks everything it is given, on every request.
pub(super) fn translate(
    schema: &Schema,
    document: &Document,
    chosen: Option<&Name>,
    source: &mut Source<'_>,
) -> Result<Translation, RequestError> {
    let kept = Document { sources: document.sources.clone(), definitions: reachable(document, chosen) };
    let printed = kept.serialize().no_indent().to_string();
    let unfit =
        || RequestError::new(Code::InvalidRequest, "The document cannot be executed as it is written.");
    let mut document = parse_query(printed).map_err(|_| unfit())?;

    let mut positions = Positions { source, nodes: 0 };
    positions.document(&kept, &mut document).ok_or_else(unfit)?;
    let nodes = positions.nodes;
    let selections = normal::normalize(schema, &mut document)?;
    let nodes = nodes.max(selections);
    Ok(Translation { document, nodes })
}

fn reachable(document: &Document, chosen: Option<&Name>) -> Vec<Definition> {
    let operation = document.definitions.iter().find_map(|definition| {
        definition.as_operation_definition().filter(|operation| operation.name.as_ref() == chosen)
    });
    let mut pending = operation.map_or_else(Vec::new, |it| measure::spreads(&it.selection_set));
    let mut reached = HashSet::new();
    while let Some(name) = pending.pop() {
        if reached.insert(name) {
            let fragments = document.definitions.iter().filter_map(Definition::as_fragment_definition);
            for fragment in fragments.filter(|it| it.name == *name) {
                pending.extend(measure::spreads(&fragment.selection_set));
            }
        }
    }
    let keep = |definition: &&Definition| match definition {
        Definition::OperationDefinition(operation) => operation.name.as_ref() == chosen,
        Definition::FragmentDefinition(fragment) => reached.contains(&fragment.name),
        _ => false,
    };
    document.definitions.iter().filter(keep).cloned().collect()
}

/// Walks the validated tree and its translation side by side. Every method answers `None` where they differ,
/// which would be a fault of the printer or of the second parser, and must not reach execution.
struct Positions<'s, 't> {
    source: &'s mut Source<'t>,
    nodes: usize,
}

impl Positions<'_, '_> {
    /// The position of a node, which counts as one.
    fn node<T: ?Sized>(&mut self, node: &Node<T>) -> Pos {
        self.nodes += 1;
        self.source.pos(node.location())
    }

    fn name(&mut self, from: &Name, to: &mut Positioned<ExecutableName>) -> Option<()> {
        to.pos = self.source.pos(from.location());
        same(to.node == *from.as_str())
    }

    fn document(&mut self, from: &Document, to: &mut ExecutableDocument) -> Option<()> {
        let operations = from.definitions.iter().filter(|it| it.as_operation_definition().is_some()).count();
        same(operations == 1 && to.fragments.len() + 1 == from.definitions.len())?;
        for definition in &from.definitions {
            match definition {
                Definition::OperationDefinition(from) => {
                    self.operation(from, normal::only_operation(&mut to.operations)?)?;
                }
                Definition::FragmentDefinition(from) => {
                    let to = to.fragments.get_mut(from.name.as_str())?;
                    to.pos = self.node(from);
                    to.node.type_condition.pos = to.pos;
                    self.name(&from.type_condition, &mut to.node.type_condition.node.on)?;
                    self.directives(&from.directives, &mut to.node.directives)?;
                    self.selections(&from.selection_set, &mut to.node.selection_set, to.pos)?;
                }
                _ => return None,
            }
        }
        Some(())
    }

    fn operation(
        &mut self,
        from: &Node<ast::OperationDefinition>,
        to: &mut Positioned<OperationDefinition>,
    ) -> Option<()> {
        to.pos = self.node(from);
        same(from.variables.len() == to.node.variable_definitions.len())?;
        for (from, to) in from.variables.iter().zip(&mut to.node.variable_definitions) {
            to.pos = self.node(from);
            self.name(&from.name, &mut to.node.name)?;
            to.node.var_type.pos = self.node(&from.ty);
            if let (Some(from), Some(to)) = (&from.default_value, &mut to.node.default_value) {
                to.pos = self.value(from);
            }
        }
        self.directives(&from.directives, &mut to.node.directives)?;
        self.selections(&from.selection_set, &mut to.node.selection_set, to.pos)
    }

    fn selections(
        &mut self,
        from: &[ast::Selection],
        to: &mut Positioned<types::SelectionSet>,
        pos: Pos,
    ) -> Option<()> {
        to.pos = pos;
        same(from.len() == to.node.items.len())?;
        for (from, to) in from.iter().zip(&mut to.node.items) {
            match (from, &mut to.node) {
                (ast::Selection::Field(from), types::Selection::Field(field)) => {
                    to.pos = self.node(from);
                    field.pos = to.pos;
                    self.field(from, &mut field.node, to.pos)?;
                }
                (ast::Selection::FragmentSpread(from), types::Selection::FragmentSpread(spread)) => {
                    to.pos = self.node(from);
                    spread.pos = to.pos;
                    self.name(&from.fragment_name, &mut spread.node.fragment_name)?;
                    self.directives(&from.directives, &mut spread.node.directives)?;
                }
                (ast::Selection::InlineFragment(from), types::Selection::InlineFragment(inline)) => {
                    to.pos = self.node(from);
                    inline.pos = to.pos;
                    if let (Some(from), Some(to)) = (&from.type_condition, &mut inline.node.type_condition) {
                        self.name(from, &mut to.node.on)?;
                        to.pos = to.node.on.pos;
                    }
                    self.directives(&from.directives, &mut inline.node.directives)?;
                    self.selections(&from.selection_set, &mut inline.node.selection_set, to.pos)?;
                }
                _ => return None,
            }
        }
        Some(())
    }

    fn field(&mut self, from: &ast::Field, to: &mut types::Field, pos: Pos) -> Option<()> {
        same(from.alias.is_some() == to.alias.is_some())?;
        if let (Some(from), Some(to)) = (&from.alias, &mut to.alias) {
            self.name(from, to)?;
        }
        self.name(&from.name, &mut to.name)?;
        same(from.arguments.len() == to.arguments.len())?;
        for (from, (name, value)) in from.arguments.iter().zip(&mut to.arguments) {
            self.name(&from.name, name)?;
            value.pos = self.value(&from.value);
        }
        self.directives(&from.directives, &mut to.directives)?;
        self.selections(&from.selection_set, &mut to.selection_set, pos)
    }

    fn directives(
        &mut self,
        from: &[Node<ast::Directive>],
        to: &mut [Positioned<types::Directive>],
    ) -> Option<()> {
        same(from.len() == to.len())?;
        for (from, to) in from.iter().zip(to) {
            to.pos = self.node(from);
            self.name(&from.name, &mut to.node.name)?;
            same(from.arguments.len() == to.node.arguments.len())?;
            for (from, (name, value)) in from.arguments.iter().zip(&mut to.node.arguments) {
                self.name(&from.name, name)?;
                value.pos = self.value(&from.value);
            }
        }
        Some(())
    }

    /// The position of a value. What is inside one has none of its own, but is counted.
    fn value(&mut self, from: &Node<ast::Value>) -> Pos {
        fn count(value: &ast::Value) -> usize {
            1 + match value {
                ast::Value::List(items) => items.iter().map(|it| count(it)).sum(),
                ast::Value::Object(fields) => fields.iter().map(|(_, it)| count(it)).sum(),
                _ => 0,
            }
        }
        self.nodes += count(from);
        self.source.pos(from.location())
    }
}

fn same(condition: bool) -> Option<()> {
    condition.then_some(())
}
