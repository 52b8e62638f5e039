//! Accounts: registering, logging in, tokens, profile, password, e-mail, the end of an account.

use std::time::Duration;

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::{
    Answer, App, Client, Person,
    actor::{REGISTER, text, try_login, try_refresh},
    masked, together,
};

const PASSWORD: &str = "seventeen purple newts";

async fn register(client: &Client, username: &str, email: &str, password: &str) -> Answer {
    let input = json!({ "username": username, "email": email, "password": password });
    client.query(REGISTER, json!({ "input": input })).await
}

#[tokio::test]
async fn registering_answers_with_a_person_and_tokens() {
    let app = App::start().await;
    let input = json!({
        "username": "alice", "email": "alice@example.org", "password": PASSWORD, "displayName": "Alice Liddell",
    });
    let answer = app.anonymous().query(REGISTER, json!({ "input": input })).await;
    assert_json_snapshot!(masked(answer.data()), @r#"
    {
      "register": {
        "message": "User registered successfully!",
        "tokenType": "Bearer",
        "accessToken": "[token]",
        "accessTokenExpiresAt": "[time]",
        "refreshToken": "[token]",
        "refreshTokenExpiresAt": "[time]",
        "user": {
          "id": "[id]",
          "username": "alice",
          "displayName": "Alice Liddell",
          "createdAt": "[time]"
        }
      }
    }
    "#);
    let id = text(&answer["register"]["user"]["id"]);
    let key = id.strip_prefix("usr_").expect("the type is the prefix");
    assert!(key.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')), "lower-case base32: {id}");

    let created = text(&answer["register"]["user"]["createdAt"]);
    assert_eq!(
        (created.len(), &created[19..20], &created[26..]),
        (27, ".", "Z"),
        "microseconds in UTC: {created}"
    );

    let alice = app.anonymous().with_token(answer["register"]["accessToken"].as_str().unwrap());
    let viewer = alice.ask("{ viewer { email role user { id username } session { current } } }").await;
    assert_eq!(viewer["viewer"]["email"], "alice@example.org");
    assert_eq!(viewer["viewer"]["role"], "USER");
    assert_eq!(viewer["viewer"]["user"]["id"], json!(id));
    assert_eq!(viewer["viewer"]["session"]["current"], true);
}

#[tokio::test]
async fn names_and_addresses_are_unique_in_any_case_and_form() {
    let app = App::start().await;
    let client = app.anonymous();
    register(&client, "Zoë", "zoe@example.org", PASSWORD).await.data();
    for twin in ["zoë", "ZOË", "Zoe\u{308}", "Ｚｏë"] {
        let answer = register(&client, twin, "other@example.org", PASSWORD).await;
        assert_eq!(answer.refusal(), ("CONFLICT", "username"), "{twin}");
    }
    for twin in ["zoe@example.org", "ZOE@example.org", "zoe@EXAMPLE.ORG"] {
        let answer = register(&client, "somebody", twin, PASSWORD).await;
        assert_eq!(answer.refusal(), ("CONFLICT", "email"), "{twin}");
    }
    register(&client, "somebody", "other@example.org", PASSWORD).await.data();
}

#[tokio::test]
async fn a_registration_that_breaks_a_rule_names_the_field() {
    let app = App::start().await;
    let client = app.anonymous();
    let long = "a".repeat(33);
    for name in
        ["", "al", &long, "two words", "semi;colon", "new\nline", "zero\u{200b}width", "nul\0", "a/b", "a@b"]
    {
        let answer = register(&client, name, "a@example.org", PASSWORD).await;
        assert_eq!(answer.refusal(), ("INVALID_INPUT", "username"), "{name:?}");
    }
    for name in ["anonymous", "Everyone", "here", "ALL", "system"] {
        let answer = register(&client, name, "a@example.org", PASSWORD).await;
        assert_eq!(answer.error().field, "username", "{name} is reserved");
    }
    for email in
        ["", "alice", "alice@", "@example.org", "a b@example.org", "a@example.org\r\nBcc: b@example.org"]
    {
        let answer = register(&client, "alice", email, PASSWORD).await;
        assert_eq!(answer.refusal(), ("INVALID_INPUT", "email"), "{email:?}");
    }
    let endless = "x7 ".repeat(43);
    for password in
        ["", "short7!", "password", "12345678", "aaaaaaaaaaaa", "qwertyuiop", "alicealice", &endless]
    {
        let answer = register(&client, "alice", "alice@example.org", password).await;
        assert_eq!(answer.refusal(), ("INVALID_INPUT", "password"), "{password:?}");
    }
    for name in ["abc", "a.b-c_d", &long[..32], "Łukasz", "小笠原祥子", "عائشة"] {
        let email = format!("{}.{}@example.org", name.len(), name.chars().count());
        register(&client, name, &email, PASSWORD).await.data();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_registrations_of_one_name_at_once_have_one_winner() {
    let app = App::start().await;
    for round in 0..5 {
        let names = [format!("twin{round}"), format!("TWIN{round}")];
        let racing = names.into_iter().enumerate().map(|(number, name)| {
            let client = app.anonymous();
            async move { register(&client, &name, &format!("{round}.{number}@example.org"), PASSWORD).await }
        });
        let answers = together(racing).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.errors().is_empty());
        assert_eq!((won.len(), lost.len()), (1, 1));
        assert_eq!(lost[0].refusal(), ("CONFLICT", "username"));
    }
}

#[tokio::test]
async fn logging_in_takes_the_name_or_the_address() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    for identifier in ["alice", "ALICE", "alice@example.org", "Alice@Example.org"] {
        let answer = try_login(&app.anonymous(), identifier, &alice.password).await;
        assert_eq!(answer["login"]["user"]["id"], json!(alice.id), "{identifier}");
        assert_eq!(answer["login"]["tokenType"], "Bearer");
    }
    let wrong = try_login(&app.anonymous(), "alice", "not her password").await;
    let unknown = try_login(&app.anonymous(), "nobody", "not her password").await;
    assert_eq!(wrong.code(), "UNAUTHENTICATED");
    assert_eq!(wrong.error().message, unknown.error().message);
    assert_eq!(wrong.error().code, unknown.error().code);
    assert_eq!(wrong.error().field, unknown.error().field);
}

#[tokio::test]
async fn the_doors_open_even_with_a_bad_token() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let stale = app.anonymous().with_token("not-a-token");
    try_login(&stale, "alice", &alice.password).await.data();
    try_refresh(&stale, &alice.refresh_token).await.data();
    register(&stale, "bob", "bob@example.org", PASSWORD).await.data();
    stale.ask("{ server { version } }").await.data();
    let status = stale.ask(r#"{ verifyToken(token: "x") { valid } }"#).await;
    assert_eq!(status["verifyToken"]["valid"], false);
    assert_eq!(stale.ask("{ viewer { email } }").await.code(), "UNAUTHENTICATED");
    assert_eq!(app.anonymous().ask("{ viewer { email } }").await.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn the_scheme_of_the_header_is_read_in_any_case() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let token = alice.token.clone().unwrap();
    let body = json!({ "query": "{ viewer { email } }" });
    let post = |value: String| {
        let request = app.anonymous().request(reqwest::Method::POST, "/graphql").json(&body);
        Answer::of(request.header("authorization", value))
    };
    for scheme in ["Bearer", "bearer", "BEARER"] {
        assert_eq!(post(format!("{scheme} {token}")).await["viewer"]["email"], json!(alice.email));
    }
    for value in [format!("Basic {token}"), "Bearer".to_owned(), "Bearer ".to_owned(), token.clone()] {
        assert_eq!(post(value.clone()).await.code(), "UNAUTHENTICATED", "{value}");
    }
}

#[tokio::test]
async fn refreshing_rotates_and_reuse_ends_the_family() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let elsewhere = alice.log_in_again().await;

    let second = alice.refresh().await;
    let new_token = text(&second["refresh"]["refreshToken"]);
    assert_ne!(new_token, alice.refresh_token);
    let renewed = app.anonymous().with_token(second["refresh"]["accessToken"].as_str().unwrap());
    renewed.ask("{ viewer { email } }").await.data();

    assert_eq!(alice.refresh().await.code(), "UNAUTHENTICATED", "a used token is a stolen one");
    assert_eq!(try_refresh(&app.anonymous(), &new_token).await.code(), "UNAUTHENTICATED", "its heir is gone");
    assert_eq!(renewed.ask("{ viewer { email } }").await.code(), "UNAUTHENTICATED", "at once");
    assert!(elsewhere.is_logged_in().await, "another session is another family");
    assert_eq!(try_refresh(&app.anonymous(), "nonsense").await.code(), "UNAUTHENTICATED");
    assert_eq!(try_refresh(&app.anonymous(), "").await.code(), "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refresh_token_is_never_used_twice_at_once() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let answers = together((0..8).map(|_| {
        let alice = alice.clone();
        async move { alice.refresh().await }
    }))
    .await;
    let won = answers.iter().filter(|answer| answer.errors().is_empty()).count();
    assert_eq!(won, 1, "one was first, and the others ended the session");
    assert!(
        answers.iter().flat_map(Answer::errors).all(|error| error["extensions"]["code"] == "UNAUTHENTICATED")
    );
}

