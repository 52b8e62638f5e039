//! What an operation costs, before it runs.
//!
//! The number stands for the work a request can cause: fields, times the lengths of the lists they are in. The
//! tree is built once for each document and evaluated for each request, because the lengths of lists are in the
//! variables. It counts what could be asked for: `@skip` and `@include` make nothing cheaper. It knows the names
//! of paging arguments, and no resolver.

use std::mem;

use apollo_compiler::{
    ExecutableDocument, Name, Node,
    ast::Value,
    executable::{Field, Operation, Selection, SelectionSet},
};
use async_graphql::{Value as Constant, Variables};

use super::Limits;

/// A field.
const FIELD: u64 = 1;
/// A root field of a mutation: a transaction, and events for everyone concerned.
const MUTATION: u64 = 10;
/// The length assumed for a list that no argument bounds.
const LIST: u64 = 10;
/// A list of the introspection schema inside another one: the types of all fields of all types, and so on. One
/// such list is free, as every tool asks for it.
const INTROSPECTION_LIST: u64 = 100;

/// A group of fields that are resolved equally often, and the groups below it.
#[derive(Debug, Default)]
pub(super) struct Cost {
    times: Vec<Times>,
    fields: u64,
    groups: Vec<Self>,
}

/// How often a group is resolved for each time its parent is.
#[derive(Debug)]
enum Times {
    Fixed(u64),
    /// As often as the largest of these amounts says, or a page's default where none says anything.
    Page(Vec<Amount>),
    /// Once for each id.
    Ids(Amount),
}

/// A number in the document or in the variables.
#[derive(Debug)]
enum Amount {
    Known(u64),
    Variable(Name),
}

impl Cost {
    /// The cost tree of `operation`, a part of the valid `document`.
    pub(super) fn of(document: &ExecutableDocument, operation: &Operation) -> Self {
        let mut whole = Self::default();
        let root =
            Place { field: if operation.is_mutation() { MUTATION } else { FIELD }, ..Place::default() };
        Builder { document, seen: Vec::new() }.add(&mut whole, &operation.selection_set, root);
        whole
    }

    /// The cost with these variables, coerced and with their defaults filled in. Saturates.
    pub(super) fn with(&self, variables: &Variables, limits: &Limits) -> u64 {
        let groups = self.groups.iter().map(|group| group.with(variables, limits));
        let once = groups.fold(self.fields, u64::saturating_add);
        self.times.iter().map(|times| times.with(variables, limits)).fold(once, u64::saturating_mul)
    }
}

impl Times {
    fn with(&self, variables: &Variables, limits: &Limits) -> u64 {
        match self {
            Self::Fixed(times) => *times,
            Self::Page(amounts) => {
                let asked = amounts.iter().filter_map(|amount| amount.with(variables)).max();
                let size = asked.unwrap_or(limits.page_default as u64);
                size.clamp(1, (limits.page_max as u64).max(1))
            }
            Self::Ids(amount) => amount.with(variables).unwrap_or(1).max(1),
        }
    }
}

impl Amount {
    /// The number `value` stands for, whether it is one or a list of that many; `None` for `null`.
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Variable(name) => Some(Self::Variable(name.clone())),
            // What is negative is less than one and counts like it.
            Value::Int(number) => Some(Self::Known(number.as_str().parse().unwrap_or(0))),
            Value::List(items) => Some(Self::Known(items.len() as u64)),
            _ => Some(Self::Known(1)),
        }
    }

    fn with(&self, variables: &Variables) -> Option<u64> {
        match self {
            Self::Known(number) => Some(*number),
            Self::Variable(name) => match variables.get(name.as_str())? {
                Constant::Null => None,
                Constant::Number(number) => Some(number.as_u64().unwrap_or(0)),
                Constant::List(items) => Some(items.len() as u64),
                _ => Some(1),
            },
        }
    }
}

/// What a selection set inherits from the field it belongs to.
#[derive(Clone, Copy)]
struct Place {
    /// The price of a field here.
    field: u64,
    /// The field is a page whose size is paid for already: the lists of its rows cost nothing more.
    page: bool,
    /// Inside `__schema` or `__type`; `lists` tells whether also inside a list there.
    introspection: bool,
    lists: bool,
}

impl Default for Place {
    fn default() -> Self {
        Self { field: FIELD, page: false, introspection: false, lists: false }
    }
}

