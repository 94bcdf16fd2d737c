//! The parts of a HAR 1.2 file, as its specification names them. Sizes and times that are not known are
//! -1.

use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Har {
    pub(super) log: Log,
}

#[derive(Serialize)]
pub(super) struct Log {
    pub(super) version: &'static str,
    pub(super) creator: Program,
    /// One: there are programs that show the entries of pages only.
    pub(super) pages: [Page; 1],
    pub(super) entries: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Program {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

/// The page that every entry belongs to.
pub(super) const PAGE: &str = "page_1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    pub(super) started_date_time: String,
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    #[serde(rename = "pageTimings")]
    pub(super) timings: PageTimings,
}

/// There is no document that could have been loaded.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageTimings {
    pub(super) on_content_load: f64,
    pub(super) on_load: f64,
}

/// One exchange. What begins with `_` is Chrome's.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    pub(super) pageref: &'static str,
    pub(super) started_date_time: String,
    /// The sum of the timings that are known, in milliseconds.
    pub(super) time: f64,
    pub(super) request: Request,
    pub(super) response: Response,
    pub(super) cache: Cache,
    pub(super) timings: Timings,
    /// The connection's number.
    pub(super) connection: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<String>,
    #[serde(rename = "_resourceType")]
    pub(super) resource_type: &'static str,
    #[serde(rename = "_webSocketMessages", skip_serializing_if = "Option::is_none")]
    pub(super) web_socket_messages: Option<Vec<SocketMessage>>,
}

#[derive(Serialize)]
pub(super) struct Cache {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) http_version: String,
    pub(super) cookies: Vec<Pair>,
    pub(super) headers: Vec<Pair>,
    pub(super) query_string: Vec<Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) post_data: Option<PostData>,
    pub(super) headers_size: i64,
    pub(super) body_size: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Response {
    /// 0 if none came.
    pub(super) status: u16,
    pub(super) status_text: String,
    pub(super) http_version: String,
    pub(super) cookies: Vec<Pair>,
    pub(super) headers: Vec<Pair>,
    pub(super) content: Content,
    #[serde(rename = "redirectURL")]
    pub(super) redirect_url: String,
    pub(super) headers_size: i64,
    pub(super) body_size: i64,
    /// Why not all of it came, if the trace knows.
    #[serde(rename = "_error", skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostData {
    pub(super) mime_type: String,
    pub(super) text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    pub(super) size: i64,
    pub(super) mime_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    /// `base64` if the content is no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) encoding: Option<&'static str>,
}

/// In milliseconds of world time.
#[derive(Serialize)]
pub(super) struct Timings {
    pub(super) blocked: f64,
    pub(super) dns: f64,
    /// The emulated handshake, in the first exchange of a connection.
    pub(super) connect: f64,
    pub(super) ssl: f64,
    pub(super) send: f64,
    pub(super) wait: f64,
    pub(super) receive: f64,
}

impl Timings {
    /// All that is known.
    pub(super) fn sum(&self) -> f64 {
        [self.connect, self.send, self.wait, self.receive].into_iter().filter(|part| *part > 0.0).sum()
    }
}

#[derive(Serialize)]
pub(super) struct SocketMessage {
    /// `send` or `receive`, by the client.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// Seconds since 1970.
    pub(super) time: f64,
    pub(super) opcode: u8,
    /// Text, or base64 of what is not.
    pub(super) data: String,
}
