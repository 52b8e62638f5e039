//! What clients see of Loquat: the GraphQL schema, and the gate in front of it.
//!
//! It exists so that the rules of `domain` never have to speak GraphQL. It knows no tables and no sockets.

pub mod gate;
