use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::*;

/// Three families of three below a shell, which says when all are there and ends them all with its stdin.
struct Clan {
    shell: Child,
    root: i32,
    generation: Vec<i32>,
}

impl Clan {
    #[expect(clippy::disallowed_methods, reason = "the child of a test is its own")]
    fn start() -> Self {
        let family = "(sh -c 'echo; read line' <&3 & sh -c 'echo; read line' <&3 & wait) &";
        let script = format!("exec 3<&0; {family} {family} {family} wait");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut shell = command.spawn().unwrap();
        let lines = BufReader::new(shell.stdout.take().unwrap()).lines();
        assert_eq!(lines.take(6).map(Result::unwrap).count(), 6);
        let root = shell.id().cast_signed();
        let mut generation = Vec::new();
        children_into(root, 1, &mut generation);
        assert_eq!(generation.len(), 3);
        Self { shell, root, generation }
    }

    fn end(mut self) {
        drop(self.shell.stdin.take());
        self.shell.wait().unwrap();
    }
}

#[test]
fn everybody_is_found_parents_first() {
    let clan = Clan::start();
    let mut listing = Listing::of(clan.root);
    let next = listing.walk(&clan.generation);
    assert_eq!(listing.walk(&next), [0; 0]);
    assert_eq!(listing.found.len(), 9);
    for (place, process) in listing.found.iter().enumerate() {
        let is_parent = |earlier: &ProcessInfo| earlier.identity.pid == process.ppid;
        assert!(process.ppid == clan.root || listing.found[..place].iter().any(is_parent), "{process:?}");
    }
    clan.end();
}

/// A member ends while the listing goes on, its parent reaps it, and its number goes to a stranger with children.
#[test]
fn stranger_with_the_number_of_a_member_is_none_of_the_tree() {
    let clan = Clan::start();
    let elsewhere = std::process::id().cast_signed();
    let mut listing = Listing::of(clan.generation[0]);
    assert_eq!(listing.walk(&clan.generation[1..]), [0; 0], "children of another parent");
    assert_eq!(listing.walk(&[elsewhere]), [0; 0], "nobody of this machine's rest");
    assert_eq!(listing.found.len(), 0);
    clan.end();
}
