//! The error codes are the same in the code, in `docs/errors.md` and in `index.d.ts`.

use std::fs;

use procman::model::ErrorCode;

#[test]
fn the_documentation_has_every_code_with_cause_and_next_step() {
    let text = fs::read_to_string("docs/errors.md").unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| `ERR_"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    assert_eq!(rows.iter().map(|row| row[0].trim_matches('`')).collect::<Vec<_>>(), expected());
    for row in rows {
        assert!(
            row.len() == 3 && row[1..].iter().all(|cell| cell.len() > 10),
            "cause and next step: {row:?}"
        );
    }
}

#[test]
fn the_types_have_every_code() {
    let text = fs::read_to_string("index.d.ts").unwrap();
    let (_, after) = text.split_once("export type ErrorCode =").unwrap();
    let (list, _) = after.split_once(';').unwrap();
    let codes: Vec<&str> = list.split('|').map(|code| code.trim().trim_matches('\'')).skip(1).collect();
    assert_eq!(codes, expected());
}

fn expected() -> Vec<&'static str> {
    ErrorCode::ALL.iter().map(|code| code.as_str()).collect()
}
