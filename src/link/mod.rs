//! bytes in flight
