//! Wraps an emitted core module into a WASI 0.2 component.
//!
//! The interfaces are described by the WIT texts in `wit/`, the parts of WASI 0.2.0 that modules of ours use. What a module
//! does not import is not imported by its component either. Custom sections of tools are left out; names stay if the core
//! module has them.

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
    encoded.map_err(|e| format!("{e:#}"))
}
