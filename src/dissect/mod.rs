//! bytes → messages
