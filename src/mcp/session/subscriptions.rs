//! Resource subscriptions of one process, counted by holder. Pure: says what to ask the server, and who gets which answer.
//!
//! | state of a URI | a holder joins | its last holder leaves | the server agreed | the server refused |
//! |---|---|---|---|---|
//! | absent | → asking, `Subscribe` | – | – | – |
//! | asking | waits | stays asking | → held, or → leaving, `Unsubscribe`, if nobody is left | → absent; holders forgotten |
//! | held | is answered | → leaving, `Unsubscribe` | – | – |
//! | leaving | waits | stays leaving | → absent, or → asking, `Subscribe`, if somebody came | the same: it knows nothing of us |

use std::collections::{BTreeMap, BTreeSet};

use super::{Audience, Holder};

/// What to ask the server next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    Subscribe(String),
    Unsubscribe(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Asking,
    Held,
    Leaving,
}

#[derive(Debug)]
struct Entry<W> {
    state: State,
    holders: BTreeSet<Holder>,
    /// Who waits for the server to agree to what is being asked.
    waiters: Vec<W>,
    /// Who came while the server was being told to forget it.
    early: Vec<W>,
}

/// What follows a step.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step<W> {
    pub(super) ask: Option<Ask>,
    /// They get the server's answer, or an empty one where the server was not asked.
    pub(super) answered: Vec<W>,
}

/// `W` is a caller that waits.
#[derive(Debug)]
pub(super) struct Subscriptions<W> {
    entries: BTreeMap<String, Entry<W>>,
}

impl<W> Default for Subscriptions<W> {
    fn default() -> Self {
        Self { entries: BTreeMap::new() }
    }
}

impl<W> Step<W> {
    fn answer(waiters: Vec<W>) -> Self {
        Self { ask: None, answered: waiters }
    }

    fn ask(ask: Ask) -> Self {
        Self { ask: Some(ask), answered: Vec::new() }
    }

    fn nothing() -> Self {
        Self { ask: None, answered: Vec::new() }
    }
}

impl<W> Subscriptions<W> {
    /// A holder wants to hear of `uri`.
    pub(super) fn join(&mut self, uri: &str, holder: Holder, waiter: W) -> Step<W> {
        let Some(entry) = self.entries.get_mut(uri) else {
            let holders = BTreeSet::from([holder]);
            let entry = Entry { state: State::Asking, holders, waiters: vec![waiter], early: Vec::new() };
            self.entries.insert(uri.to_owned(), entry);
            return Step::ask(Ask::Subscribe(uri.to_owned()));
        };
        entry.holders.insert(holder);
        match entry.state {
            State::Held => Step::answer(vec![waiter]),
            State::Asking => {
                entry.waiters.push(waiter);
                Step::nothing()
            }
            State::Leaving => {
                entry.early.push(waiter);
                Step::nothing()
            }
        }
    }

    /// A holder does not want to hear of `uri` any more; `waiter` is the caller, if there is one.
    pub(super) fn leave(&mut self, uri: &str, holder: Holder, waiter: Option<W>) -> Step<W> {
        let Some(entry) = self.entries.get_mut(uri).filter(|entry| entry.holders.contains(&holder)) else {
            return Step::answer(waiter.into_iter().collect());
        };
        entry.holders.remove(&holder);
        if entry.state == State::Held && entry.holders.is_empty() {
            entry.state = State::Leaving;
            entry.waiters.extend(waiter);
            return Step::ask(Ask::Unsubscribe(uri.to_owned()));
        }
        Step::answer(waiter.into_iter().collect())
    }

    /// The server answered what was asked of it about `uri`.
    pub(super) fn answered(&mut self, uri: &str, agreed: bool) -> Step<W> {
        let Some(entry) = self.entries.get_mut(uri) else { return Step::nothing() };
        let answered = std::mem::take(&mut entry.waiters);
        let ask = match (entry.state, agreed) {
            (State::Asking, true) if !entry.holders.is_empty() => {
                entry.state = State::Held;
                None
            }
            (State::Asking, true) => {
                entry.state = State::Leaving;
                Some(Ask::Unsubscribe(uri.to_owned()))
            }
            (State::Leaving, _) if !entry.holders.is_empty() => {
                entry.state = State::Asking;
                entry.waiters = std::mem::take(&mut entry.early);
                Some(Ask::Subscribe(uri.to_owned()))
            }
            (State::Asking | State::Leaving, _) => {
                let gone = self.entries.remove(uri);
                let early = gone.map(|entry| entry.early).unwrap_or_default();
                return Step::answer(answered.into_iter().chain(early).collect());
            }
            (State::Held, _) => None,
        };
        Step { ask, answered }
    }

    /// What a holder has, so that it can leave it or take it along.
    pub(super) fn of(&self, holder: Holder) -> Vec<String> {
        let held = self.entries.iter().filter(|(_, entry)| entry.holders.contains(&holder));
        held.map(|(uri, _)| uri.clone()).collect()
    }

    /// What somebody waits for or has.
    pub(super) fn wanted(&self) -> Vec<String> {
        self.entries
            .iter()
            .filter(|(_, entry)| !entry.holders.is_empty())
            .map(|(uri, _)| uri.clone())
            .collect()
    }

    /// Who hears of `uri`, which may be a part of what was asked for; everybody where nobody asked, as the server has its reasons then.
    pub(super) fn audience(&self, uri: &str) -> Audience {
        let meant = self.entries.iter().filter(|(held, _)| uri.starts_with(held.as_str()));
        let holders: BTreeSet<Holder> = meant.flat_map(|(_, entry)| entry.holders.iter().copied()).collect();
        if holders.is_empty() { Audience::All } else { Audience::Only(holders.into_iter().collect()) }
    }
}

#[cfg(test)]
#[path = "subscriptions_tests.rs"]
mod tests;
