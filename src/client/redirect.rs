//! Redirects: what is asked for is elsewhere (RFC 9110 §15.4, WHATWG Fetch "HTTP-redirect fetch").
//!
//! ```text
//!   asked ──301──▸ moved for good ──302──▸ here today ──200──▸ the answer
//!                  └ what a stream that reconnects asks for
//! ```

use http::StatusCode;
use http::header::LOCATION;
use http::response::Parts;

use super::{Context, Failure, Report, Target, retry_after};
use crate::fields;
use crate::model::Symptom;

/// How many redirects in a row are followed.
const MOST: usize = 20;

/// The way from redirect to redirect.
pub(super) struct Redirects {
    /// What is to be asked for now.
    pub(super) target: Target,
    /// What is to be asked for the next time: where the permanent redirects led, before any other.
    pub(super) lasting: Target,
    is_lasting: bool,
    steps: usize,
}

impl Redirects {
    pub(super) fn from(target: &Target) -> Self {
        Self { target: target.clone(), lasting: target.clone(), is_lasting: true, steps: 0 }
    }

    /// Goes where the answer sends the client, once the wait that it asks for is over. `false` if it sends it
    /// nowhere: then it is the answer.
    pub(super) async fn follow(&mut self, context: &Context, head: &Parts) -> Result<bool, Failure> {
        let Some(location) = location(head)? else { return Ok(false) };
        if self.steps == MOST {
            return Err(Failure::Redirects(MOST));
        }
        self.steps += 1;
        let next = self.target.join(&location);
        self.target = next.map_err(|why| Failure::Redirect { to: location, why: why.to_string() })?;
        self.is_lasting &=
            matches!(head.status, StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT);
        if self.is_lasting {
            self.lasting = self.target.clone();
        }
        if let Some(wait) = retry_after::wait(&head.headers) {
            let why = format!("the server sends us to {} after a while", self.target);
            let until = context.clock.now() + wait;
            context.report(Report::Reconnecting { why, symptom: Symptom::Refusal, until });
            context.clock.sleep_until(until).await;
        }
        Ok(true)
    }
}

/// Whether an answer may send the client elsewhere.
pub(super) fn leads_on(head: &Parts) -> bool {
    matches!(head.status.as_u16(), 301 | 302 | 303 | 307 | 308) && head.headers.contains_key(LOCATION)
}

/// Where an answer redirects to; `None` if it does not. Two places are none.
fn location(head: &Parts) -> Result<Option<String>, Failure> {
    if !leads_on(head) {
        return Ok(None);
    }
    let mut places = fields::lines(&head.headers, LOCATION).map(String::from_utf8_lossy);
    let Some(first) = places.next() else { return Ok(None) };
    match places.find(|place| *place != first) {
        None => Ok(Some(first.into_owned())),
        Some(second) => Err(Failure::Places(first.into_owned(), second.into_owned())),
    }
}
