//! Which implementation of the system is used for processes.

use crate::model::{Error, ErrorCode, Result};

/// Where processes are read from and how they are held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Backend {
    /// `/proc` and pidfds.
    #[default]
    Linux,
    /// `sysinfo`, numbers and start times: for other systems, and to be tested here.
    Portable,
}

/// The variable that chooses one.
pub const BACKEND_VARIABLE: &str = "PROCMAN_BACKEND";

impl Backend {
    /// What the variable says; unset is the best one of this system.
    ///
    /// # Errors
    /// `ERR_CONFIG` for any other word.
    pub fn from_variable(value: Option<&str>) -> Result<Self> {
        match value {
            None | Some("" | "linux") => Ok(Self::Linux),
            Some("portable") => Ok(Self::Portable),
            Some(other) => {
                let message = format!(
                    "{BACKEND_VARIABLE} is '{other}', which is no backend; unset it, or use 'linux' or 'portable'"
                );
                Err(Error::new(ErrorCode::Config, message).detail("variable", BACKEND_VARIABLE))
            }
        }
    }

    /// As `capabilities()` names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::Portable => "portable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_backend_is_named() {
        assert_eq!(Backend::from_variable(None).unwrap(), Backend::Linux);
        assert_eq!(Backend::from_variable(Some("portable")).unwrap(), Backend::Portable);
        let error = Backend::from_variable(Some("macos")).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Config);
        assert!(error.message().contains("PROCMAN_BACKEND is 'macos'"), "{}", error.message());
    }
}
