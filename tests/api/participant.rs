//! Participants: who comes, who goes, and who may decide it.

use serde_json::{Value, json};

use crate::support::{Answer, App, Chat, Person};

/// A group of an owner, an admin and a member, and somebody outside.
struct Group {
    app: App,
    chat: Chat,
    owner: Person,
    admin: Person,
    member: Person,
    stranger: Person,
}

async fn group() -> Group {
    let app = App::start().await;
    let (owner, admin) = (app.person("owner").await, app.person("admin").await);
    let (member, stranger) = (app.person("member").await, app.person("stranger").await);
    let chat = owner.group("Tea", &[&admin, &member]).await;
    owner.set_role(&chat, &admin, "ADMIN").await.data();
    Group { app, chat, owner, admin, member, stranger }
}

#[tokio::test]
async fn a_member_decides_nothing_and_a_stranger_sees_nothing() {
    let Group { app: _app, chat, owner, admin, member, stranger } = group().await;
    let attempts = async |person: &Person| -> Vec<Answer> {
        vec![
            person.rename(&chat, "Mine").await,
            person.add(&chat, &[&stranger.id]).await,
            person.remove(&chat, &admin).await,
            person.set_role(&chat, &owner, "MEMBER").await,
            person.delete_chat(&chat).await,
        ]
    };
    for answer in attempts(&member).await {
        assert_eq!(answer.code(), "FORBIDDEN");
    }
    for answer in attempts(&stranger).await {
        assert_eq!(answer.refusal(), ("NOT_FOUND", "conversationId"));
    }
    assert_eq!(owner.people_in(&chat).await, ["owner OWNER", "admin ADMIN", "member MEMBER"]);
}

#[tokio::test]
async fn an_admin_looks_after_members_only() {
    let Group { app, chat, owner, admin, member, stranger } = group().await;
    let second = app.person("second").await;
    admin.rename(&chat, "Coffee").await.data();
    let added = admin.add(&chat, &[&stranger.id, &second.id]).await;
    assert_eq!(added["addParticipants"]["added"].as_array().unwrap().len(), 2);
    assert_eq!(added["addParticipants"]["conversation"]["participants"]["totalCount"], 5);
    owner.set_role(&chat, &second, "ADMIN").await.data();

    assert_eq!(admin.set_role(&chat, &member, "ADMIN").await.code(), "FORBIDDEN");
    assert_eq!(admin.remove(&chat, &owner).await.code(), "FORBIDDEN");
    assert_eq!(admin.remove(&chat, &second).await.code(), "FORBIDDEN");
    assert_eq!(admin.delete_chat(&chat).await.code(), "FORBIDDEN");
    let removed = admin.remove(&chat, &member).await;
    assert_eq!(removed["removeParticipant"]["removed"]["username"], "member");
    assert_eq!(removed["removeParticipant"]["conversation"]["participants"]["totalCount"], 4);
    assert_eq!(member.conversation(&chat).await.code(), "NOT_FOUND");
}

#[tokio::test]
async fn everybody_may_know_what_they_may_do() {
    let Group { app: _app, chat, owner, admin, member, .. } = group().await;
    let query = "query ($id: ID!) { conversation(id: $id) { viewerCan {
        sendMessage addParticipants removeParticipants setRoles rename leave delete
    } } }";
    for (person, manages, owns) in [(&owner, true, true), (&admin, true, false), (&member, false, false)] {
        let can = person.query(query, json!({ "id": chat.id })).await["conversation"]["viewerCan"].clone();
        assert_eq!(
            can,
            json!({
                "sendMessage": true, "addParticipants": manages, "removeParticipants": manages, "setRoles": owns,
                "rename": manages, "leave": true, "delete": owns,
            }),
            "{}",
            person.name
        );
    }
}

