//! The log of one made-up conversation, told from the first position to the last.
//!
//! It keeps the books as `log` and the verbs do, position by position, but in memory. A message may change while it is
//! among the last few; its row is finished when it is not.

use std::collections::VecDeque;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;

use super::{
    batch::Batch,
    outline::{self, Outline},
    people::Person,
    speech, words,
};
use crate::{
    clock::Timestamp,
    domain::participant::role_name,
    entity::{
        conversation,
        event::{self, Kind},
        mention, message, message_revision,
        participant::{self, Role},
        reaction,
    },
    id::UserId,
};

/// How many messages back somebody still answers, edits, deletes or reacts.
const RECENT: usize = 24;

/// A conversation as far as it has been told.
pub(super) struct Chronicle<'p> {
    rng: StdRng,
    people: &'p [Person],
    outline: Outline,
    conversation: conversation::Model,
    participants: Vec<participant::Model>,
    recent: VecDeque<Recent>,
    now: Timestamp,
    /// The place of who spoke last.
    speaker: usize,
    /// What is finished.
    batch: Batch,
}

/// A message that may still change, with what hangs on it.
struct Recent {
    row: message::Model,
    revisions: Vec<message_revision::Model>,
    reactions: Vec<reaction::Model>,
    mentions: Vec<mention::Model>,
}

/// A change that is not a message; see [`Kind`] for what goes with which.
#[derive(Default)]
struct Change {
    subject: Option<UserId>,
    message_seq: Option<i64>,
    data: Option<serde_json::Value>,
}

impl<'p> Chronicle<'p> {
    /// Brings the people of `outline` together.
    pub(super) fn begin(outline: Outline, people: &'p [Person]) -> Self {
        let now = outline.begins;
        let conversation = conversation::Model {
            id: outline.id,
            kind: outline.kind,
            title: outline.title.clone(),
            direct_low: None,
            direct_high: None,
            created_at: now,
            updated_at: now,
            active_at: now,
            deleted_at: None,
            last_seq: 0,
            message_count: 0,
            last_message_seq: 0,
            participant_count: 0,
        };
        let mut chronicle = Self {
            rng: StdRng::seed_from_u64(outline.seed),
            people,
            outline,
            conversation,
            participants: Vec::new(),
            recent: VecDeque::with_capacity(RECENT + 1),
            now,
            speaker: 0,
            batch: Batch::default(),
        };
        chronicle.enroll();
        chronicle
    }

    /// Whether there is more to tell.
    pub(super) fn goes_on(&self) -> bool {
        u64::try_from(self.conversation.message_count).is_ok_and(|told| told < self.outline.messages)
    }

    /// Tells the next message and what happens around it.
    pub(super) fn go_on(&mut self) {
        self.send();
        if self.rng.random_ratio(1, 6) {
            self.react();
        }
        if self.rng.random_ratio(1, 30)
            && let Some(place) = self.some_there()
        {
            self.edit(place);
            if self.rng.random_ratio(1, 6) {
                self.edit(place);
            }
        }
        if self.rng.random_ratio(1, 80) {
            self.delete();
        }
        if self.rng.random_ratio(1, 3) {
            let reader = outline::early(&mut self.rng, self.participants.len());
            self.read(reader);
        }
        while self.recent.len() > RECENT {
            self.settle();
        }
    }

    /// What is finished since the last time.
    pub(super) fn batch(&mut self) -> &mut Batch {
        &mut self.batch
    }

    /// Ends the telling: the rest of the rows, and those that make the conversation visible.
    pub(super) fn end(mut self) -> (Batch, conversation::Model, Vec<participant::Model>) {
        // About half have read everything; how far the others got, they got.
        for reader in 0..self.participants.len() {
            if self.rng.random_ratio(1, 2) {
                self.read(reader);
            }
        }
        while !self.recent.is_empty() {
            self.settle();
        }
        (self.batch, self.conversation, self.participants)
    }

