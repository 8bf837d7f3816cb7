//! The splitter against a plain split, in pieces of every size, and its bound on memory.

use proptest::prelude::*;

use super::{CHUNK, Frame, Splitter, TooLong};

#[derive(Debug, Clone, PartialEq)]
enum Seen {
    Line(Vec<u8>),
    TooLong(TooLong),
}

fn feed(splitter: &mut Splitter, mut bytes: &[u8], piece: usize) -> Vec<Seen> {
    let mut seen = Vec::new();
    while !bytes.is_empty() {
        let room = splitter.room();
        let count = bytes.len().min(piece).min(room.capacity() - room.len());
        room.extend_from_slice(&bytes[..count]);
        bytes = &bytes[count..];
        while let Some(frame) = splitter.next_frame() {
            seen.push(match frame {
                Frame::Short(line) => Seen::Line(line.to_vec()),
                Frame::Long(line) => Seen::Line(line),
                Frame::TooLong(gone) => Seen::TooLong(gone),
            });
        }
    }
    seen
}

#[test]
fn a_code_point_split_over_two_reads_stays_whole() {
    let seen = feed(&mut Splitter::new(1000), "{\"a\":\"žluťoučký 🐴\"}\r\n".as_bytes(), 1);
    assert_eq!(seen, [Seen::Line("{\"a\":\"žluťoučký 🐴\"}".as_bytes().to_vec())]);
}

#[test]
fn a_line_over_the_cap_costs_one_call_and_no_memory() {
    let mut splitter = Splitter::new(1 << 20);
    let mut stream = br#"{"id":1,"result":1}"#.to_vec();
    stream.extend_from_slice(b"\n{\"result\":{\"id\":5,\"t\":\"");
    stream.resize(stream.len() + (100 << 20), b'x');
    stream.extend_from_slice(b"\"},\"id\":2}\n{\"id\":3,\"result\":1}\n");
    let seen = feed(&mut splitter, &stream, CHUNK);
    assert_eq!(seen.len(), 3);
    let Seen::TooLong(gone) = &seen[1] else { panic!("{:?}", seen[1]) };
    assert_eq!(gone.answers, Some(2));
    assert!(gone.bytes > 100 << 20);
    assert_eq!(seen[2], Seen::Line(br#"{"id":3,"result":1}"#.to_vec()));
    assert!(splitter.held() <= 2 * CHUNK, "{} bytes stay allocated", splitter.held());
}

#[test]
fn a_big_line_takes_its_buffer_along() {
    let mut splitter = Splitter::new(64 << 20);
    let mut stream = vec![b'a'; 8 << 20];
    stream.extend_from_slice(b"\r\nnext\n");
    let seen = feed(&mut splitter, &stream, CHUNK);
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0], Seen::Line(vec![b'a'; 8 << 20]));
    assert!(splitter.held() <= 2 * CHUNK, "{} bytes stay allocated", splitter.held());
}

#[test]
fn a_discarded_line_that_is_no_answer_names_no_call() {
    for line in [
        r#"{"method":"x","id":1,"params":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
        "log line {\"id\":1,\"result\":1} aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ] {
        let seen = feed(&mut Splitter::new(10), format!("{line}\n").as_bytes(), 7);
        assert_eq!(seen, [Seen::TooLong(TooLong { bytes: line.len() as u64, answers: None })]);
    }
}

proptest! {
    #[test]
    fn splits_as_a_plain_split_does(lines in prop::collection::vec("[^\n\r]{0,40}", 0..20), crlf: bool, piece in 1_usize..50, cap in 20_usize..60) {
        let end = if crlf { "\r\n" } else { "\n" };
        let stream: String = lines.iter().flat_map(|line| [line.as_str(), end]).collect();
        let seen = feed(&mut Splitter::new(cap), stream.as_bytes(), piece);
        prop_assert_eq!(seen.len(), lines.len());
        for (seen, line) in seen.iter().zip(&lines) {
            let counted = line.len() + usize::from(crlf);
            match seen {
                Seen::Line(bytes) => prop_assert_eq!(bytes.as_slice(), line.as_bytes()),
                Seen::TooLong(gone) => prop_assert!(counted > cap && gone.bytes == counted as u64),
            }
        }
    }
}
