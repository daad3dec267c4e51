//! AWS on loopback: enough of the wire protocols for the real SDK to run against, unchanged.
