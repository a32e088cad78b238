//! Paths with parameters: a backtracking matcher, in which each parameter takes as much as it can,
//! and the order of paths, segment by segment.

use crate::script::Script;

/// A path, with the text between its parameters.
#[derive(Clone, Debug)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// `{name}`
    Segment,
    /// `{name:[ab]+}`
    Letters,
    /// `{name:.+}`
    Any,
    /// `{*name}`
    Rest,
}

impl Template {
    /// `[segments]([kind]…)*`; each parameter is followed by text, or by the end of its segment.
    pub(crate) fn read(script: &mut Script<'_>) -> Self {
        let mut pieces = Vec::new();
        let count = script.byte() % 4;
        for at in 0..count {
            if at > 0 {
                push_text(&mut pieces, "/");
            }
            let code = script.byte();
            if code & 1 != 0 {
                push_text(&mut pieces, script.pick(&TEXTS));
            }
            let Some(parameter) = parameter(code >> 1 & 7) else { continue };
            let is_whole = match pieces.last() {
                Some(Piece::Text(text)) => text.ends_with('/'),
                _ => pieces.is_empty(),
            };
            if parameter == Piece::Rest && !(is_whole && at + 1 == count) {
                continue;
            }
            pieces.push(parameter);
            if code & 16 != 0 && pieces.last() != Some(&Piece::Rest) {
                push_text(&mut pieces, script.pick(&TEXTS));
                pieces.extend(self::parameter(code >> 5 & 3).filter(|next| *next != Piece::Rest));
            }
        }
        Self(trimmed(pieces))
    }

    /// The path as an application writes it, with the names `p0`, `p1`, ….
    pub(crate) fn source(&self) -> String {
        self.write(|at| format!("p{at}"))
    }

    /// Equal for two paths that match the same requests.
    pub(crate) fn shape(&self) -> String {
        self.write(|_| String::new())
    }

    pub(crate) fn is_exact(&self) -> bool {
        self.0.iter().all(|piece| matches!(piece, Piece::Text(_)))
    }

    /// The same path below a prefix.
    pub(crate) fn below(&self, prefix: &str) -> Self {
        let mut pieces = vec![Piece::Text(format!("{}/", prefix.trim_matches('/')))];
        let mut own = self.0.clone();
        if let Some(Piece::Text(text)) = own.first() {
            push_text(&mut pieces, text);
            own.remove(0);
        }
        pieces.extend(own);
        Self(trimmed(pieces))
    }

    /// The parameters of a path without its leading slash, as ranges; `None` if it does not match.
    pub(crate) fn find(&self, path: &str) -> Option<Vec<(usize, usize)>> {
        // A second slash at the start is not ignored.
        let is_doubled = self.is_exact() && path.starts_with('/');
        if is_doubled { None } else { find(&self.0, path, 0) }
    }

    /// Lower ranks come first; those of a longer path, where the other one ends.
    pub(crate) fn ranks(&self) -> Vec<(u8, isize)> {
        let mut ranks = vec![(TEXT, 0)];
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => {
                    for (at, part) in text.split('/').enumerate() {
                        if at > 0 {
                            ranks.push((TEXT, 0));
                        }
                        let length = isize::try_from(part.len()).expect("a short text");
                        ranks.last_mut().expect("a first segment").1 -= length;
                    }
                }
                parameter => {
                    let last = ranks.last_mut().expect("a first segment");
                    last.0 = last.0.max(match parameter {
                        Piece::Letters => LETTERS,
                        Piece::Any => ANY,
                        Piece::Rest => REST,
                        _ => SEGMENT,
                    });
                }
            }
        }
        for (kind, text) in &mut ranks {
            match *kind {
                TEXT | ANY | REST => *text = 0,
                _ if *text < 0 => *kind = MIXED,
                _ => {}
            }
        }
        ranks.push((END, 0));
        ranks
    }

    fn write(&self, name: impl Fn(usize) -> String) -> String {
        let mut names = (0..).map(name);
        let mut next = || names.next().expect("a name");
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Segment => format!("{{{}}}", next()),
            Piece::Letters => format!("{{{}:[ab]+}}", next()),
            Piece::Any => format!("{{{}:.+}}", next()),
            Piece::Rest => format!("{{*{}}}", next()),
        });
        format!("/{}", pieces.collect::<String>())
    }
}

fn parameter(code: u8) -> Option<Piece> {
    match code {
        0 => None,
        1 => Some(Piece::Letters),
        2 => Some(Piece::Any),
        3 => Some(Piece::Rest),
        _ => Some(Piece::Segment),
    }
}

fn find(pieces: &[Piece], path: &str, at: usize) -> Option<Vec<(usize, usize)>> {
    let rest = &path[at..];
    let Some((first, others)) = pieces.split_first() else {
        return rest.bytes().all(|byte| byte == b'/').then(Vec::new);
    };
    let allowed: fn(char) -> bool = match first {
        Piece::Text(text) => {
            return rest.starts_with(&**text).then(|| find(others, path, at + text.len()))?;
        }
        Piece::Rest => return (!rest.is_empty()).then(|| vec![(at, path.len())]),
        Piece::Segment => |next| next != '/',
        Piece::Letters => |next| matches!(next, 'a' | 'b'),
        Piece::Any => |_| true,
    };
    let longest = rest.find(|next| !allowed(next)).unwrap_or(rest.len());
    (1..=longest).rev().find_map(|length| {
        let mut found = find(others, path, at + length)?;
        found.insert(0, (at, at + length));
        Some(found)
    })
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        Some(Piece::Text(last)) => last.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

/// Slashes at the ends do not matter.
fn trimmed(mut pieces: Vec<Piece>) -> Vec<Piece> {
    if let Some(Piece::Text(first)) = pieces.first_mut() {
        *first = first.trim_start_matches('/').to_owned();
    }
    if let Some(Piece::Text(last)) = pieces.last_mut() {
        *last = last.trim_end_matches('/').to_owned();
    }
    pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
    pieces
}

const TEXTS: [&str; 4] = ["a", "b", "ab", "-"];

const TEXT: u8 = 0;
const MIXED: u8 = 1;
const LETTERS: u8 = 2;
const SEGMENT: u8 = 3;
const ANY: u8 = 4;
const REST: u8 = 5;
const END: u8 = 6;