    /// Everybody joins, each with an event of their own; a large group has an admin.
    fn enroll(&mut self) {
        let people = self.people;
        let members = self.outline.members.iter().filter_map(|place| people.get(*place));
        let members: Vec<UserId> = members.map(Person::id).collect();
        let Some(founder) = members.first().copied() else { return };
        for user_id in members.iter().copied() {
            self.join(founder, user_id);
        }
        if let (conversation::Kind::Direct, [one, other]) = (self.conversation.kind, &members[..]) {
            self.conversation.direct_low = Some(*one.min(other));
            self.conversation.direct_high = Some(*one.max(other));
        }
        if members.len() > 8
            && let Some(admin) = self.participants.get_mut(1)
        {
            admin.role = Role::Admin;
            let subject = Some(admin.user_id);
            let data = Some(json!({ "role": role_name(Role::Admin) }));
            self.event(Kind::ParticipantChanged, founder, Change { subject, data, ..Change::default() });
        }
    }

    fn join(&mut self, founder: UserId, user_id: UserId) {
        let is_group = self.conversation.kind == conversation::Kind::Group;
        let role = if is_group && user_id == founder { Role::Owner } else { Role::Member };
        let data = Some(json!({ "role": role_name(role) }));
        let change = Change { subject: Some(user_id), data, ..Change::default() };
        let joined_seq = self.event(Kind::ParticipantAdded, founder, change);
        self.conversation.participant_count += 1;
        self.participants.push(participant::Model {
            conversation_id: self.conversation.id,
            user_id,
            role,
            joined_at: self.now,
            joined_seq,
            left_seq: None,
            read_seq: 0,
            read_ordinal: 0,
            mention_count: 0,
            read_mention_count: 0,
            muted: self.rng.random_ratio(1, 12),
            archived: self.rng.random_ratio(1, 20),
            pinned: self.rng.random_ratio(1, 10),
        });
    }

    /// The next position of the log.
    fn next(&mut self) -> i64 {
        self.conversation.last_seq += 1;
        self.conversation.last_seq
    }

    fn event(&mut self, kind: Kind, actor: UserId, change: Change) -> i64 {
        let seq = self.next();
        self.batch.events.push(event::Model {
            conversation_id: self.conversation.id,
            seq,
            kind,
            actor_id: Some(actor),
            subject_id: change.subject,
            message_seq: change.message_seq,
            data: change.data.map(|data| data.to_string()),
            created_at: self.now,
        });
        seq
    }

    /// Lets time go by: mostly a moment, now and then a night; on average less than there is for each message.
    fn wait(&mut self, for_message: bool) {
        let length = self.outline.ends.micros() - self.outline.begins.micros();
        let messages = i64::try_from(self.outline.messages).unwrap_or(i64::MAX);
        let pace = length / messages.saturating_add(1);
        let longest = match for_message {
            true if self.rng.random_ratio(1, 8) => pace * 11,
            true => pace / 2,
            false => pace / 8,
        };
        let moment = self.now.micros() + self.rng.random_range(0..=longest.max(1));
        self.now = Timestamp::from_micros(moment.min(self.outline.ends.micros()));
    }

