//! Who is being stopped by a plan: runs of cron that overlap choose the same processes, and none of them is to be signalled twice. A program may
//! take the second SIGTERM for the wish to end without saving anything.
//!
//! A claim is a lock on one byte of a file of this user's state directory, at the number of the process. The kernel gives it back when its holder
//! ends, however that ends. It protects nobody: identity does. So where there is no such file, plans are executed without claims.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};

use super::plan::{Choice, KillPlan};

const FILE: &str = "stops.lock";

const TAKEN: &str = "is being stopped by another run of procman just now; look again when that is over";

/// The processes that a run has for itself, until it is dropped.
#[derive(Debug)]
pub struct Claims {
    file: File,
}

impl Claims {
    /// Claims the targets of a plan. Those that another run has are refused by the plan from here on.
    ///
    /// # Errors
    /// What opening and locking the file say; the plan is as it was.
    pub fn take(state_dir: &Path, plan: &mut KillPlan) -> io::Result<Self> {
        let claims = Self::open(state_dir)?;
        let mut taken = Vec::new();
        for target in &plan.targets {
            taken.push(!claims.claim(target.process.identity.pid)?);
        }
        let mut taken = taken.into_iter();
        let (refused, targets) =
            std::mem::take(&mut plan.targets).into_iter().partition(|_| taken.next().unwrap_or(false));
        let refused: Vec<Choice> = refused;
        plan.targets = targets;
        plan.refused.extend(refused.into_iter().map(|it| Choice { reasons: vec![TAKEN.to_owned()], ..it }));
        Ok(claims)
    }

    fn open(state_dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(state_dir)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
        Ok(Self { file: options.open(state_dir.join(FILE))? })
    }

    /// False: another run has it. A run that claims the same process again keeps it.
    fn claim(&self, pid: i32) -> io::Result<bool> {
        let byte = libc::flock {
            l_type: libc::F_WRLCK as libc::c_short,
            l_whence: libc::SEEK_SET as libc::c_short,
            l_start: libc::off_t::from(pid),
            l_len: 1,
            l_pid: 0,
        };
        // Of the open file and not of the process: two plans of one process are two runs.
        match fcntl(&self.file, FcntlArg::F_OFD_SETLK(&byte)) {
            Ok(_) => Ok(true),
            Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::test_processes::process;

    fn plan(pids: &[i32]) -> KillPlan {
        let choice = |pid: &i32| Choice {
            process: process(*pid).build(),
            rule: "r".into(),
            reasons: vec!["why".into()],
        };
        let targets = pids.iter().map(choice).collect();
        KillPlan { created_at: String::new(), boot_id: "boot".into(), targets, refused: Vec::new() }
    }

    fn pids(choices: &[Choice]) -> Vec<i32> {
        choices.iter().map(|choice| choice.process.identity.pid).collect()
    }

    #[test]
    fn who_is_claimed_is_refused_until_the_other_run_ends() {
        let folder = std::env::temp_dir().join(format!("procman-claims-{}", std::process::id()));
        let (mut first, mut second, mut third) = (plan(&[10, 11]), plan(&[11, 12]), plan(&[11]));
        let held = Claims::take(&folder, &mut first).unwrap();
        assert_eq!((pids(&first.targets), first.refused.len()), (vec![10, 11], 0));
        let _other = Claims::take(&folder, &mut second).unwrap();
        assert_eq!((pids(&second.targets), pids(&second.refused)), (vec![12], vec![11]));
        assert_eq!(second.refused[0].reasons, [TAKEN]);
        drop(held);
        let _last = Claims::take(&folder, &mut third).unwrap();
        assert_eq!(pids(&third.targets), [11]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn without_a_file_the_plan_stays_as_it_was() {
        let mut unchanged = plan(&[10]);
        assert!(Claims::take(Path::new("/proc/nowhere"), &mut unchanged).is_err());
        assert_eq!(pids(&unchanged.targets), [10]);
    }
}
