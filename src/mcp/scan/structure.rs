//! What each byte means to the nesting of values.

/// A byte outside of texts.
#[derive(Clone, Copy)]
pub(super) enum Structure {
    None,
    Quote,
    Open,
    Close,
}

/// A table instead of comparisons: the loop over nested values is where the bytes are.
pub(super) static STRUCTURE: [Structure; 256] = {
    let mut table = [Structure::None; 256];
    table[b'"' as usize] = Structure::Quote;
    table[b'{' as usize] = Structure::Open;
    table[b'[' as usize] = Structure::Open;
    table[b'}' as usize] = Structure::Close;
    table[b']' as usize] = Structure::Close;
    table
};
