//! The clients, against scripted servers.
