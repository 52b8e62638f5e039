//! Reactions: one emoji each, counted.

use serde_json::json;

use crate::support::App;

#[tokio::test]
async fn a_reaction_counts_each_person_once() {
    let app = App::start().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
    let chat = alice.group("Tea", &[&bob]).await;
    let sent = alice.send(&chat, "cake?").await;
    bob.react(&sent, "👍").await.data();
    bob.react(&sent, "👍").await.data();
    let seen = alice.react(&sent, "👍").await;
    let thumbs = json!([{ "emoji": "👍", "count": 2, "viewerHasReacted": true }]);
    assert_eq!(seen["addReaction"]["message"]["reactions"], thumbs);
    bob.react(&sent, "🏳️‍🌈").await.data();
    assert_eq!(
        alice.message(&sent).await["message"]["reactions"],
        json!([
            { "emoji": "👍", "count": 2, "viewerHasReacted": true },
            { "emoji": "🏳️‍🌈", "count": 1, "viewerHasReacted": false },
        ])
    );
    let left = bob.unreact(&sent, "🏳️‍🌈").await;
    assert_eq!(left["removeReaction"]["message"]["reactions"], thumbs);
    let nothing = bob.unreact(&sent, "🎂").await;
    assert_eq!(nothing["removeReaction"]["message"]["reactions"], thumbs, "there is nothing to take back");
}

#[tokio::test]
async fn a_reaction_is_exactly_one_emoji() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let chat = alice.group("Tea", &[&app.person("bob").await]).await;
    let sent = alice.send(&chat, "cake?").await;
    for bad in ["", " ", "a", "ok", "👍👍", "👍 ", ":thumbsup:", "1", "\u{200d}", "👍\0", "\u{1f3fb}\u{200d}"]
    {
        assert_eq!(alice.react(&sent, bad).await.refusal(), ("INVALID_INPUT", "emoji"), "{bad:?}");
    }
    let good = ["👍🏽", "👩‍👩‍👧‍👦", "🇩🇪", "1️⃣", "❤️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"];
    for emoji in good {
        alice.react(&sent, emoji).await.data();
    }
    let seen = alice.message(&sent).await;
    let shown: Vec<_> = seen["message"]["reactions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["emoji"].as_str().unwrap())
        .collect();
    assert_eq!(shown, good, "in the order in which they came, as they were sent");
}

#[tokio::test]
async fn a_message_takes_a_limited_number_of_reactions() {
    let app = App::start().await;
    let alice = app.person("alice").await;
    let chat = alice.group("Tea", &[&app.person("bob").await]).await;
    let sent = alice.send(&chat, "cake?").await;
    let limits = app.anonymous().ask("{ server { limits { reactionsPerMessageMax } } }").await;
    let max =
        usize::try_from(limits["server"]["limits"]["reactionsPerMessageMax"].as_u64().unwrap()).unwrap();
    let faces = (0x1f600..=0x1f64f).chain(0x1f680..=0x1f6c5).filter_map(char::from_u32);
    let mut refused = None;
    for face in faces.take(max + 1) {
        let answer = alice.react(&sent, &face.to_string()).await;
        refused = (!answer.errors().is_empty()).then(|| answer.code().to_owned());
    }
    let code = refused.expect("one too many");
    assert!(["CONFLICT", "INVALID_INPUT"].contains(&code.as_str()), "{code}");
    let seen = alice.message(&sent).await;
    assert_eq!(seen["message"]["reactions"].as_array().unwrap().len(), max);
}
