//! Declarations of parameters and the values that they accept.

/// A declared parameter.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) value_type: ParameterType,
    pub(crate) required: bool,
}

/// The values that a parameter takes.
#[derive(Debug)]
pub(crate) enum ParameterType {
    /// Text of a length between two.
    Text(usize, usize),
    OneOf(&'static [&'static str]),
    /// A whole number between two.
    Integer(i64, i64),
    /// From 1 to the largest page.
    PageSize(usize),
    Boolean,
    /// Seconds since 1970.
    Epoch,
    List(&'static ParameterType),
    Structure(&'static [Parameter]),
    /// An object that the operation itself looks into.
    Object,
}

/// Any text.
pub(crate) const TEXT: ParameterType = ParameterType::Text(0, 100_000);

pub(crate) const fn required(name: &'static str, value_type: ParameterType) -> Parameter {
    Parameter {
        name,
        value_type,
        required: true,
    }
}

pub(crate) const fn optional(name: &'static str, value_type: ParameterType) -> Parameter {
    Parameter {
        name,
        value_type,
        required: false,
    }
}
