//! The rules for values in a document that apollo-compiler leaves out.
//!
//! It checks a variable's type only where the variable is a whole argument, and knows neither `@oneOf` nor that a
//! key of an input object must be unique. What slips through would surface during execution as an error without
//! a code, or not at all. This file knows the document, not yet the values of variables.

use std::collections::{HashMap, HashSet};

use apollo_compiler::{
    ExecutableDocument, Name, Node, Schema,
    ast::{Argument, InputValueDefinition, Type, Value, VariableDefinition},
    executable::{Directive, InlineFragment, Operation, Selection, SelectionSet},
    parser::SourceSpan,
};

/// What a request's variables must satisfy beyond their own types.
#[derive(Debug, Default)]
pub(super) struct Demands {
    /// Nullable variables, used where `null` is not allowed. That is valid because they, or the places, have a
    /// default; an explicit `null` is not.
    pub(super) not_null: Vec<Name>,
    /// Variables without a default that are used only where the schema has one, always the same: where such a
    /// variable is absent it takes this value, which async-graphql would not look up.
    pub(super) fallbacks: Vec<(Name, Node<Value>)>,
}

/// A rule that is broken: what to say, and where.
pub(super) type Violation = (String, Option<SourceSpan>);

/// Checks every value that `operation` can reach. At most `cap` violations are collected.
pub(super) fn check(
    schema: &Schema,
    document: &ExecutableDocument,
    operation: &Operation,
    cap: usize,
) -> Result<Demands, Vec<Violation>> {
    let mut uses = Uses::new(schema, document, cap);
    for variable in &operation.variables {
        uses.variables.insert(&variable.name, variable);
        if let Some(default) = &variable.default_value {
            uses.value(default, Place::of(&variable.ty));
        }
    }
    uses.directives(&operation.directives);
    uses.selections(&operation.selection_set);
    if uses.violations.is_empty() { Ok(uses.demands()) } else { Err(uses.violations) }
}

/// Whether exactly one key of a `@oneOf` object may be given.
pub(super) fn is_one_of(input: &apollo_compiler::schema::InputObjectType) -> bool {
    input.directives.has("oneOf")
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place<'d> {
    /// The type expected there; `None` inside a custom scalar, which takes anything.
    ty: Option<&'d Type>,
    /// The schema's default for the argument or input field.
    default: Option<&'d Node<Value>>,
    /// A field of a `@oneOf` object, by the object's name.
    one_of: Option<&'d Name>,
}

impl<'d> Place<'d> {
    const fn of(ty: &'d Type) -> Self {
        Self { ty: Some(ty), default: None, one_of: None }
    }

    fn defined(definition: &'d InputValueDefinition) -> Self {
        Self { default: definition.default_value.as_ref(), ..Self::of(&definition.ty) }
    }
}

struct Uses<'d> {
    schema: &'d Schema,
    document: &'d ExecutableDocument,
    cap: usize,
    variables: HashMap<&'d Name, &'d VariableDefinition>,
    fragments: HashSet<&'d Name>,
    not_null: HashSet<&'d Name>,
    /// The default all uses of a variable so far agree on, if they do.
    fallbacks: HashMap<&'d Name, Option<&'d Node<Value>>>,
    violations: Vec<Violation>,
}

impl<'d> Uses<'d> {
    fn new(schema: &'d Schema, document: &'d ExecutableDocument, cap: usize) -> Self {
        Self {
            schema,
            document,
            cap,
            variables: HashMap::new(),
            fragments: HashSet::new(),
            not_null: HashSet::new(),
            fallbacks: HashMap::new(),
            violations: Vec::new(),
        }
    }

    fn demands(self) -> Demands {
        let agreed = |(name, value): (&Name, Option<&Node<Value>>)| Some((name.clone(), value?.clone()));
        let fallbacks = self.fallbacks.into_iter().filter_map(agreed);
        Demands { not_null: self.not_null.into_iter().cloned().collect(), fallbacks: fallbacks.collect() }
    }

    fn violate(&mut self, message: String, location: Option<SourceSpan>) {
        if self.violations.len() < self.cap {
            self.violations.push((message, location));
        }
    }

