//! Wakes whoever waits for a log to grow.
//!
//! A ring says that a log has reached a position, and nothing more: the log is the truth, the bus only a doorbell, so
//! a lost ring delays and never loses. It knows no event and no table. Rings reach this process; other nodes will
//! hear them through the same type.

use std::sync::Arc;

use dashmap::DashMap;
use tokio::sync::watch;
use uuid::Uuid;

/// A channel per topic that somebody listens to; nothing is kept for the others.
#[derive(Clone, Debug, Default)]
pub struct Bus {
    topics: Arc<DashMap<Uuid, watch::Sender<i64>>>,
}

impl Bus {
    /// Says that the log of `topic` has reached `position`. Rings that come late or twice change nothing.
    pub fn ring(&self, topic: Uuid, position: i64) {
        let Some(sender) = self.topics.get(&topic) else { return };
        sender.send_if_modified(|last| {
            let is_news = position > *last;
            *last = position.max(*last);
            is_news
        });
    }

    /// Listens to `topic` until the ear is dropped.
    pub fn listen(&self, topic: Uuid) -> Ear {
        let receiver = self.topics.entry(topic).or_insert_with(|| watch::channel(0).0).subscribe();
        Ear { topic, receiver: Some(receiver), topics: Arc::clone(&self.topics) }
    }
}

/// Hears the rings of one topic.
#[derive(Debug)]
pub struct Ear {
    topic: Uuid,
    /// `None` only while it is being dropped.
    receiver: Option<watch::Receiver<i64>>,
    topics: Arc<DashMap<Uuid, watch::Sender<i64>>>,
}

impl Ear {
    /// The highest position rung since the last call, as soon as there is a higher one.
    pub async fn hear(&mut self) -> Option<i64> {
        let receiver = self.receiver.as_mut()?;
        receiver.changed().await.ok()?;
        Some(*receiver.borrow_and_update())
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.receiver = None;
        self.topics.remove_if(&self.topic, |_, sender| sender.receiver_count() == 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_ring_wakes_those_who_listen_to_its_topic() {
        let (bus, topic, other) = (Bus::default(), Uuid::from_u128(1), Uuid::from_u128(2));
        let (mut first, mut second, mut stranger) = (bus.listen(topic), bus.listen(topic), bus.listen(other));
        bus.ring(topic, 7);
        assert_eq!(first.hear().await, Some(7));
        assert_eq!(second.hear().await, Some(7));
        bus.ring(other, 1);
        assert_eq!(stranger.hear().await, Some(1));
    }

    #[tokio::test]
    async fn late_and_double_rings_are_not_heard() {
        let (bus, topic) = (Bus::default(), Uuid::from_u128(1));
        let mut ear = bus.listen(topic);
        for position in [3, 5, 5, 4] {
            bus.ring(topic, position);
        }
        assert_eq!(ear.hear().await, Some(5));
        bus.ring(topic, 5);
        bus.ring(topic, 6);
        assert_eq!(ear.hear().await, Some(6));
    }

    #[test]
    fn a_topic_nobody_listens_to_costs_nothing() {
        let (bus, topic) = (Bus::default(), Uuid::from_u128(1));
        bus.ring(topic, 1);
        let (first, second) = (bus.listen(topic), bus.listen(topic));
        drop(first);
        assert_eq!(bus.topics.len(), 1);
        drop(second);
        assert!(bus.topics.is_empty());
    }
}
