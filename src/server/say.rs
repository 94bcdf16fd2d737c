//! From client to server: a `POST` beside a stream or poll that can't carry it.
//!
//! ```text
//!   client ──POST /say?from=sse  hello──▸ server ──200 {"received":3}──▸ client
//! ```

use std::pin::pin;
use std::sync::atomic::Ordering;

use http::{Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Incoming};

use super::answer::{self, Answer, Refusal};
use super::connection::Connection;
use crate::model::event;

/// Takes a small message and answers with how many have been taken.
pub(super) async fn answer(connection: &Connection, request: Request<Incoming>) -> Answer {
    let server = &connection.server;
    let limit = server.config.max_body;
    let body = request.into_body();
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large(limit));
    }
    let mut body = pin!(Limited::new(body, limit).collect());
    let whole = async {
        // Biased: of a body that is all there, it no longer matters that its client has ended its side.
        tokio::select! {
            biased;
            whole = body.as_mut() => whole,
            () = connection.debt.client_has_ended() => {
                connection.debt.forgive();
                body.await
            }
        }
    };
    match server.clock.timeout(server.config.head_timeout, whole).await {
        Ok(Ok(_)) => {
            let received = server.said.fetch_add(1, Ordering::Relaxed) + 1;
            Ok(answer::json(event::received(received)))
        }
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_large(limit)),
        Ok(Err(error)) => Err(Refusal::new(StatusCode::BAD_REQUEST, format!("broken body: {error}"))),
        Err(elapsed) => Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, format!("the body {elapsed}"))),
    }
}

fn too_large(limit: usize) -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("a message may have at most {limit} bytes"))
}