/// Builds a cost tree. Recursion is bounded because the document was measured before.
struct Builder<'d> {
    document: &'d ExecutableDocument,
    /// What has been selected from the object at hand: the response keys and names of plain values.
    seen: Vec<(&'d str, &'d str)>,
}

impl<'d> Builder<'d> {
    fn add(&mut self, group: &mut Cost, selections: &'d SelectionSet, place: Place) {
        for selection in &selections.selections {
            match selection {
                Selection::Field(field) => self.add_field(group, field, place),
                Selection::InlineFragment(inline) => self.add(group, &inline.selection_set, place),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name) {
                        self.add(group, &fragment.selection_set, place);
                    }
                }
            }
        }
    }

    fn add_field(&mut self, group: &mut Cost, field: &'d Field, place: Place) {
        if field.selection_set.is_empty() {
            group.fields = group.fields.saturating_add(self.leaf(field, place));
            return;
        }
        let price = if place.introspection { self.branch(field) } else { place.field };
        group.fields = group.fields.saturating_add(price);
        let (times, inside) =
            if place.introspection { introspection_field(field, place) } else { schema_field(field, place) };
        let outside = mem::take(&mut self.seen);
        if times.is_empty() {
            self.add(group, &field.selection_set, inside);
        } else {
            let mut below = Cost { times, ..Cost::default() };
            self.add(&mut below, &field.selection_set, inside);
            group.groups.push(below);
        }
        self.seen = outside;
    }

    /// The price of a part of the schema: tools ask for each once.
    fn branch(&mut self, field: &'d Field) -> u64 {
        let (key, name) = (field.response_key().as_str(), field.name.as_str());
        let again = self.seen.iter().any(|(seen, other)| *seen != key && *other == name);
        self.seen.push((key, name));
        if again { INTROSPECTION_AGAIN } else { FIELD }
    }

    /// The price of a plain value. The same again under the same key is merged; the same again under another key
    /// makes the answer larger for nothing. An object tells its type for free, as clients ask for it everywhere.
    fn leaf(&mut self, field: &'d Field, place: Place) -> u64 {
        let (key, name) = (field.response_key().as_str(), field.name.as_str());
        if self.seen.iter().any(|(seen, _)| *seen == key) {
            return 0;
        }
        let again = self.seen.iter().any(|(_, seen)| *seen == name);
        self.seen.push((key, name));
        match name {
            _ if again => place.field.saturating_mul(AGAIN),
            "__typename" => 0,
            TEXT if !place.introspection => place.field.saturating_mul(TEXT_TIMES),
            _ => place.field,
        }
    }
}

/// The field that holds the text of a message: thousands of characters, where other values have tens.
const TEXT: &str = "content";
const TEXT_TIMES: u64 = 3;
/// What a part of the schema costs that is asked for again under another name.
const INTROSPECTION_AGAIN: u64 = 200;
/// What a plain value costs that is asked for again under another name.
const AGAIN: u64 = 20;

fn introspection_field(field: &Field, place: Place) -> (Vec<Times>, Place) {
    let list = matches!(field.name.as_str(), "fields" | "interfaces" | "possibleTypes" | "inputFields");
    let times = if list && place.lists { vec![Times::Fixed(INTROSPECTION_LIST)] } else { Vec::new() };
    (times, Place { lists: place.lists || list, ..place })
}

fn schema_field(field: &Field, place: Place) -> (Vec<Times>, Place) {
    if matches!(field.name.as_str(), "__schema" | "__type") {
        return (Vec::new(), Place { introspection: true, ..Place::default() });
    }
    let takes = |argument: &str| field.definition.argument_by_name(argument).is_some();
    let given = |argument: &str| {
        let given = field.arguments.iter().find(|it| it.name == argument);
        given.and_then(|it: &Node<_>| Amount::of(&it.value))
    };
    let is_list = field.definition.ty.is_list();
    let mut times = Vec::new();
    let paged = takes("first") || takes("last");
    if paged {
        times.push(Times::Page(["first", "last"].into_iter().filter_map(given).collect()));
    }
    if field.definition.argument_by_name("ids").is_some_and(|ids| ids.ty.is_list()) {
        times.extend(given("ids").map(Times::Ids));
    } else if is_list && !paged && !place.page {
        times.push(Times::Fixed(LIST));
    }
    let of_rows =
        ["Connection", "Page"].iter().any(|it| field.definition.ty.inner_named_type().ends_with(it));
    (times, Place { page: paged && of_rows && !is_list, ..Place::default() })
}
