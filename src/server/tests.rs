//! The server, spoken to in raw bytes.
