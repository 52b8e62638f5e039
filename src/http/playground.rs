//! A page to try the API with.
//!
//! It is part of the binary and asks nobody else for anything, so that it works offline and its content security
//! policy can be strict. It knows the schema only as far as its tour goes: register, log in, send, read.

use axum::{
    Router,
    body::Body,
    http::{Response, StatusCode, header},
    routing::{MethodRouter, get},
};

use super::answer;

/// Where the page is.
pub(crate) const PATH: &str = "/playground";

/// Nothing from elsewhere, nothing inline, in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

struct File {
    path: &'static str,
    content_type: &'static str,
    text: &'static str,
}

const FILES: [File; 3] = [
    File {
        path: PATH,
        content_type: "text/html; charset=utf-8",
        text: include_str!("playground/index.html"),
    },
    File {
        path: "/playground/app.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("playground/app.js"),
    },
    File {
        path: "/playground/style.css",
        content_type: "text/css; charset=utf-8",
        text: include_str!("playground/style.css"),
    },
];

/// The page and what it needs; `resource` finishes a route.
pub(super) fn routes<S>(resource: impl Fn(MethodRouter<S>) -> MethodRouter<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    FILES.iter().fold(Router::new(), |router, file| {
        router.route(file.path, resource(get(move || async move { serve(file) })))
    })
}

fn serve(file: &File) -> Response<Body> {
    let answer = answer::bytes(StatusCode::OK, file.content_type, file.text);
    answer::with(answer, header::CONTENT_SECURITY_POLICY, POLICY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_asks_nobody_else_for_anything() {
        for File { path, text, .. } in &FILES {
            for trace in ["http://", "https://", "@import", "//cdn", "src=\"//", "url("] {
                assert!(!text.contains(trace), "{path} contains {trace}");
            }
        }
    }

    #[test]
    fn nothing_in_the_page_is_inline() {
        let [page, script, _] = &FILES;
        let scripts: Vec<_> = page.text.match_indices("<script").collect();
        assert_eq!(scripts.len(), 1);
        assert!(page.text.contains("<script src=\"/playground/app.js\" defer></script>"));
        for inline in ["<style", " style=", " onclick", " onload", "javascript:"] {
            assert!(!page.text.contains(inline), "{inline}");
        }
        for unsafe_call in ["innerHTML", "eval(", "document.write", "insertAdjacentHTML"] {
            assert!(!script.text.contains(unsafe_call), "{unsafe_call}");
        }
    }
}
