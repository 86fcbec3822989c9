//! The files of the window, which the program holds compressed: no search of the program's own bytes would find a word of them.

use std::io::Read as _;

use super::portable;

/// A section of a program: where it is loaded, and its bytes.
struct Section<'a> {
    name: String,
    address: u64,
    bytes: &'a [u8],
}

/// Every constant of a program that is one whole brotli stream, in the clear: the window's pages, scripts, letters and pictures.
///
/// A constant is a pair (address, length); what is compressed is tried, and nothing else opens.
///
/// # Panics
/// When the program is neither one of Linux nor one of Windows.
pub fn files(program: &[u8]) -> Vec<Vec<u8>> {
    let streams = match portable::Program::of(program) {
        Some(program) => constants_for_windows(&program),
        None => constants_for_linux(program),
    };
    let mut found: Vec<Vec<u8>> = streams.into_iter().filter(|stream| stream.len() >= SHORTEST).filter_map(opened).collect();
    found.sort();
    found.dedup();
    found
}

/// Any two words of the constants of which the first is an address among them.
fn constants_for_windows<'a>(program: &portable::Program<'a>) -> Vec<&'a [u8]> {
    let constants = program.section(".rdata").expect("it is in every program");
    let words: Vec<u64> = constants.bytes.chunks_exact(8).map(number).collect();
    let pairs = words.windows(2).filter_map(|pair| {
        let from = usize::try_from(pair[0].checked_sub(constants.address)?).ok()?;
        constants.bytes.get(from..from.checked_add(usize::try_from(pair[1]).ok()?)?)
    });
    pairs.collect()
}

/// Of the relocated data.
fn constants_for_linux(program: &[u8]) -> Vec<&[u8]> {
    let sections = sections(program);
    let named = |name: &str| sections.iter().find(|section| section.name == name).unwrap_or_else(|| panic!("{name} is in every program"));
    let (constants, pairs) = (named(".rodata"), named(".data.rel.ro"));
    named(".rela.dyn")
        .bytes
        .chunks_exact(24)
        .filter(|entry| number(&entry[8..16]) & 0xffff_ffff == RELATIVE)
        .filter_map(|entry| {
            let (place, target) = (number(&entry[..8]), number(&entry[16..24]));
            let at = usize::try_from(place.checked_sub(pairs.address)?).ok()?;
            let length = usize::try_from(number(pairs.bytes.get(at + 8..at + 16)?)).ok()?;
            let from = usize::try_from(target.checked_sub(constants.address)?).ok()?;
            constants.bytes.get(from..from.checked_add(length)?)
        })
        .collect()
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
