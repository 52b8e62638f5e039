//! Who talks where and how much, before anybody says a word.
//!
//! A few conversations have most of the messages and a few people are in most conversations, as in life. Whole
//! numbers only: what floating point makes of a power differs from machine to machine.

use std::{collections::HashSet, time::Duration};

use rand::{Rng as _, RngExt as _, rngs::StdRng, seq::SliceRandom as _};

use super::{Plan, calendar, speech, words};
use crate::{clock::Timestamp, entity::conversation::Kind, id::ConversationId};

/// How many people a group has at most, other than the one everybody is in.
const GROUP_MAX: usize = 60;
/// Among so many conversations, the first of the people is in a third.
const FAVOURED: u32 = 200;
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// A conversation to be told.
pub(super) struct Outline {
    pub(super) id: ConversationId,
    pub(super) kind: Kind,
    pub(super) title: Option<String>,
    /// Who takes part, by their place among the people; the first one began it.
    pub(super) members: Vec<usize>,
    /// How many messages it has.
    pub(super) messages: u64,
    pub(super) begins: Timestamp,
    pub(super) ends: Timestamp,
    /// What all chance in it comes from: each conversation has its own.
    pub(super) seed: u64,
}

/// The conversations of `plan` in the order they began. `largest` is how many people one may have.
pub(super) fn draw(rng: &mut StdRng, plan: Plan, largest: usize) -> Vec<Outline> {
    let people = usize::try_from(plan.people).unwrap_or(usize::MAX);
    let mut pairs = HashSet::new();
    let sizes = shares(u64::from(plan.messages), plan.conversations);
    let mut outlines: Vec<_> = (0..plan.conversations)
        .zip(sizes)
        .map(|(number, messages)| {
            let (kind, title, members) = if number == 0 {
                // The first of the people owns it.
                (Kind::Group, Some("Everybody".to_owned()), (0..people.min(largest)).collect())
            } else {
                gathering(rng, (number, people.min(largest)), &mut pairs)
            };
            let (begins, ends) = lifetime(rng, number, messages);
            let id = ConversationId::at(begins, &rng.random());
            Outline { id, kind, title, members, messages, begins, ends, seed: rng.next_u64() }
        })
        .collect();
    // Rows are clustered by the id, which begins with the time.
    outlines.sort_by_key(|outline| outline.id);
    outlines
}

/// `total` in `count` parts of which each is smaller than the one before.
fn shares(total: u64, count: u32) -> Vec<u64> {
    let weights: Vec<u64> = (0..u64::from(count)).map(|rank| 1_000_000_000 / (rank + 4)).collect();
    let sum: u64 = weights.iter().sum();
    let mut left = total;
    let mut shares: Vec<u64> = weights
        .into_iter()
        .map(|weight| {
            // Below 2^32 times 2^28.
            let share = total * weight / sum.max(1);
            left -= share;
            share
        })
        .collect();
    if let Some(first) = shares.first_mut() {
        *first += left;
    }
    shares
}

/// A conversation of two who have none yet, or a group.
fn gathering(
    rng: &mut StdRng,
    (number, people): (u32, usize),
    pairs: &mut HashSet<[usize; 2]>,
) -> (Kind, Option<String>, Vec<usize>) {
    let is_favoured = number < FAVOURED && rng.random_ratio(1, 3);
    if rng.random_ratio(1, 2) {
        let members = circle(rng, people, 2, is_favoured);
        if let [one, other] = members[..]
            && pairs.insert([one.min(other), one.max(other)])
        {
            return (Kind::Direct, None, members);
        }
    }
    // Small groups are many.
    let top = rng.random_range(3..=GROUP_MAX);
    let size = rng.random_range(2..top).min(people);
    let title = (!rng.random_ratio(1, 12)).then(|| speech::pick(rng, words::TITLES).to_owned());
    (Kind::Group, title, circle(rng, people, size, is_favoured))
}

/// `size` different ones out of `people`, in any order, the earlier ones more often.
fn circle(rng: &mut StdRng, people: usize, size: usize, with_the_first: bool) -> Vec<usize> {
    let mut members = Vec::with_capacity(size);
    if size * 2 > people {
        members.extend(0..people);
        members.shuffle(rng);
        members.truncate(size);
        return members;
    }
    if with_the_first {
        members.push(0);
    }
    while members.len() < size {
        let one = early(rng, people);
        if !members.contains(&one) {
            members.push(one);
        }
    }
    members.shuffle(rng);
    members
}

/// A number below `end`, small ones more often; 0 where there is none.
pub(super) fn early(rng: &mut StdRng, end: usize) -> usize {
    let top = rng.random_range(0..end.max(1));
    rng.random_range(0..=top)
}

/// From when to when a conversation lasts: the first one to the end, others shorter the less there is to say.
fn lifetime(rng: &mut StdRng, number: u32, messages: u64) -> (Timestamp, Timestamp) {
    let messages = u32::try_from(messages).unwrap_or(u32::MAX);
    let pace = HOUR / 6 + calendar::up_to(rng, HOUR * 6);
    let length = pace.saturating_mul(messages.saturating_add(1)).min(DAY * 300);
    let silence = if number == 0 { Duration::ZERO } else { calendar::up_to(rng, DAY * 80) };
    let silence = calendar::up_to(rng, silence);
    let ends = calendar::before(calendar::LAST, silence);
    (calendar::before(ends, length), ends)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    fn outlines(people: u32, conversations: u32, messages: u32) -> Vec<Outline> {
        let plan = Plan { people, conversations, messages, seed: 7 };
        draw(&mut StdRng::seed_from_u64(plan.seed), plan, 1_000)
    }

    #[test]
    fn every_message_has_its_conversation() {
        for (people, conversations, messages) in
            [(2, 1, 0), (2, 40, 7), (3, 10, 10_000), (2_000, 500, 999_999), (2, 1, u32::MAX)]
        {
            let outlines = outlines(people, conversations, messages);
            assert_eq!(outlines.len(), usize::try_from(conversations).unwrap());
            assert_eq!(outlines.iter().map(|one| one.messages).sum::<u64>(), u64::from(messages));
        }
    }

    #[test]
    fn two_people_have_one_direct_conversation() {
        let outlines = outlines(6, 200, 1_000);
        let mut pairs = HashSet::new();
        for outline in &outlines {
            let distinct: HashSet<_> = outline.members.iter().copied().collect();
            assert_eq!(distinct.len(), outline.members.len(), "nobody is there twice");
            assert!(distinct.len() >= 2);
            if outline.kind == Kind::Direct {
                let mut pair = outline.members.clone();
                pair.sort_unstable();
                assert!(pair.len() == 2 && pairs.insert(pair));
            }
        }
        assert!(!pairs.is_empty() && pairs.len() <= 15);
    }

    #[test]
    fn everything_happens_between_two_days() {
        let registered = calendar::FIRST.plus(DAY * 60);
        for outline in outlines(50, 300, 100_000) {
            assert!(registered < outline.begins && outline.begins < outline.ends);
            assert!(outline.ends <= calendar::LAST);
        }
    }
}