#[tokio::test]
async fn adding_is_all_or_nothing_and_safe_to_repeat() {
    let Group { app, chat, owner, member, stranger, .. } = group().await;
    let gone = app.person("gone").await;
    gone.delete_account().await.data();
    let refused = owner.add(&chat, &[&stranger.id, &gone.id]).await;
    assert_eq!(refused.refusal(), ("INVALID_INPUT", "userIds"));
    assert_eq!(refused.error().details, [gone.id.as_str()]);
    assert_eq!(owner.add(&chat, &["nonsense"]).await.refusal(), ("INVALID_INPUT", "userIds"));
    assert_eq!(owner.add(&chat, &[]).await.refusal(), ("INVALID_INPUT", "userIds"));
    assert_eq!(owner.people_in(&chat).await.len(), 3, "nobody came");

    let again = owner.add(&chat, &[&member.id, &stranger.id, &stranger.id]).await;
    let added = again["addParticipants"]["added"].as_array().unwrap();
    assert_eq!(added.len(), 1, "who is there already is not added again");
    assert_eq!(added[0]["username"], "stranger");
}

#[tokio::test]
async fn who_was_removed_is_a_stranger_and_may_come_back() {
    let Group { app: _app, chat, owner, member, .. } = group().await;
    let sent = member.send(&chat, "mine").await;
    owner.remove(&chat, &member).await.data();
    for answer in [
        member.conversation(&chat).await,
        member.try_send(&chat, "still here?").await,
        member.message(&sent).await,
        member.edit(&sent, "changed").await,
        member.delete(&sent).await,
        member.react(&sent, "👍").await,
        member.mark_read(&sent).await,
        member.leave(&chat).await,
        member.prefer(&chat, json!({ "muted": true })).await,
    ] {
        assert_eq!(answer.code(), "NOT_FOUND");
    }
    assert!(member.conversations("").await.nodes().is_empty());
    assert_eq!(
        owner.message(&sent).await["message"]["sender"]["username"],
        "member",
        "what they said stays theirs"
    );
    assert_eq!(owner.remove(&chat, &member).await.refusal(), ("NOT_FOUND", "userId"));
    assert_eq!(owner.set_role(&chat, &member, "ADMIN").await.refusal(), ("NOT_FOUND", "userId"));

    owner.add(&chat, &[&member.id]).await.data();
    assert_eq!(member.message(&sent).await["message"]["content"], "mine");
    assert!(owner.people_in(&chat).await.contains(&"member MEMBER".to_owned()));
}

#[tokio::test]
async fn a_group_is_never_without_an_owner() {
    let Group { app, chat, owner, admin, member, stranger } = group().await;
    assert_eq!(owner.leave(&chat).await.code(), "CONFLICT");
    assert_eq!(owner.set_role(&chat, &owner, "MEMBER").await.code(), "CONFLICT");
    let own = owner.remove(&chat, &owner).await;
    assert!(["CONFLICT", "INVALID_INPUT"].contains(&own.code()), "leave instead");

    let promoted = owner.set_role(&chat, &admin, "OWNER").await;
    assert_eq!(promoted["setParticipantRole"]["participant"]["role"], "OWNER");
    assert_eq!(owner.leave(&chat).await["leaveConversation"]["conversationId"], json!(chat.id));
    assert_eq!(owner.conversation(&chat).await.code(), "NOT_FOUND");
    assert_eq!(admin.people_in(&chat).await, ["admin OWNER", "member MEMBER"]);

    member.leave(&chat).await.data();
    admin.leave(&chat).await.data();
    let alone = stranger.group("Alone", &[&app.person("last").await]).await;
    assert_eq!(admin.conversation(&chat).await.code(), "NOT_FOUND", "the last one turned off the light");
    assert_eq!(stranger.leave(&alone).await.code(), "CONFLICT");
}

#[tokio::test]
async fn participants_say_when_they_came_and_what_they_read() {
    let Group { app: _app, chat, owner, member, .. } = group().await;
    let sent = owner.send(&chat, "hi").await;
    member.mark_read(&sent).await.data();
    let query = "query ($id: ID!) { conversation(id: $id) { participants {
        totalCount edges { role joinedAt lastReadMessage { id } node { username } }
    } } }";
    let answer = member.query(query, json!({ "id": chat.id })).await;
    let participants = &answer["conversation"]["participants"];
    assert_eq!(participants["totalCount"], 3);
    let read: Vec<_> = participants["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| {
            assert!(edge["joinedAt"].is_string());
            edge["lastReadMessage"]["id"].clone()
        })
        .collect();
    assert_eq!(read, [json!(sent.id), Value::Null, json!(sent.id)]);
}
