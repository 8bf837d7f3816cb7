//! `JSON.stringify(value, null, 2)` as V8 does it. Needs no stack however deep the value is.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::MAX_LENGTH;
use super::string;
use super::tape::{Kind, Place, Tape};

/// Nesting at which V8 runs out of stack (4184 measured with Node's default stack) and mcporter falls back to `util.inspect`.
const MAX_DEPTH: usize = 4000;

/// More than V8 would print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMuch;

/// Appends the value at `place`, whose own line is indented by `depth` levels already.
pub(super) fn print(tape: &Tape<'_>, place: Place, depth: usize, out: &mut Vec<u8>) -> Result<(), TooMuch> {
    let mut open: Vec<Members> = Vec::new();
    let mut value = Some(place);
    loop {
        if let Some(members) = value.and_then(|place| begin(tape, place, out)) {
            open.push(members);
        }
        if open.len() + depth > MAX_DEPTH || out.len() > MAX_LENGTH {
            return Err(TooMuch);
        }
        let inner = depth + open.len();
        let Some(members) = open.last_mut() else { return Ok(()) };
        value = members.next(tape);
        match value {
            Some(place) => {
                begin_line(members.printed, inner, out);
                members.printed = true;
                if members.is_object {
                    print_string(tape, place, out);
                    out.extend_from_slice(b": ");
                    value = Some(members.value_of(place));
                }
            }
            None => {
                end_line(inner - 1, out);
                out.push(if members.is_object { b'}' } else { b']' });
                open.pop();
            }
        }
    }
}

/// Line break and indentation before a member, with the comma behind the one before it.
pub(super) fn begin_line(comma: bool, depth: usize, out: &mut Vec<u8>) {
    if comma {
        out.push(b',');
    }
    end_line(depth, out);
}

/// Line break and indentation.
pub(super) fn end_line(depth: usize, out: &mut Vec<u8>) {
    out.push(b'\n');
    out.resize(out.len() + 2 * depth, b' ');
}

/// A container that is being printed.
struct Members {
    is_object: bool,
    printed: bool,
    order: Order,
}

impl Members {
    fn next(&mut self, tape: &Tape<'_>) -> Option<Place> {
        match &mut self.order {
            Order::AsWritten { at, end } => {
                let member = (*at < *end).then_some(*at)?;
                *at = tape.next(if self.is_object { member + 1 } else { member });
                Some(member)
            }
            Order::Sorted { keys, .. } => keys.next(),
        }
    }

    fn value_of(&self, key: Place) -> Place {
        match &self.order {
            Order::AsWritten { .. } => key + 1,
            Order::Sorted { moved, .. } => moved.get(&key).copied().unwrap_or(key + 1),
        }
    }
}

/// The order of elements, or of keys.
enum Order {
    AsWritten {
        at: Place,
        end: Place,
    },
    Sorted {
        keys: std::vec::IntoIter<Place>,
        /// Values that do not follow their key: of duplicate keys the first place and the last value count.
        moved: HashMap<Place, Place>,
    },
}

/// Prints a scalar or an empty container whole, else its bracket.
fn begin(tape: &Tape<'_>, place: Place, out: &mut Vec<u8>) -> Option<Members> {
    let empty = tape.next(place) == place + 1;
    match tape.kind(place) {
        Kind::String => print_string(tape, place, out),
        Kind::Number => print_number(tape.token(place), out),
        Kind::Null | Kind::Bool => out.extend_from_slice(tape.token(place)),
        Kind::Array if empty => out.extend_from_slice(b"[]"),
        Kind::Object if empty => out.extend_from_slice(b"{}"),
        kind => {
            let is_object = kind == Kind::Object;
            out.push(if is_object { b'{' } else { b'[' });
            let sorted = is_object && !keeps_order(tape, place);
            let as_written = Order::AsWritten { at: place + 1, end: tape.next(place) };
            let order = if sorted { sorted_order(tape, place) } else { as_written };
            return Some(Members { is_object, printed: false, order });
        }
    }
    None
}

fn print_string(tape: &Tape<'_>, place: Place, out: &mut Vec<u8>) {
    if tape.is_plain(place) {
        out.push(b'"');
        out.extend_from_slice(tape.token(place));
        out.push(b'"');
    } else {
        string::quote(&string::decode(tape.token(place)), out);
    }
}

/// Whether an object is small and plain enough to see at a glance that no key moves: most are.
fn keeps_order(tape: &Tape<'_>, place: Place) -> bool {
    const GLANCE: usize = 16;
    let mut seen = [&[][..]; GLANCE];
    for (count, (key, _)) in tape.entries(place).enumerate() {
        let name = tape.token(key);
        let moves = name.first().is_some_and(u8::is_ascii_digit);
        if count == GLANCE || moves || !tape.is_plain(key) || seen[..count].contains(&name) {
            return false;
        }
        seen[count] = name;
    }
    true
}

/// Array indices first, ascending; the rest as they came.
fn sorted_order(tape: &Tape<'_>, place: Place) -> Order {
    let mut first_of = HashMap::new();
    let (mut moved, mut indices, mut names) = (HashMap::new(), Vec::new(), Vec::new());
    for (key, value) in tape.entries(place) {
        let Some(name) = tape.string(key) else { continue };
        let index = array_index(&name);
        match first_of.entry(name) {
            Entry::Occupied(first) => {
                moved.insert(*first.get(), value);
                continue;
            }
            Entry::Vacant(vacant) => vacant.insert(key),
        };
        match index {
            Some(index) => indices.push((index, key)),
            None => names.push(key),
        }
    }
    indices.sort_unstable();
    let keys: Vec<_> = indices.into_iter().map(|(_, key)| key).chain(names).collect();
    Order::Sorted { keys: keys.into_iter(), moved }
}

/// A number from 0 to 2^32 - 2, written as JavaScript writes it.
fn array_index(name: &[u8]) -> Option<u32> {
    let canonical = match name {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.len() < 10 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    let number: u32 = canonical.then(|| std::str::from_utf8(name).ok()?.parse().ok()).flatten()?;
    (number < u32::MAX).then_some(number)
}

fn print_number(token: &[u8], out: &mut Vec<u8>) {
    // Whole numbers below 2^53 print as they were written.
    if token.len() <= 15 && token[0] != b'-' && token.iter().all(u8::is_ascii_digit) {
        return out.extend_from_slice(token);
    }
    let number: f64 =
        std::str::from_utf8(token).ok().and_then(|token| token.parse().ok()).unwrap_or(f64::NAN);
    if number.is_finite() {
        out.extend_from_slice(ryu_js::Buffer::new().format_finite(number).as_bytes());
    } else {
        out.extend_from_slice(b"null");
    }
}
