//! A program for Windows (the format PE32+): its sections, and what is shown of it.

use std::ops::Range;

/// Types of resource.
pub const ICON: u32 = 14;
pub const VERSION: u32 = 16;
pub const MANIFEST: u32 = 24;

/// A program.
#[derive(Debug)]
pub struct Program<'a> {
    bytes: &'a [u8],
    /// Where it wants to be loaded.
    base: u64,
    sections: Vec<Section>,
}

#[derive(Debug)]
struct Section {
    name: String,
    address: usize,
    place: Range<usize>,
}

/// A section, and the address of its first byte once loaded.
#[derive(Debug, Clone, Copy)]
pub struct Loaded<'a> {
    pub address: u64,
    pub bytes: &'a [u8],
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    Some(bytes.get(at..at + length)?.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

fn place(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    number(bytes, at, length).and_then(|number| usize::try_from(number).ok())
}

impl<'a> Program<'a> {
    /// `None` for what is no such program.
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        let header = bytes.starts_with(b"MZ").then(|| place(bytes, 0x3c, 4))??;
        if bytes.get(header..header + 4)? != b"PE\0\0" {
            return None;
        }
        let (count, options) = (place(bytes, header + 6, 2)?, place(bytes, header + 20, 2)?);
        let base = number(bytes, header + 24 + 24, 8)?;
        let table = header + 24 + options;
        let sections = (0..count).map(|index| Section::of(bytes, table + 40 * index)).collect::<Option<_>>()?;
        Some(Self { bytes, base, sections })
    }

    /// `.rdata`, for one.
    pub fn section(&self, name: &str) -> Option<Loaded<'a>> {
        let section = self.sections.iter().find(|section| section.name == name)?;
        let address = self.base + u64::try_from(section.address).ok()?;
        Some(Loaded { address, bytes: self.bytes.get(section.place.clone())? })
    }

    /// Resources of a type, in every language.
    pub fn resources(&self, kind: u32) -> Vec<&'a [u8]> {
        let Some(section) = self.sections.iter().find(|section| section.name == ".rsrc") else { return Vec::new() };
        let tree = &self.bytes[section.place.clone()];
        let of_kind = entries(tree, 0).into_iter().filter(|(id, _)| *id == kind);
        let leaves = of_kind.flat_map(|(_, names)| entries(tree, names)).flat_map(|(_, languages)| entries(tree, languages));
        leaves
            .filter_map(|(_, leaf)| {
                let (address, length) = (place(tree, leaf, 4)?, place(tree, leaf + 4, 4)?);
                let at = address.checked_sub(section.address)?;
                tree.get(at..at + length)
            })
            .collect()
    }

    /// What a word of the version's description stands for: `ProductName`, for one.
    pub fn shown(&self, name: &str) -> Option<String> {
        let letters: Vec<u16> =
            self.resources(VERSION).first()?.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        let wanted: Vec<u16> = name.encode_utf16().chain([0]).collect();
        let at = letters.windows(wanted.len()).position(|window| window == wanted)? + wanted.len();
        let text: Vec<u16> = letters[at..].iter().copied().skip_while(|letter| *letter == 0).take_while(|letter| *letter != 0).collect();
        String::from_utf16(&text).ok()
    }

    /// The version that Windows compares: four numbers.
    pub fn version(&self) -> Option<String> {
        let resource = *self.resources(VERSION).first()?;
        let at = resource.windows(4).position(|window| window == 0xFEEF_04BD_u32.to_le_bytes())?;
        let part = |offset| number(resource, at + offset, 2);
        Some(format!("{}.{}.{}.{}", part(10)?, part(8)?, part(14)?, part(12)?))
    }
}

impl Section {
    fn of(bytes: &[u8], at: usize) -> Option<Self> {
        let name = bytes.get(at..at + 8)?.split(|byte| *byte == 0).next()?;
        let (size, address, stored, from) =
            (place(bytes, at + 8, 4)?, place(bytes, at + 12, 4)?, place(bytes, at + 16, 4)?, place(bytes, at + 20, 4)?);
        Some(Self { name: String::from_utf8_lossy(name).into_owned(), address, place: from..from + size.min(stored) })
    }
}

/// Of a folder of resources: each number, and where what it names lies.
fn entries(tree: &[u8], folder: usize) -> Vec<(u32, usize)> {
    let count = |at| place(tree, folder + at, 2).unwrap_or_default();
    (0..count(12) + count(14))
        .filter_map(|index| {
            let at = folder + 16 + 8 * index;
            let (id, to) = (number(tree, at, 4)?, number(tree, at + 4, 4)?);
            // The highest bit tells a folder from a leaf.
            Some((u32::try_from(id).ok()?, usize::try_from(to & 0x7fff_ffff).ok()?))
        })
        .collect()
}
