//! Where the numbers of a model come from that a configuration has described.

use burn::module::Module;
use kindling_weights::{Checkpoint, LoadReport};

use crate::{Compute, TaskError};

/// Fills a model, whatever its type.
pub(crate) trait Fill {
    fn fill<M: Module>(&self, model: M) -> Result<(M, LoadReport), TaskError>;
}

/// The weights of a checkpoint, or of them those alone whose keys begin with one of `parts`, where there are any.
pub(crate) struct Resident<'a> {
    pub checkpoint: &'a Checkpoint,
    pub compute: Compute,
    pub parts: &'a [&'a str],
}

impl Fill for Resident<'_> {
    fn fill<M: Module>(&self, model: M) -> Result<(M, LoadReport), TaskError> {
        crate::resident_part(model, self.checkpoint, self.compute, self.parts)
    }
}
