//! Links the addon against Node's API when the `napi` feature is on; does nothing otherwise.

fn main() {
    #[cfg(feature = "napi")]
    napi_build::setup();
}
