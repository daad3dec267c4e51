//! Declarations of parameters and the values that they accept.

/// A parameter that an operation declares.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) value_type: ParameterType,
    pub(crate) required: bool,
}

/// The values that a parameter accepts.
#[derive(Debug)]
pub(crate) enum ParameterType {
    /// Text with a minimum and a maximum number of characters.
    Text(usize, usize),
    OneOf(&'static [&'static str]),
    /// A whole number with a minimum and a maximum.
    Integer(i64, i64),
    /// A number of items from 1 to a maximum.
    PageSize(usize),
    Boolean,
    /// Seconds since 1970.
    Epoch,
    List(&'static ParameterType),
    Structure(&'static [Parameter]),
    /// An object that the operation validates itself.
    Object,
}

/// Text of practically any length.
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
