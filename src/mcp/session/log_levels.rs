//! One process has one log level, its holders have their own: the process gets the most talkative of them, and each holder hears what its
//! own lets through. Pure.
//!
//! A holder that set none takes what comes. When the last holder with a level leaves, the process keeps it: the protocol has no way back.

use std::collections::BTreeMap;

use super::{Audience, Holder};
use crate::mcp::log_level::LogLevel;

/// The levels of one process's holders.
#[derive(Debug, Default)]
pub(super) struct LogLevels {
    wanted: BTreeMap<Holder, LogLevel>,
    /// What the process was told.
    told: Option<LogLevel>,
}

impl LogLevels {
    /// A holder sets its level; the process is to be told of the result, if there is one.
    pub(super) fn set(&mut self, holder: Holder, level: LogLevel) -> Option<LogLevel> {
        self.wanted.insert(holder, level);
        self.change()
    }

    /// A holder leaves, or the process refused its level.
    pub(super) fn leave(&mut self, holder: Holder) -> Option<LogLevel> {
        self.wanted.remove(&holder)?;
        self.change()
    }

    pub(super) fn of(&self, holder: Holder) -> Option<LogLevel> {
        self.wanted.get(&holder).copied()
    }

    /// Who hears a message of this level.
    pub(super) fn audience(&self, message: LogLevel) -> Audience {
        let deaf: Vec<Holder> =
            self.wanted.iter().filter(|(_, wanted)| **wanted > message).map(|(holder, _)| *holder).collect();
        if deaf.is_empty() { Audience::All } else { Audience::Except(deaf) }
    }

    fn change(&mut self) -> Option<LogLevel> {
        let most_talkative = self.wanted.values().min().copied()?;
        let before = self.told.replace(most_talkative);
        (before != Some(most_talkative)).then_some(most_talkative)
    }
}

#[cfg(test)]
mod tests {
    use LogLevel::{Debug, Error, Info, Warning};

    use super::*;

    #[test]
    fn the_process_gets_the_most_talkative_level_and_each_holder_its_own() {
        let mut levels = LogLevels::default();
        assert_eq!(levels.set(1, Warning), Some(Warning));
        assert_eq!(levels.set(2, Debug), Some(Debug));
        assert_eq!(levels.set(3, Error), None);
        assert_eq!(levels.audience(Info), Audience::Except(vec![1, 3]));
        assert!(levels.audience(Info).includes(4), "who set no level hears all");
        assert_eq!(levels.audience(Error), Audience::All);
        assert_eq!(levels.leave(2), Some(Warning));
        assert_eq!(levels.leave(2), None);
        assert_eq!((levels.leave(1), levels.leave(3)), (Some(Error), None));
    }
}