#[tokio::test]
async fn access_ends_in_minutes_and_a_session_in_weeks() {
    let app = App::start_at_manual_time().await;
    let alice = app.person("alice").await;
    app.later(Duration::from_mins(14));
    assert!(alice.is_logged_in().await);
    app.later(Duration::from_mins(5));
    assert_eq!(alice.ask("{ viewer { email } }").await.code(), "TOKEN_EXPIRED");
    let query = "query ($token: String!) { verifyToken(token: $token) { valid problem user { id } } }";
    let status = app.anonymous().query(query, json!({ "token": alice.token })).await;
    assert_eq!(status["verifyToken"], json!({ "valid": false, "problem": "TOKEN_EXPIRED", "user": null }));

    let renewed = alice.refresh().await;
    let lifetime = app.anonymous().ask("{ server { limits { refreshTokenLifetimeSeconds } } }").await;
    let lifetime = lifetime["server"]["limits"]["refreshTokenLifetimeSeconds"].as_u64().unwrap();
    app.later(Duration::from_secs(lifetime + 60));
    let late = try_refresh(&app.anonymous(), renewed["refresh"]["refreshToken"].as_str().unwrap()).await;
    assert_eq!(late.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_token_is_verified_without_being_used() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let query = "query ($token: String!) { verifyToken(token: $token) { valid problem expiresAt user { username } } }";
    let verify = async |token: &str| {
        let answer = app.anonymous().query(query, json!({ "token": token })).await;
        answer["verifyToken"].clone()
    };
    let good = verify(alice.token.as_deref().unwrap()).await;
    assert_eq!((&good["valid"], &good["problem"]), (&json!(true), &Value::Null));
    assert_eq!(good["user"]["username"], "alice");
    assert!(good["expiresAt"].is_string());
    for bad in ["", "nonsense", &alice.refresh_token, &"a".repeat(10_000)] {
        let status = verify(bad).await;
        assert_eq!(status["problem"], "UNAUTHENTICATED");
        assert_eq!((&status["valid"], &status["user"]), (&json!(false), &Value::Null));
    }
    alice.logout(false).await.data();
    assert_eq!(verify(alice.token.as_deref().unwrap()).await["valid"], false, "its session has ended");
}

#[tokio::test]
async fn a_profile_changes_only_where_told() {
    let app = App::start().await;
    let (alice, _bob) = (app.person("alice").await, app.person("bob").await);
    let named = alice.update_profile(json!({ "displayName": "Alice Liddell" })).await;
    assert_eq!(named["updateProfile"]["user"]["username"], "alice", "absent leaves alone");
    let renamed = alice.update_profile(json!({ "username": "alice2" })).await;
    assert_eq!(renamed["updateProfile"]["user"]["displayName"], "Alice Liddell");
    let cleared = alice.update_profile(json!({ "displayName": null })).await;
    assert_eq!(cleared["updateProfile"]["user"]["displayName"], Value::Null, "null clears");
    let same = alice.update_profile(json!({ "username": "ALICE2" })).await;
    assert_eq!(same["updateProfile"]["user"]["username"], "ALICE2", "one's own name in another case is free");

    for (input, refusal) in [
        (json!({ "username": "Bob" }), ("CONFLICT", "username")),
        (json!({ "username": "b" }), ("INVALID_INPUT", "username")),
        (json!({ "username": null }), ("INVALID_INPUT", "username")),
        (json!({ "displayName": "\u{200b}\u{2060}" }), ("INVALID_INPUT", "displayName")),
        (json!({ "displayName": "x".repeat(500) }), ("INVALID_INPUT", "displayName")),
    ] {
        assert_eq!(alice.update_profile(input.clone()).await.refusal(), refusal, "{input}");
    }
    try_login(&app.anonymous(), "alice2", &alice.password).await.data();
    assert_eq!(try_login(&app.anonymous(), "alice", &alice.password).await.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let elsewhere = alice.log_in_again().await;
    let new = "eleven orange axolotls";
    let wrong = alice.change_password("not her password", new).await;
    assert_eq!(wrong.refusal(), ("INVALID_INPUT", "currentPassword"));
    assert_eq!(
        alice.change_password(&alice.password, "password").await.refusal(),
        ("INVALID_INPUT", "newPassword")
    );
    assert!(elsewhere.is_logged_in().await, "nothing has happened yet");

    let changed = alice.change_password(&alice.password, new).await;
    assert_eq!(changed["changePassword"]["sessionsEnded"], 1);
    assert!(alice.is_logged_in().await);
    assert!(!elsewhere.is_logged_in().await);
    assert_eq!(elsewhere.refresh().await.code(), "UNAUTHENTICATED");
    assert_eq!(try_login(&app.anonymous(), "alice", &alice.password).await.code(), "UNAUTHENTICATED");
    try_login(&app.anonymous(), "alice", new).await.data();
}

#[tokio::test]
async fn an_address_changes_with_the_password_only() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let wrong = alice.change_email("not her password", "new@example.org").await;
    assert_eq!(wrong.refusal(), ("INVALID_INPUT", "password"));
    assert_eq!(alice.change_email(&alice.password, &bob.email).await.refusal(), ("CONFLICT", "email"));
    assert_eq!(alice.change_email(&alice.password, "nonsense").await.refusal(), ("INVALID_INPUT", "email"));
    let changed = alice.change_email(&alice.password, "new@example.org").await;
    assert_eq!(changed["changeEmail"]["viewer"]["email"], "new@example.org");
    try_login(&app.anonymous(), "new@example.org", &alice.password).await.data();
    assert_eq!(try_login(&app.anonymous(), &alice.email, &alice.password).await.code(), "UNAUTHENTICATED");
}

const DELETE: &str = "mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) { userId } }";

#[tokio::test]
async fn after_an_account_its_messages_stay_and_its_name_is_free() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = bob.group("Tea", &[&alice]).await;
    let sent = alice.send(&chat, "goodbye").await;
    bob.react(&sent, "👋").await.data();
    let wrong = alice.act(DELETE, json!({ "password": "not her password" })).await;
    assert_eq!(wrong.refusal(), ("INVALID_INPUT", "password"));

    assert_eq!(alice.delete_account().await["deleteAccount"]["userId"], json!(alice.id));
    assert_eq!(alice.ask("{ viewer { email } }").await.code(), "UNAUTHENTICATED");
    assert_eq!(alice.refresh().await.code(), "UNAUTHENTICATED");
    assert_eq!(try_login(&app.anonymous(), "alice", &alice.password).await.code(), "UNAUTHENTICATED");

    let message = bob.message(&sent).await;
    assert_eq!(message["message"]["content"], "goodbye");
    assert_eq!(message["message"]["sender"], Value::Null);
    assert_eq!(bob.people_in(&chat).await, ["bob OWNER"]);
    let lookup = bob.query("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": alice.id })).await;
    assert_eq!(lookup.code(), "NOT_FOUND");

    let heir = app.person("alice").await;
    assert_ne!(heir.id, alice.id);
    assert_eq!(heir.conversation(&chat).await.code(), "NOT_FOUND", "a name is not an account");
}

