//! Files of locations in MaxMind DB format 2.0, as small as they can be: a search tree of 24-bit records, the data, and what the
//! file says of itself. <https://maxmind.github.io/MaxMind-DB/>

use std::net::IpAddr;

/// A network such as `81.2.69.0/24`, its country's code and name, and its city; empty texts are left out.
pub type Located<'a> = (&'a str, &'a str, &'a str, &'a str);

const MARKER: &[u8] = b"\xAB\xCD\xEFMaxMind.com";
/// Zeros between tree and data.
const GAP: usize = 16;
const ADDRESS_BITS: u32 = 128;

#[derive(Clone, Copy)]
enum Record {
    Nothing,
    Node(usize),
    /// Where in the data section.
    Entry(usize),
}

/// The bytes of a file that calls itself a `GeoLite2-City`.
pub fn mmdb(networks: &[Located<'_>]) -> Vec<u8> {
    let mut nodes = vec![[Record::Nothing; 2]];
    let mut entries = Vec::new();
    for (network, code, country, city) in networks {
        insert(&mut nodes, network, entries.len());
        entries.extend(entry(code, country, city));
    }
    let mut file = Vec::new();
    for record in nodes.as_flattened() {
        let value = match *record {
            Record::Nothing => nodes.len(),
            Record::Node(place) => place,
            Record::Entry(place) => nodes.len() + GAP + place,
        };
        file.extend_from_slice(&number(value)[1..]);
    }
    file.extend([0; GAP]);
    file.extend(entries);
    file.extend(MARKER);
    file.extend(metadata(nodes.len()));
    file
}

fn insert(nodes: &mut Vec<[Record; 2]>, network: &str, entry: usize) {
    let (first, length) = network.split_once('/').expect("a network");
    let (first, length): (IpAddr, u32) = (first.parse().expect("an address"), length.parse().expect("bits"));
    // IPv4 addresses stand below `::/96`.
    let (bits, length) = match first {
        IpAddr::V4(first) => (first.to_bits().into(), length + ADDRESS_BITS - u32::BITS),
        IpAddr::V6(first) => (first.to_bits(), length),
    };
    let mut node = 0;
    for depth in 0..length {
        let side = usize::from(bits >> (ADDRESS_BITS - 1 - depth) & 1 == 1);
        if depth + 1 == length {
            nodes[node][side] = Record::Entry(entry);
            return;
        }
        node = match nodes[node][side] {
            Record::Node(next) => next,
            Record::Nothing | Record::Entry(_) => {
                nodes.push([Record::Nothing; 2]);
                nodes[node][side] = Record::Node(nodes.len() - 1);
                nodes.len() - 1
            }
        };
    }
}

fn entry(code: &str, country: &str, city: &str) -> Vec<u8> {
    let names = |name: &str| {
        map(&[("en", text(name))].map(|(key, value)| (key, (!name.is_empty()).then_some(value))))
    };
    let code = (!code.is_empty()).then(|| text(code));
    let country = map(&[("iso_code", code), ("names", Some(names(country)))]);
    let city = map(&[("names", Some(names(city)))]);
    map(&[("country", Some(country)), ("city", Some(city))])
}

fn metadata(nodes: usize) -> Vec<u8> {
    const UINT16: u8 = 5 << 5 | 2;
    const UINT32: u8 = 6 << 5 | 4;
    let short = |value: u8| Some(vec![UINT16, 0, value]);
    let nodes = [vec![UINT32], number(nodes).to_vec()].concat();
    // Extended types: uint64 is 9, an array is 11.
    let built = [vec![8, 2], 1_795_262_400_u64.to_be_bytes().to_vec()].concat();
    let languages = [vec![1, 4], text("en")].concat();
    map(&[
        ("binary_format_major_version", short(2)),
        ("binary_format_minor_version", short(0)),
        ("build_epoch", Some(built)),
        ("database_type", Some(text("GeoLite2-City"))),
        ("description", Some(map(&[]))),
        ("ip_version", short(6)),
        ("languages", Some(languages)),
        ("node_count", Some(nodes)),
        ("record_size", short(24)),
    ])
}

/// Those that are there.
fn map(entries: &[(&str, Option<Vec<u8>>)]) -> Vec<u8> {
    let entries: Vec<_> = entries.iter().filter_map(|(key, value)| Some((key, value.as_ref()?))).collect();
    let count = u8::try_from(entries.len()).expect("a small map");
    let pairs = entries.into_iter().flat_map(|(key, value)| [text(key), value.clone()]);
    std::iter::once(vec![7 << 5 | count]).chain(pairs).flatten().collect()
}

/// Of at most 284 bytes.
fn text(text: &str) -> Vec<u8> {
    let length = match text.len() {
        short @ 0..29 => vec![2 << 5 | u8::try_from(short).expect("a length")],
        long => vec![2 << 5 | 29, u8::try_from(long - 29).expect("a short text")],
    };
    [&length, text.as_bytes()].concat()
}

fn number(value: usize) -> [u8; 4] {
    u32::try_from(value).expect("a small file").to_be_bytes()
}
