//! The files of the window, which the program holds compressed: no search of the program's own bytes would find a word of them.

use std::io::Read as _;

/// A section of a program: where it is loaded, and its bytes.
struct Section<'a> {
    name: String,
    address: u64,
    bytes: &'a [u8],
}

/// Every constant of a program that is one whole brotli stream, in the clear: the window's pages, scripts, letters and pictures.
///
/// A constant is a pair (address, length) of the relocated data; what is compressed is tried, and nothing else opens.
pub fn files(program: &[u8]) -> Vec<Vec<u8>> {
    let sections = sections(program);
    let named = |name: &str| sections.iter().find(|section| section.name == name).unwrap_or_else(|| panic!("{name} is in every program"));
    let (constants, pairs) = (named(".rodata"), named(".data.rel.ro"));
    let mut found: Vec<Vec<u8>> = named(".rela.dyn")
        .bytes
        .chunks_exact(24)
        .filter(|entry| number(&entry[8..16]) & 0xffff_ffff == RELATIVE)
        .filter_map(|entry| {
            let (place, target) = (number(&entry[..8]), number(&entry[16..24]));
            let at = usize::try_from(place.checked_sub(pairs.address)?).ok()?;
            let length = usize::try_from(number(pairs.bytes.get(at + 8..at + 16)?)).ok()?;
            let from = usize::try_from(target.checked_sub(constants.address)?).ok()?;
            let stream = constants.bytes.get(from..from.checked_add(length)?)?;
            (length >= SHORTEST).then(|| opened(stream)).flatten()
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// `R_X86_64_RELATIVE`: the address of something in the program itself.
const RELATIVE: u64 = 8;

/// Below this, chance makes streams.
const SHORTEST: usize = 64;

fn opened(stream: &[u8]) -> Option<Vec<u8>> {
    let mut reader = brotli_decompressor::Decompressor::new(stream, 4096);
    let mut clear = Vec::new();
    // What is no stream may open to anything for a while.
    reader.by_ref().take(8 << 20).read_to_end(&mut clear).ok()?;
    (clear.len() > stream.len() / 2 && clear.len() < 8 << 20).then_some(clear)
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn at(bytes: &[u8], from: u64, length: u64) -> &[u8] {
    let from = usize::try_from(from).expect("a place");
    &bytes[from..from + usize::try_from(length).expect("a length")]
}

/// Of a 64-bit ELF program whose numbers begin with their low end.
fn sections(program: &[u8]) -> Vec<Section<'_>> {
    assert_eq!(&program[..6], b"\x7fELF\x02\x01");
    let (table, size, count, names) =
        (number(&program[0x28..0x30]), number(&program[0x3a..0x3c]), number(&program[0x3c..0x3e]), number(&program[0x3e..0x40]));
    let headers: Vec<&[u8]> = (0..count).map(|index| at(program, table + index * size, size)).collect();
    let bytes = |header: &[u8]| match number(&header[4..8]) {
        NO_BYTES => &[],
        _ => at(program, number(&header[0x18..0x20]), number(&header[0x20..0x28])),
    };
    let names = bytes(headers[usize::try_from(names).expect("an index")]);
    let name = |header: &[u8]| {
        let rest = &names[usize::try_from(number(&header[..4])).expect("a place")..];
        String::from_utf8_lossy(rest.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
    };
    headers.iter().map(|header| Section { name: name(header), address: number(&header[0x10..0x18]), bytes: bytes(header) }).collect()
}

/// `SHT_NOBITS`: room for what is zero at first.
const NO_BYTES: u64 = 8;
