//! Processes for JavaScript as rows of numbers and of texts: parsing them from JSON takes its thread twice as long.
//!
//! The texts are one string with NULs between, which nothing that the kernel says of a process holds. `lib/api/process-rows.js` reads both in
//! the order in which they are written here. Where processes come in crowds, and there a list is long, most of their texts are those of the row above:
//! of a process that has all of them only the token crosses, else a mark for each that it has, and JavaScript keeps one string of both.

use super::{ProcessInfo, ProcessState};

/// Numbers of one process.
const WIDTH: usize = 14;

/// Stands for the text in the row above.
const SAME: char = '\u{1}';

/// In the place of the number of arguments: all texts but the token are those of the row above.
const ALIKE: f64 = -1.0;

/// Some processes on their way.
#[derive(Debug)]
pub struct ProcessRows {
    /// One row for each.
    pub numbers: Vec<[f64; WIDTH]>,
    /// The boot that all are of, then what each has.
    pub texts: String,
}

impl ProcessRows {
    /// The most processes of one part: what JavaScript has room for, and reads in a tenth of a millisecond.
    pub const MOST: usize = 32;

    /// In the same order.
    #[must_use]
    pub fn of(processes: &[ProcessInfo]) -> Self {
        let mut texts = String::with_capacity(256 * processes.len());
        // All are of one boot.
        texts.push_str(processes.first().map_or("", |process| &process.identity.boot_id));
        let above = std::iter::once(None).chain(processes.iter().map(Some));
        let row = |(process, above)| push_row(process, above, &mut texts);
        let numbers = processes.iter().zip(above).map(row).collect();
        Self { numbers, texts }
    }
}

/// Adds the texts of a process and returns its numbers.
fn push_row(process: &ProcessInfo, above: Option<&ProcessInfo>, texts: &mut String) -> [f64; WIDTH] {
    push(&process.identity.start_token, texts);
    let is_alike = above.is_some_and(|above| has_texts_of(process, above));
    if !is_alike {
        push_texts(process, above, texts);
    }
    numbers(process, is_alike)
}

/// Odd bytes are rare: who has some is like nobody.
fn has_texts_of(process: &ProcessInfo, above: &ProcessInfo) -> bool {
    process.argv_raw.is_none()
        && process.name == above.name
        && process.exe == above.exe
        && process.unit == above.unit
        && process.argv == above.argv
}

#[expect(
    clippy::cast_precision_loss,
    reason = "bytes of memory, inodes and counts of arguments are below 2^53"
)]
fn numbers(process: &ProcessInfo, is_alike: bool) -> [f64; WIDTH] {
    let count = |arguments: usize| arguments as f64;
    [
        process.identity.pid.into(),
        process.ppid.into(),
        process.pgid.into(),
        process.sid.into(),
        process.uid.into(),
        state(process.state),
        process.rss_bytes as f64,
        process.cpu_percent,
        process.started_at,
        process.threads.into(),
        process.orphan.into(),
        // There is no namespace of this number.
        process.pid_namespace.map_or(0.0, |inode| inode as f64),
        if is_alike { ALIKE } else { count(process.argv.len()) },
        // One more than there are: a command line of none is not the same as one that needs no bytes.
        process.argv_raw.as_ref().map_or(0.0, |raw| count(raw.len() + 1)),
    ]
}

/// Its place in the list of JavaScript.
fn state(state: ProcessState) -> f64 {
    match state {
        ProcessState::Running => 0.0,
        ProcessState::Sleeping => 1.0,
        ProcessState::DiskSleep => 2.0,
        ProcessState::Stopped => 3.0,
        ProcessState::Zombie => 4.0,
        ProcessState::Other => 5.0,
    }
}

fn push_texts(process: &ProcessInfo, above: Option<&ProcessInfo>, texts: &mut String) {
    let mut push_repeated = |text: &str, above: Option<&str>| match above {
        Some(above) if above == text && !text.is_empty() => push(SAME.encode_utf8(&mut [0; 4]), texts),
        _ => push_literal(text, texts),
    };
    push_repeated(&process.name, above.map(|above| above.name.as_str()));
    push_repeated(process.exe.as_deref().unwrap_or_default(), above.and_then(|above| above.exe.as_deref()));
    push_repeated(process.unit.as_deref().unwrap_or_default(), above.and_then(|above| above.unit.as_deref()));
    let arguments_above = above.map_or(&[][..], |above| &above.argv);
    for (place, argument) in process.argv.iter().enumerate() {
        push_repeated(argument, arguments_above.get(place).map(String::as_str));
    }
    for argument in process.argv_raw.iter().flatten() {
        // A character for each byte.
        push(&argument.iter().copied().map(char::from).collect::<String>(), texts);
    }
}

/// One that could be taken for the mark gets another behind it.
fn push_literal(text: &str, texts: &mut String) {
    push(text, texts);
    if text.trim_start_matches('\0').starts_with(SAME) {
        texts.push(SAME);
    }
}