    fn send(&mut self) {
        self.wait(true);
        self.speaker = match self.rng.random_range(0..4) {
            0 => self.speaker,
            1 => outline::early(&mut self.rng, self.participants.len()),
            _ => self.rng.random_range(0..self.participants.len().max(1)),
        };
        let Some(sender) = self.participants.get(self.speaker).map(|participant| participant.user_id) else {
            return;
        };
        // They speak the language of who began it, now and then their own.
        let native = if self.rng.random_ratio(1, 8) { self.speaker } else { 0 };
        let language = self.person(native).map_or(&words::ENGLISH, |person| person.language);
        let mut content = speech::message(&mut self.rng, language);
        let mentioned = if self.rng.random_ratio(1, 16) { self.mention(&mut content) } else { None };
        let reply_to_seq = if self.rng.random_ratio(1, 8) { self.some_recent() } else { None };
        let reply_to_seq = reply_to_seq.and_then(|place| self.recent.get(place)).map(|recent| recent.row.seq);
        let seq = self.next();
        self.conversation.message_count += 1;
        self.conversation.last_message_seq = seq;
        self.conversation.active_at = self.now;
        let row = message::Model {
            conversation_id: self.conversation.id,
            seq,
            ordinal: self.conversation.message_count,
            sender_id: sender,
            content: Some(content),
            created_at: self.now,
            edited_at: None,
            deleted_at: None,
            reply_to_seq,
            revision_count: 0,
        };
        let mentions = mentioned.and_then(|place| self.count_mention(seq, place)).into_iter().collect();
        let (revisions, reactions) = (Vec::new(), Vec::new());
        self.recent.push_back(Recent { row, revisions, reactions, mentions });
        // Who writes has read what was there.
        self.read(self.speaker);
    }

