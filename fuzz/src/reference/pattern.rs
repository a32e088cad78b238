//! Patterns as trees, and a backtracking search in them: the first alternative that matches, and
//! greedy repetitions.

use crate::script::Script;

/// A part of a pattern.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// One byte of this class.
    One(Class),
    /// A repetition of this class, with minimum and maximum.
    Many(Class, usize, usize),
    /// A group that is a parameter; if it has a name, it is named after its number.
    Group(usize, bool, Vec<Self>),
    /// One of two sequences.
    Either(Vec<Self>, Vec<Self>),
    /// A sequence, or nothing.
    Maybe(Vec<Self>),
    /// The end, or the query and the end.
    End,
}

/// A set of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Byte(u8),
    Any,
    NoSlash,
    Letter,
    Digit,
}

impl Class {
    fn contains(self, byte: u8) -> bool {
        match self {
            Self::Byte(known) => byte == known,
            Self::Any => true,
            Self::NoSlash => byte != b'/',
            Self::Letter => byte.is_ascii_alphanumeric() || byte == b'_',
            Self::Digit => byte.is_ascii_digit(),
        }
    }

    fn push(self, source: &mut String) {
        match self {
            Self::Byte(byte @ (b'.' | b'?')) => source.extend(['\\', char::from(byte)]),
            Self::Byte(byte) => source.push(char::from(byte)),
            Self::Any => source.push('.'),
            Self::NoSlash => source.push_str("[^/]"),
            Self::Letter => source.push_str(r"\w"),
            Self::Digit => source.push_str(r"\d"),
        }
    }
}

/// A pattern, as its source and as a tree.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) source: String,
    nodes: Vec<Node>,
    is_anchored: bool,
    groups: usize,
    is_named: bool,
}

/// The ranges of the groups that are parameters.
pub(crate) type Found = Vec<Option<(usize, usize)>>;

impl Pattern {
    /// A pattern from a script; it begins with `^`, ends with `$`, or both.
    pub(crate) fn read(script: &mut Script<'_>) -> Self {
        let ends = script.byte();
        let (is_anchored, is_closed) = (ends & 3 != 1, ends & 3 != 0);
        let is_named = ends & 16 != 0;
        let mut groups = 0;
        let mut nodes = sequence(script, &mut groups, 0, is_named);
        let mut source = if is_anchored { "^".to_owned() } else { String::new() };
        push_all(&nodes, &mut source);
        if is_closed {
            source.push('$');
            nodes.push(Node::End);
        }
        Self { source, nodes, is_anchored, groups, is_named }
    }

    /// The names of the groups, if they have names.
    pub(crate) fn name(&self, group: usize) -> Option<String> {
        self.is_named.then(|| format!("g{group}"))
    }

    /// The ranges of the groups in the first match; `Err` if the search takes too many steps.
    pub(crate) fn search(&self, text: &[u8]) -> Result<Option<Found>, TooLong> {
        let mut steps = MAX_STEPS;
        for start in 0..=text.len() {
            let mut search = Search { text, found: vec![None; self.groups], steps: &mut steps };
            if search.follow(&self.nodes.iter().map(Step::Node).collect::<Vec<_>>(), start)? {
                return Ok(Some(search.found));
            }
            if self.is_anchored {
                break;
            }
        }
        Ok(None)
    }
}

/// The search exceeded its limit of steps.
#[derive(Debug)]
pub(crate) struct TooLong;

/// The nodes still to be matched, first to last.
#[derive(Clone, Copy)]
enum Step<'p> {
    Node(&'p Node),
    /// A group started here.
    Close(usize, usize),
}

struct Search<'t> {
    text: &'t [u8],
    found: Found,
    steps: &'t mut usize,
}

