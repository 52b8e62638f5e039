//! The schema is the product: printed, committed, described, and true to its own conventions.

use std::fs;

use apollo_compiler::{
    Name, Schema,
    ast::{FieldDefinition, InputValueDefinition},
    schema::ExtendedType,
    validation::Valid,
};

use crate::support::{
    process::{LOQUAT, bare_command, run},
    repository,
};

fn schema() -> Valid<Schema> {
    let text = fs::read_to_string(repository("schema.graphql")).expect("the schema is committed");
    Schema::parse_and_validate(text, "schema.graphql").expect("the schema is valid")
}

#[tokio::test]
async fn the_committed_schema_is_the_one_the_server_prints() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = bare_command(LOQUAT, directory.path());
    command.arg("schema");
    let printed = run(command).await;
    let committed = fs::read_to_string(repository("schema.graphql")).expect("the schema is committed");
    assert!(printed.output() == committed, "print it again: cargo run -- schema > schema.graphql");
}

/// Every part of the schema with its description: `Type`, `Type.field`, `Type.field(argument)`.
fn descriptions(schema: &Schema) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let own =
        |description: &Option<apollo_compiler::Node<str>>| description.as_ref().map(ToString::to_string);
    for (name, definition) in &schema.types {
        if definition.is_built_in() {
            continue;
        }
        let description = match definition {
            ExtendedType::Scalar(one) => &one.description,
            ExtendedType::Object(one) => &one.description,
            ExtendedType::Interface(one) => &one.description,
            ExtendedType::Union(one) => &one.description,
            ExtendedType::Enum(one) => &one.description,
            ExtendedType::InputObject(one) => &one.description,
        };
        found.push((name.to_string(), own(description)));
        for field in fields(definition) {
            found.push((format!("{name}.{}", field.name), own(&field.description)));
            for argument in &field.arguments {
                found.push((format!("{name}.{}({})", field.name, argument.name), own(&argument.description)));
            }
        }
        for field in inputs(definition) {
            found.push((format!("{name}.{}", field.name), own(&field.description)));
        }
        if let ExtendedType::Enum(one) = definition {
            found.extend(
                one.values.iter().map(|(value, one)| (format!("{name}.{value}"), own(&one.description))),
            );
        }
    }
    found
}

fn fields(definition: &ExtendedType) -> Vec<&FieldDefinition> {
    match definition {
        ExtendedType::Object(one) => one.fields.values().map(|field| &***field).collect(),
        ExtendedType::Interface(one) => one.fields.values().map(|field| &***field).collect(),
        _ => Vec::new(),
    }
}

fn inputs(definition: &ExtendedType) -> Vec<&InputValueDefinition> {
    match definition {
        ExtendedType::InputObject(one) => one.fields.values().map(|field| &***field).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn everything_is_described_for_who_writes_a_client() {
    let schema = schema();
    let bare: Vec<_> = descriptions(&schema)
        .into_iter()
        .filter(|(_, description)| description.as_deref().is_none_or(|text| text.trim().len() < 10))
        .map(|(place, _)| place)
        .collect();
    assert!(bare.is_empty(), "without a description: {bare:#?}");
}

#[test]
fn every_mutation_takes_one_input_and_returns_one_payload() {
    let schema = schema();
    for (name, field) in &schema.get_object("Mutation").unwrap().fields {
        let [argument] = field.arguments.as_slice() else { panic!("{name} takes one argument") };
        assert_eq!(argument.name, "input");
        let capital = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        assert_eq!(argument.ty.to_string(), format!("{capital}Input!"), "{name}");
        let payload = field.ty.to_string();
        // Nullable, so that one that is refused leaves what the others did in the answer.
        assert!(payload == format!("{capital}Payload") || payload == "AuthPayload", "{name}: {payload}");
    }
}

#[test]
fn every_list_that_can_grow_is_a_connection() {
    let schema = schema();
    let mut connections = 0;
    for (name, definition) in &schema.types {
        for field in fields(definition) {
            if !field.ty.inner_named_type().ends_with("Connection") {
                continue;
            }
            connections += 1;
            for (argument, kind) in
                [("first", "Int"), ("after", "String"), ("last", "Int"), ("before", "String")]
            {
                let found = field
                    .argument_by_name(argument)
                    .unwrap_or_else(|| panic!("{name}.{} has no {argument}", field.name));
                assert_eq!(found.ty.to_string(), kind);
                assert!(found.default_value.is_none(), "{name}.{}: absent and null are the same", field.name);
            }
        }
        let Some(node) = name.strip_suffix("Connection") else { continue };
        let shown: Vec<_> =
            fields(definition).iter().map(|field| format!("{}: {}", field.name, field.ty)).collect();
        for needed in [format!("edges: [{node}Edge!]!"), "pageInfo: PageInfo!".to_owned()] {
            assert!(shown.contains(&needed), "{name}: {shown:?}");
        }
        let counts = shown.contains(&"totalCount: Int!".to_owned());
        assert_eq!(
            counts,
            ["Message", "Participant", "Revision"].contains(&node),
            "{name} counts only what costs nothing"
        );
    }
    assert!(connections >= 6, "{connections}");
}

#[test]
fn what_is_private_is_on_no_public_type() {
    let schema = schema();
    let public: Vec<_> = schema.get_object("User").unwrap().fields.keys().map(Name::as_str).collect();
    assert_eq!(public, ["id", "username", "displayName", "createdAt"]);
    for name in ["UserRef", "Destination"] {
        let input = schema.get_input_object(name).unwrap();
        assert!(input.directives.has("oneOf"), "{name} is one of several");
    }
    for name in ["User", "Conversation", "Message", "Session"] {
        let object = schema.get_object(name).unwrap();
        assert!(object.implements_interfaces.iter().any(|interface| interface == "Node"), "{name} is a Node");
    }
    assert_eq!(schema.get_enum("ErrorCode").unwrap().values.len(), loquat::error::Code::ALL.len());
}