#[tokio::test]
async fn a_group_whose_last_owner_goes_gets_another() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let (carol, dave) = (app.person("carol").await, app.person("dave").await);
    let with_admin = alice.group("Admin after owner", &[&bob, &carol]).await;
    alice.set_role(&with_admin, &carol, "ADMIN").await.data();
    let members_only = alice.group("Member after owner", &[&dave]).await;
    alice.add(&members_only, &[&bob.id]).await.data();
    let direct = alice.direct(&bob).await;
    alice.send(&direct, "keep this").await;
    alice.delete_account().await.data();

    let roles = carol.people_in(&with_admin).await;
    assert!(roles.contains(&"carol OWNER".to_owned()), "{roles:?}");
    let roles = dave.people_in(&members_only).await;
    assert!(roles.contains(&"dave OWNER".to_owned()), "the longest-standing: {roles:?}");
    assert_eq!(bob.messages(&direct, "").await.each("content"), ["keep this"]);
    assert_eq!(bob.try_send(&direct, "anybody there?").await.errors().len(), 1, "nobody reads it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_logins_does_not_stall_the_others() {
    let app = App::start().await;
    let alice: Person = app.person("alice").await;
    let burst = (0..240).map(|_| {
        let alice = alice.clone();
        async move { try_login(&alice.client, "alice", "not her password").await.body }
    });
    let burst = tokio::spawn(together(burst.collect::<Vec<_>>()));
    for _ in 0..20 {
        assert!(alice.is_logged_in().await);
    }
    assert!(!burst.is_finished(), "queries waited for the passwords of others");
    for body in burst.await.unwrap() {
        let code = text(&body["errors"][0]["extensions"]["code"]);
        assert!(["UNAUTHENTICATED", "RATE_LIMITED"].contains(&code.as_str()), "{code}");
    }
}

