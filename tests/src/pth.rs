//! A PyTorch checkpoint (`torch.save` of a state dict, 1.6 and later), read as far as the tests need: a zip archive of stored
//! entries, `<root>/data.pkl` with names, shapes and types in pickle protocol 2, and each tensor's numbers in `<root>/data/<key>`.

use std::collections::{BTreeMap, HashMap};

use crate::archive;

/// One tensor: its type as PyTorch names it (`HalfStorage`, `FloatStorage`), its shape, and its bytes, little-endian, row by row.
#[derive(Debug)]
pub struct Stored {
    /// PyTorch's name for the type.
    pub storage: String,
    /// PyTorch's order of axes.
    pub shape: Vec<usize>,
    /// Little-endian, row by row.
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Value {
    Mark,
    Other,
    Int(usize),
    Text(String),
    Tuple(Vec<Value>),
    Dict(Vec<(Value, Value)>),
}
use Value::{Dict, Int, Mark, Other, Text, Tuple};

fn number(bytes: &[u8], at: usize, len: usize) -> usize {
    bytes[at..at + len].iter().rev().fold(0, |sum, &byte| sum << 8 | usize::from(byte))
}

/// The archive's entries by name.
fn entries(file: &[u8]) -> HashMap<String, &[u8]> {
    archive::members(file).expect("a zip archive").into_iter().collect()
}

fn since_mark(stack: &mut Vec<Value>) -> Vec<Value> {
    let mark = stack.iter().rposition(|value| matches!(value, Mark)).expect("a mark");
    let taken = stack.split_off(mark + 1);
    stack.pop();
    taken
}

fn add(stack: &mut [Value], pairs: Vec<Value>) {
    if let Some(Dict(dict)) = stack.last_mut() {
        dict.extend(pairs.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())));
    }
}

/// A pickle's value. Of what it calls, tensors stay the tuple of their arguments and ordered dictionaries are dictionaries.
fn unpickle(code: &[u8]) -> Value {
    let (mut stack, mut memo, mut at) = (Vec::<Value>::new(), HashMap::new(), 0);
    loop {
        let (op, arg) = (code[at], at + 1);
        at = arg;
        let mut pop = || stack.pop().expect("a value");
        match op {
            0x80 => at += 1,
            b'.' => return pop(),
            b'c' => {
                let mut lines = code[arg..].split(|&byte| byte == b'\n').take(2);
                let (module, name) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
                at += module.len() + name.len() + 2;
                stack.push(Text(String::from_utf8_lossy(name).into_owned()));
            }
            b'X' => {
                let len = number(code, arg, 4);
                at += 4 + len;
                stack.push(Text(String::from_utf8_lossy(&code[arg + 4..at]).into_owned()));
            }
            b'K' | b'M' | b'J' => {
                let len = [1, 2, 4][[b'K', b'M', b'J'].iter().position(|&each| each == op).unwrap_or(0)];
                at += len;
                stack.push(Int(number(code, arg, len)));
            }
            b'q' | b'r' => {
                let len = if op == b'q' { 1 } else { 4 };
                at += len;
                memo.insert(number(code, arg, len), stack.last().expect("a value").clone());
            }
            b'h' | b'j' => {
                let len = if op == b'h' { 1 } else { 4 };
                at += len;
                stack.push(memo[&number(code, arg, len)].clone());
            }
            b'(' => stack.push(Mark),
            b')' => stack.push(Tuple(Vec::new())),
            b'}' => stack.push(Dict(Vec::new())),
            b'N' | 0x88 | 0x89 => stack.push(Other),
            b't' => {
                let taken = since_mark(&mut stack);
                stack.push(Tuple(taken));
            }
            0x85..=0x87 => {
                let taken = stack.split_off(stack.len() - usize::from(op - 0x84));
                stack.push(Tuple(taken));
            }
            b'Q' => {} // a storage: its tuple says all
            b'R' => {
                let (args, called) = (pop(), pop());
                stack.push(if matches!(&called, Text(name) if name == "OrderedDict") {
                    Dict(Vec::new())
                } else {
                    args
                });
            }
            b'b' => drop(pop()),
            b's' => {
                let pair = stack.split_off(stack.len() - 2);
                add(&mut stack, pair);
            }
            b'u' => {
                let pairs = since_mark(&mut stack);
                add(&mut stack, pairs);
            }
            _ => panic!("opcode {op:#x} at {arg}"),
        }
    }
}

/// The tensors of a checkpoint by name; each must be contiguous and have a storage of its own.
pub fn read(file: &[u8]) -> BTreeMap<String, Stored> {
    let entries = entries(file);
    let (name, pickle) = entries.iter().find(|(name, _)| name.ends_with("/data.pkl")).expect("data.pkl");
    let root = name.trim_end_matches(".pkl");
    let Dict(pairs) = unpickle(pickle) else { panic!("not a state dict") };
    let tensor = |value: Value| {
        let Tuple(args) = value else { panic!("not a tensor") };
        let [Tuple(storage), Int(0), Tuple(shape), ..] = &args[..] else { panic!("a view of another tensor") };
        let [_, Text(kind), Text(key), ..] = &storage[..] else { panic!("not a storage") };
        let shape: Vec<usize> = shape.iter().map(|side| if let Int(side) = side { *side } else { 0 }).collect();
        let bytes = entries[&format!("{root}/{key}")].to_vec();
        Stored { storage: kind.clone(), shape, bytes }
    };
    pairs
        .into_iter()
        .map(|(name, value)| (if let Text(name) = name { name } else { String::new() }, tensor(value)))
        .collect()
}