    /// The person at a place among the participants.
    fn person(&self, place: usize) -> Option<&'p Person> {
        self.outline.members.get(place).and_then(|place| self.people.get(*place))
    }

    /// Names somebody other than the speaker in `content`.
    fn mention(&mut self, content: &mut String) -> Option<usize> {
        let place = outline::early(&mut self.rng, self.participants.len());
        let name = self.person(place).filter(|_| place != self.speaker)?.username();
        if self.rng.random_ratio(2, 3) {
            content.insert_str(0, &format!("@{name} "));
        } else {
            content.extend([" @", name]);
        }
        Some(place)
    }

    fn count_mention(&mut self, message_seq: i64, place: usize) -> Option<mention::Model> {
        let participant = self.participants.get_mut(place)?;
        participant.mention_count += 1;
        Some(mention::Model {
            conversation_id: participant.conversation_id,
            message_seq,
            user_id: participant.user_id,
            ordinal: participant.mention_count,
            current: true,
        })
    }

    /// The participant at `place` has read everything there is.
    fn read(&mut self, place: usize) {
        if let Some(participant) = self.participants.get_mut(place) {
            participant.read_seq = self.conversation.last_message_seq;
            participant.read_ordinal = self.conversation.message_count;
            participant.read_mention_count = participant.mention_count;
        }
    }

    /// The place of one of the last messages.
    fn some_recent(&mut self) -> Option<usize> {
        let back = outline::early(&mut self.rng, self.recent.len());
        self.recent.len().checked_sub(back + 1)
    }

    /// The place of one of the last messages that is no tombstone.
    fn some_there(&mut self) -> Option<usize> {
        let place = self.some_recent()?;
        self.recent.get(place).is_some_and(|recent| recent.row.deleted_at.is_none()).then_some(place)
    }

    /// A few people react to a message; one of them may think better of it.
    fn react(&mut self) {
        let Some(place) = self.some_there() else { return };
        for _ in 0..self.rng.random_range(1..=3) {
            let by = outline::early(&mut self.rng, self.participants.len());
            let emoji = speech::pick(&mut self.rng, words::REACTIONS);
            let reconsiders = self.rng.random_ratio(1, 25);
            self.toggle(place, by, emoji);
            if reconsiders {
                self.toggle(place, by, emoji);
            }
        }
    }

    /// Adds a reaction, or takes it back where it is there.
    fn toggle(&mut self, place: usize, by: usize, emoji: &str) {
        let Some(user_id) = self.participants.get(by).map(|participant| participant.user_id) else { return };
        let Some(recent) = self.recent.get(place) else { return };
        let message_seq = recent.row.seq;
        let before = recent
            .reactions
            .iter()
            .position(|reaction| reaction.user_id == user_id && reaction.emoji == emoji);
        self.wait(false);
        let data = Some(json!({ "emoji": emoji, "added": before.is_none() }));
        let change = Change { message_seq: Some(message_seq), data, ..Change::default() };
        let seq = self.event(Kind::ReactionsChanged, user_id, change);
        let conversation_id = self.conversation.id;
        let Some(recent) = self.recent.get_mut(place) else { return };
        if let Some(before) = before {
            recent.reactions.remove(before);
        } else {
            let emoji = emoji.to_owned();
            recent.reactions.push(reaction::Model { conversation_id, message_seq, user_id, emoji, seq });
        }
    }

    /// The sender of a message has an afterthought.
    fn edit(&mut self, place: usize) {
        self.wait(false);
        let afterthought = speech::pick(&mut self.rng, words::AFTERTHOUGHTS);
        let now = self.now;
        let Some(Recent { row, revisions, .. }) = self.recent.get_mut(place) else { return };
        let Some(before) = row.content.clone() else { return };
        // Whom it mentions stays the same.
        row.content = Some(format!("{before} {afterthought}"));
        row.revision_count += 1;
        revisions.push(message_revision::Model {
            conversation_id: row.conversation_id,
            message_seq: row.seq,
            number: row.revision_count,
            content: before,
            written_at: row.edited_at.unwrap_or(row.created_at),
        });
        row.edited_at = Some(now);
        let (sender, message_seq) = (row.sender_id, Some(row.seq));
        self.event(Kind::MessageEdited, sender, Change { message_seq, ..Change::default() });
    }

    /// The sender of a message, or who owns the group, takes it away.
    fn delete(&mut self) {
        let Some(place) = self.some_there() else { return };
        self.wait(false);
        let owner = self.participants.first().filter(|participant| participant.role == Role::Owner);
        let owner = owner.map(|participant| participant.user_id).filter(|_| self.rng.random_ratio(1, 5));
        let now = self.now;
        let Some(recent) = self.recent.get_mut(place) else { return };
        recent.row.content = None;
        recent.row.deleted_at = Some(now);
        recent.row.revision_count = 0;
        recent.revisions.clear();
        recent.reactions.clear();
        for mention in &mut recent.mentions {
            mention.current = false;
        }
        let actor = owner.unwrap_or(recent.row.sender_id);
        let message_seq = Some(recent.row.seq);
        self.event(Kind::MessageDeleted, actor, Change { message_seq, ..Change::default() });
    }

    /// The oldest message that could change is finished.
    fn settle(&mut self) {
        if let Some(recent) = self.recent.pop_front() {
            self.batch.messages.push(recent.row);
            self.batch.revisions.extend(recent.revisions);
            self.batch.reactions.extend(recent.reactions);
            self.batch.mentions.extend(recent.mentions);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use super::*;
    use crate::domain::{
        seed::{Plan, people},
        text::Content,
    };

    #[test]
    fn who_is_named_is_mentioned() {
        let mut rng = StdRng::seed_from_u64(3);
        let people = people::make_up(&mut rng, 40, "hash").unwrap();
        let keys: HashMap<_, _> =
            people.iter().map(|person| (person.account.username_key.clone(), person.id())).collect();
        let plan = Plan { people: 40, conversations: 1, messages: 5_000, seed: 3 };
        let outline = outline::draw(&mut rng, plan, 1_000).pop().unwrap();
        let mut chronicle = Chronicle::begin(outline, &people);
        while chronicle.goes_on() {
            chronicle.go_on();
        }
        let (batch, ..) = chronicle.end();
        let mut named = BTreeSet::new();
        for message in &batch.messages {
            let Some(content) = message.content.clone() else { continue };
            let content = Content::parse(content, 4_000).unwrap();
            named.extend(content.mentioned_keys().into_iter().map(|key| (message.seq, keys[&Some(key)])));
        }
        let current = batch.mentions.iter().filter(|mention| mention.current);
        let mentioned: BTreeSet<_> = current.map(|mention| (mention.message_seq, mention.user_id)).collect();
        assert!(!named.is_empty());
        assert_eq!(named, mentioned);
    }
}
