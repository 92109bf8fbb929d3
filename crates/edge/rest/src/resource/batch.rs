//! Several requests in one, each a unit of its own (wire reference, section 4.2).
//!
//! A part is routed like a request that comes alone, and runs with the rights that the caller
//! has then. Files are not passed on, and batches do not nest.

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Method};

use crate::error::{Code, Failure};
use crate::reply::Reply;
use crate::request::{Call, Request};
use crate::routes::{self, Handler, Lost};
use crate::serve::refuse;
use crate::wire::form::Form;
use crate::wire::read::{self, Json};
use crate::wire::write::Writer;

const PARTS_MAX: usize = 25;

pub(crate) fn run(call: &Call<'_>) -> Result<Reply, Failure> {
    let mut members = call.request.json_object()?;
    let halt_on_error = read::flag(&members, "haltOnError")?;
    let parts = read::take_array(&mut members, "batchRequests")?;
    if PARTS_MAX < parts.len() {
        let message = format!("A batch has at most {PARTS_MAX} requests");
        return Err(Failure::new(Code::InvalidInput, message));
    }
    let mut has_errors = false;
    let mut w = Writer::default();
    w.open(b'[');
    for part in parts {
        let reply = if has_errors && halt_on_error {
            let message = "Batch processing halted per request";
            refuse(Failure::new(Code::BatchProcessingHalted, message), &call.request.id)
        } else {
            answer(call, part).unwrap_or_else(|failure| refuse(failure, &call.request.id))
        };
        has_errors |= reply.status.is_client_error() || reply.status.is_server_error();
        w.object(|w| {
            w.key("statusCode").int(reply.status.as_u16().into());
            w.key("result");
            if reply.is_json { w.raw(&reply.body) } else { w.null() }
        });
    }
    w.close(b']');
    let results = w.finish();
    let mut w = Writer::with_capacity(results.len() + 64);
    w.object(|w| {
        w.key("hasErrors").bool(has_errors);
        w.key("results").raw(&results);
    });
    Ok(Reply::json(w.finish()))
}

fn answer(call: &Call<'_>, part: Json) -> Result<Reply, Failure> {
    let mut members = read::object(part)?;
    let text = |name: &str| {
        let text = members.get(name).and_then(Json::as_str);
        text.ok_or_else(|| Failure::missing(name))
    };
    let method = Method::from_bytes(text("method")?.to_ascii_uppercase().as_bytes());
    let method = method.map_err(|_| Failure::missing("method"))?;
    let url = text("url")?.to_owned();
    let (path, query) = url.split_once('?').unwrap_or((&url, ""));
    let path = match path.trim_start_matches('/') {
        it if it.starts_with("services/data/") => format!("/{it}"),
        it => format!("/services/data/{it}"),
    };
    let found = match routes::find(&method, &path) {
        Ok(found) => found,
        Err(Lost::Refused(failure)) => return Err(failure),
        Err(Lost::Options(_)) => return Err(Failure::missing("method")),
    };
    let handler = match found.handler {
        // Below `/services/data/vNN.0`.
        Handler::User(handler) if path.split('/').nth(4) != Some("composite") => handler,
        Handler::User(_) | Handler::Hashing(_) | Handler::Open(_) => return Err(no_part()),
    };
    let body = members.remove("richInput").map(|it| it.to_string()).unwrap_or_default();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let request = Request {
        state: call.request.state.clone(),
        method,
        headers,
        path,
        values: found.values,
        version: found.version,
        query: Form::parse(query),
        body: Bytes::from(body),
        id: call.request.id.clone(),
        is_local: call.request.is_local,
    };
    let mut ctx = call.ctx.org.context(call.ctx.actor())?;
    ctx.request.clone_from(&call.ctx.request);
    ctx.client.clone_from(&call.ctx.client);
    let reply = handler(&Call { request: &request, tenant: call.tenant, ctx })?;
    if reply.is_json || reply.body.is_empty() { Ok(reply) } else { Err(no_part()) }
}

fn no_part() -> Failure {
    Failure::new(Code::InvalidInput, "The resource cannot be part of a batch")
}
