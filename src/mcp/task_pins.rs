//! Which instance made which task. Pure; what a task is `tasks` knows.

use std::collections::{HashMap, VecDeque};

/// Tasks are forgotten by their servers after a time that only they know; here the oldest give way.
const MOST: usize = 10_000;

/// Task → the instances that made one of this name: most servers name them as nobody else does, some count from one.
#[derive(Debug)]
pub struct TaskPins<I> {
    pins: HashMap<String, Vec<I>>,
    order: VecDeque<String>,
}

impl<I> Default for TaskPins<I> {
    fn default() -> Self {
        Self { pins: HashMap::new(), order: VecDeque::new() }
    }
}

impl<I: PartialEq> TaskPins<I> {
    /// An instance answered with a task.
    pub fn learn(&mut self, task: String, instance: I) {
        let owners = self.pins.entry(task.clone()).or_default();
        if !owners.is_empty() {
            owners.retain(|other| *other != instance);
            self.order.retain(|other| *other != task);
        }
        owners.push(instance);
        self.order.push_back(task);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.pins.remove(&oldest);
        }
    }

    /// Who made a task of this name, the newest last.
    #[must_use]
    pub fn owners(&self, task: &str) -> &[I] {
        self.pins.get(task).map_or(&[], Vec::as_slice)
    }

    /// Who made the newest task of all.
    #[must_use]
    pub fn newest(&self) -> Option<&I> {
        self.owners(self.order.back()?).last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_that_count_their_tasks_have_some_of_the_same_name() {
        let mut pins = TaskPins::default();
        for owner in ['a', 'b', 'a'] {
            pins.learn("1".to_owned(), owner);
        }
        assert_eq!(pins.owners("1"), ['b', 'a']);
        assert_eq!(pins.owners("2"), []);
    }

    #[test]
    fn the_oldest_give_way() {
        let mut pins = TaskPins::default();
        for number in 0..=MOST {
            pins.learn(number.to_string(), 1);
        }
        assert_eq!((pins.owners("0"), pins.owners("1")), (&[][..], &[1][..]));
    }
}