#[tokio::test]
async fn after_its_account_nobody_begins_anything() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let document = "mutation ($password: String!, $bob: ID!) {
        deleteAccount(input: { password: $password }) { userId }
        createConversation(input: { participantIds: [$bob] }) { conversation { id } }
        sendMessage(input: { to: { userId: $bob }, content: \"boo\" }) { message { id } }
        openDirectConversation(input: { with: { id: $bob } }) { created }
    }";
    let answer = alice.query(document, json!({ "password": alice.password, "bob": bob.id })).await;
    assert!(answer.body["data"]["deleteAccount"]["userId"].is_string());
    for field in ["createConversation", "sendMessage", "openDirectConversation"] {
        assert!(answer.body["data"][field].is_null(), "{field}");
    }
    let codes: Vec<_> = answer.errors().iter().map(|error| error["extensions"]["code"].clone()).collect();
    assert_eq!(codes, ["UNAUTHENTICATED"; 3]);
    assert!(bob.conversations("first: 10").await.nodes().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_deleted_while_others_write_to_them_is_in_nothing() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    for round in 0..5 {
        let gone = app.person(&format!("gone{round}")).await;
        let group = alice.group("Tea", &[&app.person(&format!("friend{round}")).await]).await;
        let deleting = {
            let gone = gone.clone();
            let delete =
                "mutation ($password: String!) { deleteAccount(input: { password: $password }) { userId } }";
            async move { gone.query(delete, json!({ "password": gone.password })).await }
        };
        let writing = {
            let (alice, gone, group) = (alice.clone(), gone.clone(), group.clone());
            let document = "mutation ($gone: ID!, $group: ID!) {
                a: sendMessage(input: { to: { userId: $gone }, content: \"hi\" }) { message { id } }
                b: createConversation(input: { participantIds: [$gone] }) { conversation { id } }
                c: addParticipants(input: { conversationId: $group, userIds: [$gone] }) { added { id } }
            }";
            async move { alice.query(document, json!({ "gone": gone.id, "group": group.id })).await }
        };
        let (deleted, _) = tokio::join!(deleting, writing);
        deleted.data();
        assert!(!alice.people_in(&group).await.iter().any(|person| person.starts_with("gone")));
        let list = "{ conversations(first: 30) { nodes { kind viewerCan { sendMessage }
            participants { totalCount nodes { username } } } } }";
        for conversation in alice.ask(list).await["conversations"]["nodes"].as_array().unwrap() {
            let people = &conversation["participants"];
            assert_eq!(people["totalCount"], people["nodes"].as_array().unwrap().len(), "{conversation}");
            if conversation["kind"] == "DIRECT" {
                assert_eq!(conversation["viewerCan"]["sendMessage"], false, "{conversation}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_login_with_the_old_password_outlives_its_change() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let new = "a wholly different 9 phrase";
    let logins = (0..20).map(|_| {
        let (client, password) = (app.anonymous(), alice.password.clone());
        async move { try_login(&client, "alice", &password).await }
    });
    let change = {
        let alice = alice.clone();
        let document = "mutation ($old: String!, $new: String!) {
            changePassword(input: { currentPassword: $old, newPassword: $new }) { sessionsEnded } }";
        async move { alice.query(document, json!({ "old": alice.password, "new": new })).await }
    };
    let (logins, changed) = tokio::join!(together(logins), change);
    changed.data();
    for login in logins.iter().filter(|login| login.errors().is_empty()) {
        let session = app.anonymous().with_token(login["login"]["accessToken"].as_str().unwrap());
        assert_eq!(session.ask("{ viewer { email } }").await.code(), "UNAUTHENTICATED");
    }
    assert_eq!(alice.ask("{ viewer { email } }").await["viewer"]["email"], alice.email.as_str());
    try_login(&app.anonymous(), "alice", new).await.data();
}

#[tokio::test]
async fn names_that_no_database_holds_are_nobodys() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    assert_eq!(try_login(&app.anonymous(), "\0", "whatever it is 7").await.code(), "UNAUTHENTICATED");
    for by in [json!({ "username": "al\0ice" }), json!({ "email": "\0@example.org" })] {
        let find = "query ($by: UserRef!) { user(by: $by) { id } }";
        assert_eq!(alice.query(find, json!({ "by": by })).await.code(), "NOT_FOUND");
        let send =
            "mutation ($to: Destination!) { sendMessage(input: { to: $to, content: \"hi\" }) { duplicate } }";
        assert_eq!(alice.query(send, json!({ "to": by })).await.code(), "NOT_FOUND");
    }
    let list = alice.ask("{ users(matching: \"\\u0000\") { nodes { id } } }").await;
    assert_eq!(list["users"]["nodes"], json!([]));
    let long = format!("{}@example.org", "\u{FDFA}".repeat(21));
    assert_eq!(
        register(&app.anonymous(), "carol", &long, PASSWORD).await.refusal(),
        ("INVALID_INPUT", "email")
    );
    for twin in ["alice\u{FE0F}", "alice\u{034F}", "Anonymous\u{FE0F}", "\u{3164}\u{3164}\u{3164}"] {
        let answer = register(&app.anonymous(), twin, "d@example.org", PASSWORD).await;
        assert_eq!(answer.refusal(), ("INVALID_INPUT", "username"), "{twin:?}");
    }
}