impl Search<'_> {
    fn follow(&mut self, steps: &[Step<'_>], at: usize) -> Result<bool, TooLong> {
        *self.steps = self.steps.checked_sub(1).ok_or(TooLong)?;
        let Some((first, rest)) = steps.split_first() else { return Ok(true) };
        let with = |nodes: &[Node], end: &[Step<'_>], search: &mut Self| {
            let inner = nodes.iter().map(Step::Node);
            search.follow(&inner.chain(end.iter().copied()).collect::<Vec<_>>(), at)
        };
        match first {
            Step::Close(group, start) => {
                let before = self.found[*group].replace((*start, at));
                let is_found = self.follow(rest, at)?;
                if !is_found {
                    self.found[*group] = before;
                }
                Ok(is_found)
            }
            Step::Node(Node::One(class)) => {
                let fits = self.text.get(at).is_some_and(|byte| class.contains(*byte));
                Ok(fits && self.follow(rest, at + 1)?)
            }
            Step::Node(Node::Many(class, least, most)) => {
                let there = self.text[at..].iter().take_while(|byte| class.contains(**byte));
                for count in (*least..=there.count().min(*most)).rev() {
                    if self.follow(rest, at + count)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Step::Node(Node::Group(group, _, nodes)) => {
                let end = [&[Step::Close(*group, at)], rest].concat();
                with(nodes, &end, self)
            }
            Step::Node(Node::Either(one, other)) => {
                Ok(with(one, rest, self)? || with(other, rest, self)?)
            }
            Step::Node(Node::Maybe(nodes)) => {
                Ok(with(nodes, rest, self)? || self.follow(rest, at)?)
            }
            // All bytes after the question mark are the query.
            Step::Node(Node::End) => Ok(at == self.text.len() || self.text[at] == b'?'),
        }
    }
}

fn sequence(script: &mut Script<'_>, groups: &mut usize, depth: u8, named: bool) -> Vec<Node> {
    let count = usize::from(script.byte() % 6);
    (0..count).map(|_| node(script, groups, depth, named)).collect()
}

fn node(script: &mut Script<'_>, groups: &mut usize, depth: u8, named: bool) -> Node {
    let code = script.byte();
    let class = CLASSES[usize::from(code >> 4) % CLASSES.len()];
    let mut inner = |script: &mut Script<'_>| sequence(script, groups, depth + 1, named);
    match code % 16 {
        0..=5 => Node::One(class),
        6 => Node::Many(class, 0, usize::MAX),
        7 | 8 => Node::Many(class, 1, usize::MAX),
        9 => Node::Many(class, 0, 1),
        10 => Node::Many(class, 2, 3),
        _ if depth > 1 => Node::One(class),
        11 => Node::Either(inner(script), inner(script)),
        12 => Node::Maybe(inner(script)),
        _ => {
            let group = *groups;
            *groups += 1;
            Node::Group(group, named, sequence(script, groups, depth + 1, named))
        }
    }
}

fn push_all(nodes: &[Node], source: &mut String) {
    nodes.iter().for_each(|node| push(node, source));
}

fn push(node: &Node, source: &mut String) {
    match node {
        Node::One(class) => class.push(source),
        Node::Many(class, least, most) => {
            class.push(source);
            source.push_str(match (least, most) {
                (0, 1) => "?",
                (0, _) => "*",
                (1, _) => "+",
                _ => "{2,3}",
            });
        }
        Node::Group(group, named, nodes) => {
            source.push_str(&if *named { format!("(?P<g{group}>") } else { "(".to_owned() });
            push_all(nodes, source);
            source.push(')');
        }
        Node::Either(one, other) => {
            source.push_str("(?:");
            push_all(one, source);
            source.push('|');
            push_all(other, source);
            source.push(')');
        }
        Node::Maybe(nodes) => {
            source.push_str("(?:");
            push_all(nodes, source);
            source.push_str(")?");
        }
        Node::End => {}
    }
}

const CLASSES: [Class; 10] = [
    Class::Byte(b'/'),
    Class::Byte(b'a'),
    Class::Byte(b'b'),
    Class::NoSlash,
    Class::Any,
    Class::Letter,
    Class::Digit,
    Class::Byte(b'.'),
    Class::Byte(b'?'),
    Class::Byte(b'-'),
];

/// Steps that one search may take: backtracking can take exponential time.
const MAX_STEPS: usize = 20_000;
