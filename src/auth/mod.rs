//! Stub: who is asking.

use crate::error::Error;

/// Stub of a person who proved who they are.
#[derive(Clone, Debug)]
pub struct Viewer(pub String);

/// What a request turned out to be sent by.
#[derive(Clone, Debug)]
pub enum Caller {
    /// No token came with it.
    Anonymous,
    /// A valid token did.
    Viewer(Viewer),
    /// A token came that does not hold.
    Rejected(Error),
}

impl Caller {
    /// The name for logs.
    pub fn name(&self) -> &str {
        match self {
            Self::Viewer(viewer) => &viewer.0,
            Self::Anonymous | Self::Rejected(_) => "Anonymous",
        }
    }
}
