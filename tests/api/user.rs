//! Other people: finding them, and what is never shown of them.

use serde_json::{Value, json};

use crate::support::{App, Page, Person, actor::PAGE};

const USER: &str = "query ($by: UserRef!) { user(by: $by) { id username displayName createdAt } }";

async fn users(person: &Person, args: &str) -> Page {
    let document = format!("{{ users({args}) {{ nodes {{ id username }} {PAGE} }} }}");
    Page(person.ask(&document).await["users"].clone())
}

#[tokio::test]
async fn somebody_is_found_by_id_name_or_address() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    for by in [
        json!({ "id": bob.id }),
        json!({ "username": "bob" }),
        json!({ "username": "BOB" }),
        json!({ "email": "bob@example.org" }),
        json!({ "email": "Bob@EXAMPLE.org" }),
    ] {
        let answer = alice.query(USER, json!({ "by": by })).await;
        assert_eq!(answer["user"]["id"], json!(bob.id), "{by}");
    }
    for by in [json!({ "username": "nobody" }), json!({ "email": "nobody@example.org" })] {
        let answer = alice.query(USER, json!({ "by": by })).await;
        assert_eq!((answer.code(), &answer.body["data"]["user"]), ("NOT_FOUND", &Value::Null), "{by}");
    }
    for by in [json!({}), json!({ "id": bob.id, "username": "bob" }), json!({ "id": null })] {
        let code = alice.query(USER, json!({ "by": by })).await.code().to_owned();
        assert!(["INVALID_INPUT", "INVALID_REQUEST"].contains(&code.as_str()), "exactly one: {by}");
    }
}

#[tokio::test]
async fn an_address_is_never_shown_to_others() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let answer =
        alice.query("query ($by: UserRef!) { user(by: $by) { email } }", json!({ "by": { "id": bob.id } }));
    assert_eq!(answer.await.code(), "INVALID_REQUEST", "User has no such field");
    let seen = [
        alice.query(USER, json!({ "by": { "id": bob.id } })).await.body,
        alice.conversation(&chat).await.body,
        users(&alice, "first: 50").await.0,
        users(&alice, r#"matching: "bob@example.org""#).await.0,
    ];
    for body in seen {
        assert!(!body.to_string().contains("bob@"), "{body}");
    }
}

#[tokio::test]
async fn the_list_of_people_leaves_the_viewer_out() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    for name in ["bob", "bobby", "carol"] {
        app.person(name).await;
    }
    assert_eq!(sorted(users(&alice, "first: 50").await), ["bob", "bobby", "carol"]);
    assert_eq!(sorted(users(&alice, r#"matching: "BOB""#).await), ["bob", "bobby"]);
    for nobody in ["%", "_", "zzz", "al"] {
        let found = users(&alice, &format!("matching: {nobody:?}")).await;
        assert!(found.nodes().is_empty(), "{nobody} is text, not a pattern: {found:?}");
    }
}

fn sorted(page: Page) -> Vec<String> {
    let mut names: Vec<_> = page.each("username").into_iter().map(str::to_owned).collect();
    names.sort();
    names
}

#[tokio::test]
async fn people_come_in_one_order_on_every_database() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let ordered = ["x-ray", "x.ray", "x0ray", "x_ray", "xenia", "Xray", "xräy"];
    for name in ordered.iter().rev() {
        app.person(name).await;
    }
    assert_eq!(users(&alice, r#"matching: "x""#).await.each("username"), ordered);
    assert_eq!(users(&alice, r#"matching: "x", last: 2"#).await.each("username"), ordered[5..]);
    assert_eq!(users(&alice, r#"matching: "X_""#).await.each("username"), ["x_ray"]);
}
