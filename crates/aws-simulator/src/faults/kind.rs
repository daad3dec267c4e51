//! Which kinds of faults damage the content and which the transport.

use super::content::ContentFault;
use super::transport::TransportFault;
use crate::world::FaultKind;

impl FaultKind {
    pub(crate) fn transport_fault(self) -> Option<TransportFault> {
        Some(match self {
            Self::Hang => TransportFault::Hang,
            Self::CutOff => TransportFault::CutOff,
            Self::Reset => TransportFault::Reset,
            Self::IdleClose => TransportFault::IdleClose,
            Self::Truncate => TransportFault::Truncate,
            Self::Garbage => TransportFault::Garbage,
            Self::Huge => TransportFault::Huge,
            Self::EndlessBody => TransportFault::EndlessBody,
            Self::Deep => TransportFault::Deep,
            Self::NotUtf8 => TransportFault::NotUtf8,
            _ => return None,
        })
    }

    pub(crate) fn content_fault(self) -> Option<ContentFault> {
        Some(match self {
            Self::EndlessPages => ContentFault::EndlessPages,
            Self::RepeatedToken => ContentFault::RepeatedToken,
            Self::WrongTypes => ContentFault::WrongTypes,
            Self::Future => ContentFault::Future,
            _ => return None,
        })
    }
}