    fn selections(&mut self, set: &'d SelectionSet) {
        for selection in &set.selections {
            self.directives(selection.directives());
            match selection {
                Selection::Field(field) => {
                    self.arguments(&field.arguments, &field.definition.arguments);
                    self.selections(&field.selection_set);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name)
                        && self.fragments.insert(&fragment.name)
                    {
                        self.directives(&fragment.directives);
                        self.selections(&fragment.selection_set);
                    }
                }
                Selection::InlineFragment(inline) => {
                    let inline: &'d InlineFragment = inline;
                    self.selections(&inline.selection_set);
                }
            }
        }
    }

    fn directives(&mut self, directives: &'d [Node<Directive>]) {
        for directive in directives {
            if let Some(definition) = self.schema.directive_definitions.get(&directive.name) {
                self.arguments(&directive.arguments, &definition.arguments);
            }
        }
    }

    fn arguments(&mut self, arguments: &'d [Node<Argument>], definitions: &'d [Node<InputValueDefinition>]) {
        for argument in arguments {
            if let Some(definition) = definitions.iter().find(|it| it.name == argument.name) {
                self.value(&argument.value, Place::defined(definition));
            }
        }
    }

    fn value(&mut self, value: &'d Node<Value>, place: Place<'d>) {
        match &**value {
            Value::Variable(name) => self.variable(name, place, value.location()),
            Value::List(items) => {
                for item in items {
                    self.value(
                        item,
                        Place { ty: place.ty.map(Type::item_type), default: None, one_of: None },
                    );
                }
            }
            Value::Object(fields) => self.object(fields, place, value.location()),
            _ => {}
        }
    }

    fn object(&mut self, fields: &'d [(Name, Node<Value>)], place: Place<'d>, location: Option<SourceSpan>) {
        let schema = self.schema;
        let input = place.ty.and_then(|ty| schema.get_input_object(ty.inner_named_type()));
        let one_of = input.filter(|it| is_one_of(it)).map(|it| &it.name);
        let one_given = fields.len() == 1 && fields.iter().all(|(_, value)| !value.is_null());
        if let Some(name) = one_of.filter(|_| !one_given) {
            self.violate(format!("This is not valid: {}.", one_of_problem(name)), location);
        }
        let mut keys = HashSet::new();
        for (key, value) in fields {
            if !keys.insert(key) {
                self.violate(format!("There can be only one input field named \"{key}\"."), key.location());
            }
            let place = match input.and_then(|it| it.fields.get(key)) {
                Some(definition) => Place { one_of, ..Place::defined(definition) },
                None => Place { ty: None, default: None, one_of: None },
            };
            self.value(value, place);
        }
    }

    fn variable(&mut self, name: &'d Name, place: Place<'d>, location: Option<SourceSpan>) {
        // A variable nobody defined has been reported by the validation before this.
        let (Some(variable), Some(expected)) = (self.variables.get(name).copied(), place.ty) else { return };
        let ty = &variable.ty;
        if let Some(object) = place.one_of.filter(|_| !ty.is_non_null()) {
            let message = format!(
                "Variable \"${name}\" is of type \"{ty}\" but must be non-null to be used in \"{object}\"."
            );
            return self.violate(message, location);
        }
        let has_default = variable.default_value.as_ref().is_some_and(|it| !it.is_null());
        let fits = if expected.is_non_null() && !ty.is_non_null() {
            self.not_null.insert(&variable.name);
            (has_default || place.default.is_some()) && ty.is_assignable_to(&expected.clone().nullable())
        } else {
            ty.is_assignable_to(expected)
        };
        if !fits {
            let message = format!(
                "Variable \"${name}\" of type \"{ty}\" used in position expecting type \"{expected}\"."
            );
            return self.violate(message, location);
        }
        if variable.default_value.is_none() && !ty.is_non_null() {
            let agreed = self.fallbacks.entry(&variable.name).or_insert(place.default);
            *agreed = agreed.filter(|_| *agreed == place.default);
        }
    }
}

/// What to say about a `@oneOf` object that does not have exactly one key.
pub(super) fn one_of_problem(object: &Name) -> String {
    format!("exactly one key must be specified for \"{object}\", and it must not be null")
}
