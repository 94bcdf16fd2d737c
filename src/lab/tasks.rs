//! Every task of an experiment, by name: none is forgotten, and none fails unheard.

use std::collections::HashMap;

use tokio::task::{Id, JoinError, JoinSet};

use super::Error;

/// The tasks of an experiment. Dropping it ends them all.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    running: JoinSet<Result<(), Error>>,
    names: HashMap<Id, String>,
}

impl Tasks {
    /// Starts a task that `name` names if it panics.
    pub fn spawn(
        &mut self,
        name: impl Into<String>,
        task: impl Future<Output = Result<(), Error>> + Send + 'static,
    ) {
        let id = self.running.spawn(task).id();
        self.names.insert(id, name.into());
    }

    /// Waits until a task ends, for ever if there is none. Cancel-safe.
    ///
    /// # Errors
    /// If the task failed or panicked.
    pub async fn one_ended(&mut self) -> Result<(), Error> {
        match self.running.join_next_with_id().await {
            None => std::future::pending().await,
            Some(Ok((id, outcome))) => {
                self.names.remove(&id);
                outcome
            }
            Some(Err(error)) => {
                let name = self.names.remove(&error.id()).unwrap_or_default();
                Err(panicked(&name, error))
            }
        }
    }

    /// Waits until all tasks have ended.
    ///
    /// # Errors
    /// If one failed or panicked.
    pub async fn all_ended(&mut self) -> Result<(), Error> {
        while !self.running.is_empty() {
            self.one_ended().await?;
        }
        Ok(())
    }
}

/// What a task that did not end by itself has to say.
pub(crate) fn panicked(task: &str, error: JoinError) -> Error {
    let message = match error.try_into_panic() {
        Ok(payload) => match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
            (Some(text), _) => (*text).to_owned(),
            (_, Some(text)) => text.clone(),
            (None, None) => "no message".to_owned(),
        },
        Err(cancelled) => cancelled.to_string(),
    };
    Error::Panicked { task: task.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_names_its_task() {
        let mut tasks = Tasks::default();
        tasks.spawn("feed", async { Ok(()) });
        tasks.spawn("SSE client", async { panic!("on {}", "purpose") });
        let error = tasks.all_ended().await.unwrap_err();
        assert_eq!(error.to_string(), "the SSE client failed: on purpose");
    }
}