/// A NUL where there can be none would move everything behind it to somebody else.
fn push(text: &str, texts: &mut String) {
    texts.push('\0');
    texts.extend(text.split('\0'));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProcessIdentity;

    fn process(pid: i32) -> ProcessInfo {
        let identity =
            ProcessIdentity { pid, start_token: format!("token-{pid}"), boot_id: "boot".to_owned() };
        ProcessInfo { name: "na me".to_owned(), ..ProcessInfo::unread(identity) }
    }

    #[test]
    fn texts_come_in_the_order_in_which_they_are_read() {
        let full = ProcessInfo {
            exe: Some("/bin/x".to_owned()),
            unit: Some("unit-1".to_owned()),
            argv: vec!["x".to_owned(), String::new(), "\u{fffd}".to_owned()],
            argv_raw: Some(vec![b"x".to_vec(), Vec::new(), b"\xff".to_vec()]),
            ..process(7)
        };
        let rows = ProcessRows::of(&[full, ProcessInfo { name: "other".to_owned(), ..process(8) }]);
        let texts: Vec<&str> = rows.texts.split('\0').collect();
        let first = ["boot", "token-7", "na me", "/bin/x", "unit-1", "x", "", "\u{fffd}", "x", "", "\u{ff}"];
        assert_eq!(texts[..first.len()], first);
        assert_eq!(texts[first.len()..], ["token-8", "other", "", ""]);
        let counts = |row: usize| [rows.numbers[row][12], rows.numbers[row][13]];
        assert_eq!((counts(0), counts(1)), ([3.0, 4.0], [0.0, 0.0]));
    }

    #[test]
    fn text_that_holds_a_nul_moves_nobody_elses() {
        let odd = ProcessInfo { name: "a\0b".to_owned(), ..process(7) };
        let rows = ProcessRows::of(&[odd, process(8)]);
        let texts: Vec<&str> = rows.texts.split('\0').collect();
        assert_eq!(texts, ["boot", "token-7", "ab", "", "", "token-8", "na me", "", ""]);
    }

    #[test]
    fn text_of_the_row_above_crosses_as_a_mark() {
        let of = |pid, argv: &[&str]| ProcessInfo {
            exe: Some("/bin/x".to_owned()),
            argv: argv.iter().map(|&argument| argument.to_owned()).collect(),
            ..process(pid)
        };
        let rows = ProcessRows::of(&[of(7, &["x", "", "a"]), of(8, &["x", "", "b", "a"]), process(9)]);
        let texts: Vec<&str> = rows.texts.split('\0').collect();
        assert_eq!(texts[8..15], ["token-8", "\u{1}", "\u{1}", "", "\u{1}", "", "b"]);
        assert_eq!(texts[15..], ["a", "token-9", "\u{1}", "", ""]);
    }

    #[test]
    fn of_a_process_with_all_texts_of_the_row_above_only_the_token_crosses() {
        let of = |pid, argument: &str| ProcessInfo { argv: vec![argument.to_owned()], ..process(pid) };
        let odd = ProcessInfo { argv_raw: Some(vec![b"b".to_vec()]), ..of(10, "b") };
        let rows = ProcessRows::of(&[of(7, "a"), of(8, "a"), of(9, "b"), odd]);
        let texts: Vec<&str> = rows.texts.split('\0').skip(6).collect();
        assert_eq!(texts[..6], ["token-8", "token-9", "\u{1}", "", "", "b"]);
        let counts: Vec<f64> = rows.numbers.iter().map(|row| row[12]).collect();
        assert_eq!(counts, [1.0, ALIKE, 1.0, 1.0]);
    }

    #[test]
    fn text_that_looks_like_the_mark_is_no_mark() {
        let odd = |pid, name: &str| ProcessInfo { name: name.to_owned(), ..process(pid) };
        let rows = ProcessRows::of(&[odd(7, "\u{1}"), odd(8, "\u{1}x"), odd(9, "\u{1}x")]);
        let names: Vec<&str> = rows.texts.split('\0').skip(2).step_by(4).take(2).collect();
        assert_eq!(names, ["\u{1}\u{1}", "\u{1}x\u{1}"]);
        // The NUL is left out.
        let rows = ProcessRows::of(&[odd(7, "x"), odd(8, "\0\u{1}")]);
        assert_eq!(rows.texts.split('\0').nth(6), Some("\u{1}\u{1}"));
    }

    #[test]
    fn room_of_javascript_is_that_of_a_part() {
        let reader = include_str!("../../lib/api/process-rows.js");
        let says = |name: &str, number: usize| reader.contains(&format!("const {name} = {number};"));
        assert!(says("MOST", ProcessRows::MOST) && says("WIDTH", WIDTH));
        assert!(says("SAME", u32::from(SAME) as usize));
        assert!(reader.contains(&format!("const ALIKE = {ALIKE};")));
        assert!(!says("MOST", ProcessRows::MOST * 2), "a reader that says something else is found");
    }

    #[test]
    fn state_is_its_place_in_the_list_of_javascript() {
        let list = include_str!("../../lib/api/process-rows.js");
        let list = list.split_once("const STATES = [").unwrap().1.split_once(']').unwrap().0;
        let states = [
            ProcessState::Running,
            ProcessState::Sleeping,
            ProcessState::DiskSleep,
            ProcessState::Stopped,
            ProcessState::Zombie,
            ProcessState::Other,
        ];
        let named: Vec<String> = states.iter().map(|state| serde_json::to_string(state).unwrap()).collect();
        assert_eq!(list.replace('\'', "\""), named.join(", "));
        let places = states.map(state);
        assert_eq!(places, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    }
}
