use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::*;
use crate::sys::poll;

/// A process that waits for the end of its input, with this environment entry.
struct Marked(Child);

impl Marked {
    #[expect(clippy::disallowed_methods, reason = "the child of a test is its own")]
    fn with(marker: &str, more: &[(&str, &str)]) -> Self {
        let (name, value) = marker.split_once('=').unwrap();
        let mut command = Command::new("cat");
        command.env(name, value).envs(more.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut marked = Self(command.spawn().unwrap());
        marked.echo();
        marked
    }

    /// It has an environment of its own when it answers: in the middle of its exec it has a new name and none yet.
    fn echo(&mut self) {
        self.0.stdin.as_mut().unwrap().write_all(b"?").unwrap();
        self.0.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    }

    fn pid(&self) -> i32 {
        self.0.id().cast_signed()
    }

    fn is_alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Marked {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Of one test, and no other that runs beside it.
fn marker(test: &str) -> String {
    format!("PROCMAN_COOKIE=carriers-{test}-{}", std::process::id())
}

fn carriers(marker: &str) -> Carriers {
    Carriers::new(vec![marker.as_bytes().to_vec()], prctl::effective_uid())
}

fn found(carriers: &Carriers, process: &Marked) -> Option<Carrier> {
    let reading = carriers.read().unwrap();
    reading.carriers.into_iter().find(|carrier| carrier.identity().pid == process.pid())
}

#[test]
fn who_carries_the_marker_is_found_and_signalled() {
    let marker = marker("found");
    let mut process = Marked::with(&marker, &[]);
    let carriers = carriers(&marker);
    let carrier = found(&carriers, &process).unwrap();
    assert!(matches!(carrier.standing, Standing::Leftover(Place::Alone)));
    let hold = carrier.hold().unwrap();
    carriers.signal(&carrier, libc::SIGKILL).unwrap();
    assert!(poll::is_ready(hold.as_fd(), libc::POLLIN, Duration::from_secs(10)));
    assert!(!process.is_alive());
    assert!(found(&carriers, &process).is_none(), "a zombie is nobody");
}

/// A number that was given on: whoever has it now carries the marker too, and is not the one that was chosen.
#[test]
fn another_process_with_the_number_is_not_signalled() {
    let marker = marker("reused");
    let mut process = Marked::with(&marker, &[]);
    let carriers = carriers(&marker);
    let mut carrier = found(&carriers, &process).unwrap();
    carrier.process.identity.start_token = "1".to_owned();
    assert!(carriers.signal(&carrier, libc::SIGKILL).is_err());
    assert!(process.is_alive());
}

/// What it was chosen for is looked at again: an exec may have cleared the environment.
#[test]
fn who_carries_it_no_longer_is_not_signalled() {
    let marker = marker("cleared");
    let mut process = Marked::with("OTHER=x", &[]);
    let carriers = carriers(&marker);
    let (identity, stat) = procfs::look(process.pid()).unwrap();
    let standing = Standing::Leftover(Place::Alone);
    let carrier = Carrier { ledger: 0, process: stat.into_info(identity), standing };
    assert!(carriers.signal(&carrier, libc::SIGKILL).is_err());
    assert!(process.is_alive());
}

#[test]
fn who_is_kept_or_carries_an_empty_marker_is_protected() {
    let marker = marker("kept");
    let mut kept = Marked::with(&marker, &[("PROCMAN_KEEP", "1")]);
    let carriers = carriers(&marker);
    let carrier = found(&carriers, &kept).unwrap();
    assert!(matches!(&carrier.standing, Standing::Protected(reason) if reason.contains("PROCMAN_KEEP")));
    assert!(carriers.signal(&carrier, libc::SIGKILL).is_err());
    assert!(kept.is_alive());
    let nobody = Carriers::new(vec![Vec::new()], prctl::effective_uid());
    assert!(nobody.read().unwrap().carriers.is_empty());
}

#[test]
fn another_user_is_protected() {
    let marker = marker("user");
    let mut process = Marked::with(&marker, &[]);
    let of_another = Carriers::new(vec![marker.as_bytes().to_vec()], prctl::effective_uid() + 1);
    let carrier = found(&of_another, &process).unwrap();
    assert!(matches!(&carrier.standing, Standing::Protected(reason) if reason.contains("runs as uid")));
    assert!(of_another.signal(&carrier, libc::SIGKILL).is_err());
    assert!(process.is_alive());
}

#[test]
fn this_process_and_those_above_it_are_family() {
    let carriers = carriers(&marker("family"));
    assert!(carriers.family.contains(&prctl::own_pid()) && carriers.family.contains(&prctl::parent()));
    let own = environ::read(prctl::own_pid()).unwrap();
    let entry = own.split(|byte| *byte == 0).find(|entry| entry.len() > 3).unwrap();
    assert!(carriers.is_own(entry));
    assert!(!carriers.is_own(b"PROCMAN_COOKIE=nobody-has-this-one"));
}
