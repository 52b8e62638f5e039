//! Which form the request has and which form its answer gets, by the headers `Content-Type`, `Content-Encoding` and
//! `Accept`.
//!
//! The rules are those of the GraphQL-over-HTTP specification, where the form of the answer also decides what its
//! status means. It reads headers and nothing else.

use axum::http::{HeaderMap, HeaderValue, header};

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status tells whether the operation was executed.
    GraphQl,
    /// `application/json`: whatever was understood is answered with 200.
    Json,
}

impl Media {
    /// The value of `Content-Type`.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    const fn subtype(self) -> &'static str {
        match self {
            Self::GraphQl => "graphql-response+json",
            Self::Json => "json",
        }
    }

    /// What the client likes best, or `None` where it likes neither. A client that asks for nothing in particular gets
    /// `application/json`, which every client understands.
    pub(super) fn negotiate(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let elements: Vec<_> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
        if headers.get_all(header::ACCEPT).iter().all(HeaderValue::is_empty) {
            return Some(Self::Json);
        }
        let ranges: Vec<_> = elements.into_iter().filter_map(Range::parse).collect();
        match (weigh(&ranges, Self::GraphQl), weigh(&ranges, Self::Json)) {
            (None, None) => None,
            (Some(_), None) => Some(Self::GraphQl),
            (None, Some(_)) => Some(Self::Json),
            (Some((graphql, precision)), Some((json, _))) => {
                let preferred = graphql > json || (graphql == json && precision == Precision::Named);
                Some(if preferred { Self::GraphQl } else { Self::Json })
            }
        }
    }
}

/// One element of `Accept`.
struct Range {
    kind: String,
    subtype: String,
    /// From 0 to 1000.
    weight: u16,
}

impl Range {
    /// `None` where it is malformed, or asks for another encoding than UTF-8, in which nothing is written here.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let mut weight = 1_000;
        for (name, value) in
            parts.filter(|part| !part.is_empty()).map(|part| part.split_once('=').unwrap_or((part, "")))
        {
            if name.trim().eq_ignore_ascii_case("q") {
                weight = parse_weight(value.trim())?;
                break;
            }
            if name.trim().eq_ignore_ascii_case("charset") && !is_utf8(value) {
                return None;
            }
        }
        Some(Self { kind: kind.to_ascii_lowercase(), subtype: subtype.to_ascii_lowercase(), weight })
    }

    /// How exactly it names `media`, if it covers it at all.
    fn precision(&self, media: Media) -> Option<Precision> {
        match (self.kind.as_str(), self.subtype.as_str()) {
            ("*", "*") => Some(Precision::Anything),
            ("application", "*") => Some(Precision::Family),
            ("application", subtype) if subtype == media.subtype() => Some(Precision::Named),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    Anything,
    Family,
    Named,
}

/// The weight `media` has among `ranges`: that of the most exact one. `None` where it is not wanted.
fn weigh(ranges: &[Range], media: Media) -> Option<(u16, Precision)> {
    let matches = ranges.iter().filter_map(|range| Some((range.precision(media)?, range.weight)));
    matches.max().filter(|(_, weight)| *weight > 0).map(|(precision, weight)| (weight, precision))
}

/// A weight in thousandths, from `0`, `1.0`, `0.999`.
fn parse_weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match (whole, thousandths) {
        ("0", _) => Some(thousandths),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

fn is_utf8(charset: &str) -> bool {
    let charset = charset.trim().trim_matches('"');
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// Whether the body is said to be JSON in UTF-8: what a page elsewhere cannot send without the browser asking first.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next().and_then(|value| value.to_str().ok()), values.next()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    json && parts
        .filter_map(|part| part.split_once('='))
        .all(|(name, value)| !name.trim().eq_ignore_ascii_case("charset") || is_utf8(value))
}

/// Whether the body is as its sender wrote it: neither compressed nor otherwise encoded.
pub(super) fn is_plain(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
    values.all(|value| value.to_str().is_ok_and(|value| value.trim().eq_ignore_ascii_case("identity")))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn headers(name: HeaderName, values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_answer_has_the_form_the_client_likes_best() {
        use Media::{GraphQl, Json};
        let recommended = "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8";
        for (accept, expected) in [
            (&[][..], Some(Json)),
            (&["*/*"], Some(Json)),
            (&["application/*"], Some(Json)),
            (&["application/json"], Some(Json)),
            (&["application/json, text/plain, */*"], Some(Json)),
            (&["text/html, application/xml;q=0.9, */*;q=0.8"], Some(Json)),
            (&["application/graphql-response+json"], Some(GraphQl)),
            (&["APPLICATION/GraphQL-Response+JSON;Q=0.5"], Some(GraphQl)),
            (&[recommended], Some(GraphQl)),
            (&["application/json", "application/graphql-response+json"], Some(GraphQl)),
            (&["application/json, application/graphql-response+json;q=0.9"], Some(Json)),
            (&["application/graphql-response+json, application/json;q=0.9"], Some(GraphQl)),
            (&["application/json;q=0, */*"], Some(GraphQl)),
            (&["application/json;q=0.5, */*;q=0.6"], Some(GraphQl)),
            (&["application/graphql-response+json;q=0, */*"], Some(Json)),
            (&["application/graphql-response+json;q=0, application/*;q=0.1, */*;q=0"], Some(Json)),
            (&["text/event-stream, application/json;q=0.001"], Some(Json)),
            (&["application/json;charset=\"UTF-8\""], Some(Json)),
            (&["application/json;charset=latin1"], None),
            (&["text/html"], None),
            (&["*/*;q=0"], None),
            (&["*/*;q=2"], None),
            (&["*/*;q=0.0001"], None),
            (&["application/json;q=x"], None),
            (&["*/json"], None),
            (&["nonsense"], None),
            (&["application/json;;q=1,,"], Some(Json)),
            (&[""], Some(Json)),
        ] {
            assert_eq!(Media::negotiate(&headers(header::ACCEPT, accept)), expected, "{accept:?}");
        }
    }

    #[test]
    fn only_json_in_utf_8_is_read() {
        for (content_type, expected) in [
            (&["application/json"][..], true),
            (&["Application/JSON ; Charset=\"UTF-8\""], true),
            (&["application/json; charset=utf-8; profile=x"], true),
            (&["application/json;"], true),
            (&["application/json; charset=utf-16"], false),
            (&["application/json; charset=utf-8; charset=latin1"], false),
            (&["application/json", "application/json"], false),
            (&["application/jsonp"], false),
            (&["application/graphql"], false),
            (&["application/x-www-form-urlencoded"], false),
            (&["multipart/form-data; boundary=x"], false),
            (&["text/plain"], false),
            (&[""], false),
            (&[], false),
        ] {
            assert_eq!(is_json(&headers(header::CONTENT_TYPE, content_type)), expected, "{content_type:?}");
        }
    }

    #[test]
    fn only_plain_bodies_are_read() {
        for (encoding, expected) in [
            (&[][..], true),
            (&["identity"], true),
            (&["gzip"], false),
            (&["identity", "br"], false),
            (&[""], false),
        ] {
            assert_eq!(is_plain(&headers(header::CONTENT_ENCODING, encoding)), expected, "{encoding:?}");
        }
    }
}
