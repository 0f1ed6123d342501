//! Wraps an emitted core module into a WASI 0.2 component.
//!
//! The interfaces are described by the WIT texts in `wit/`, the parts of WASI 0.2.0 that modules of ours use. What a module
//! does not import is not imported by its component either. Custom sections of tools are left out; names stay if the core
//! module has them.

use wasm_encoder::Encode;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{PackageId, Resolve};

/// In the order in which they refer to each other.
const WIT: [(&str, &str); 4] = [
    ("io.wit", include_str!("../../wit/io.wit")),
    ("clocks.wit", include_str!("../../wit/clocks.wit")),
    ("filesystem.wit", include_str!("../../wit/filesystem.wit")),
    ("cli.wit", include_str!("../../wit/cli.wit")),
];

/// The component of a core module that `emit` made. An error is a fault of ours, put into words.
pub fn component(core: &[u8]) -> Result<Vec<u8>, String> {
    let mut resolve = Resolve::default();
    let mut last: Option<PackageId> = None;
    for (name, text) in WIT {
        last = Some(resolve.push_str(name, text).map_err(|e| format!("{name}: {e:#}"))?);
    }
    let packages = last.into_iter().collect::<Vec<_>>();
    let world = resolve.select_world(&packages, Some("program")).map_err(|e| format!("{e:#}"))?;
    let mut module = core.to_vec();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).map_err(|e| format!("{e:#}"))?;
    let encoded = ComponentEncoder::default().validate(true).module(&module).and_then(|mut e| e.encode());
    let encoded = encoded.map_err(|e| format!("{e:#}"))?;
    strip(&encoded).ok_or_else(|| "the encoder made a component that cannot be read".to_owned())
}

/// What tools say about themselves, and names for parts that are not ours: a third of a small component.
const NOT_NEEDED: [&[u8]; 2] = [b"producers", b"component-name"];
const CUSTOM: u8 = 0;
/// Sections of a component that hold a whole module or component.
const NESTED: [u8; 2] = [1, 4];
const IS_COMPONENT: [u8; 4] = [0x0d, 0, 1, 0];

/// A module or component, with those nested in it, without the custom sections that are not needed.
fn strip(binary: &[u8]) -> Option<Vec<u8>> {
    let (header, mut rest) = binary.split_at_checked(8)?;
    let is_component = header[4..] == IS_COMPONENT;
    let mut out = header.to_vec();
    while let Some((&id, after)) = rest.split_first() {
        rest = after;
        let size = number(&mut rest)?;
        let (content, after) = rest.split_at_checked(size)?;
        rest = after;
        if id == CUSTOM {
            let mut name = content;
            let length = number(&mut name)?;
            if NOT_NEEDED.contains(&name.get(..length)?) {
                continue;
            }
        }
        out.push(id);
        if is_component && NESTED.contains(&id) {
            strip(content)?.encode(&mut out);
        } else {
            content.encode(&mut out);
        }
    }
    Some(out)
}

/// Takes an unsigned LEB128 number off.
fn number(bytes: &mut &[u8]) -> Option<usize> {
    let mut value = 0;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}
