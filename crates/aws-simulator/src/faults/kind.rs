//! Which kinds of faults damage the content and which the transport.

use super::content::ContentFault;
use super::transport::TransportFault;
use crate::world::{Fault, FaultKind};

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
            Self::Foreign => TransportFault::Foreign,
            _ => return None,
        })
    }
}

impl Fault {
    pub(crate) fn content_fault(&self) -> Option<ContentFault> {
        Some(match self.kind {
            FaultKind::EndlessPages => ContentFault::EndlessPages,
            FaultKind::RepeatedToken => ContentFault::RepeatedToken,
            FaultKind::WrongTypes => ContentFault::WrongTypes,
            FaultKind::Future => ContentFault::Future,
            FaultKind::Empty => ContentFault::Empty,
            FaultKind::Null => ContentFault::Null,
            FaultKind::Replace => ContentFault::Replace(self.result.clone()),
            _ => return None,
        })
    }
}
