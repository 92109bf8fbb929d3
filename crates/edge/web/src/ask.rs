//! What a browser asks: the parts of a request that pages read, and nothing else of it.

use axum::body::Bytes;
use axum::extract::RawPathParams;
use axum::http::{HeaderMap, Uri, header};

use crate::form::Form;

#[derive(Debug, Clone, Default)]
pub(crate) struct Ask {
    /// The path with its query, as it came.
    pub target: String,
    pub path: String,
    /// The parameters of the route.
    params: Vec<(String, String)>,
    pub query: Form,
    pub form: Form,
    cookies: Vec<(String, String)>,
    /// What the browser calls itself.
    pub client: Option<String>,
}

impl Ask {
    /// Takes a request apart; none where its query, form or path is not text.
    pub(crate) fn of(
        uri: &Uri,
        params: &RawPathParams,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Option<Self> {
        let params = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let is_form = headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|it| it.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
        let client = headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok());
        Some(Self {
            target: uri.path_and_query().map_or("/", |it| it.as_str()).to_owned(),
            path: uri.path().to_owned(),
            params: params.collect(),
            query: Form::parse(uri.query().unwrap_or_default().as_bytes())?,
            form: if is_form { Form::parse(body)? } else { Form::default() },
            cookies: cookies(headers),
            client: client.map(|it| it.chars().take(200).collect()),
        })
    }

    /// A parameter of the route; empty where the route has none of this name.
    pub(crate) fn param(&self, name: &str) -> &str {
        let found = self.params.iter().find(|(it, _)| it == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }
}

fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|it| it.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';'));
    let named = pairs.filter_map(|pair| pair.trim().split_once('='));
    named.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
