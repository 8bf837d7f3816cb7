//! Arguments of any bytes in JSON: one character for each byte, so that nothing is lost and nothing grows much.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes each argument as a string of the characters U+0000 to U+00FF.
pub(super) fn serialize<S: Serializer>(
    arguments: &Option<Vec<Vec<u8>>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = |argument: &Vec<u8>| argument.iter().copied().map(char::from).collect::<String>();
    let texts: Option<Vec<String>> = arguments.as_ref().map(|all| all.iter().map(text).collect());
    texts.serialize(serializer)
}

/// Reads them back; a character above U+00FF is no byte.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<Vec<u8>>>, D::Error> {
    let bytes = |text: String| text.chars().map(u8::try_from).collect::<Result<Vec<u8>, _>>();
    let Some(texts) = Option::<Vec<String>>::deserialize(deserializer)? else { return Ok(None) };
    texts.into_iter().map(bytes).collect::<Result<_, _>>().map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use crate::model::{ProcessIdentity, ProcessInfo};

    #[test]
    fn arguments_of_any_bytes_come_back_from_json() {
        let raw = vec![(0..=255).collect::<Vec<u8>>(), b"plain".to_vec()];
        let process = ProcessInfo { argv_raw: Some(raw), ..nobody() };
        let json = serde_json::to_string(&process).unwrap();
        assert_eq!(serde_json::from_str::<ProcessInfo>(&json).unwrap(), process);
        let plain = serde_json::to_string(&nobody()).unwrap();
        assert!(!plain.contains("argvRaw"), "{plain}");
        assert_eq!(serde_json::from_str::<ProcessInfo>(&plain).unwrap(), nobody());
    }

    fn nobody() -> ProcessInfo {
        ProcessInfo::unread(ProcessIdentity { pid: 5, start_token: "7".to_owned(), boot_id: "b".to_owned() })
    }
}
