//! Edges and properties.
