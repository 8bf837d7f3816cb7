//! Links the addon against Node's API when the `napi` feature is on; does nothing otherwise.

fn main() {
    // Without this Cargo runs it again, and compiles everything again, whenever any file of the package is newer: the build itself writes some.
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "napi")]
    napi_build::setup();
}
