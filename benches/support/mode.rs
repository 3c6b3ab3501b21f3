//! Whether to measure, or only to see that measuring works.

/// Small numbers and one run: asked for by `--quick` or `SEKISHO_BENCH_QUICK=1`, and always in a build that
/// is not optimised, whose figures would say nothing.
pub fn is_quick() -> bool {
    let by_variable = std::env::var("SEKISHO_BENCH_QUICK").is_ok_and(|value| !matches!(&*value, "" | "0"));
    by_variable || std::env::args().any(|argument| argument == "--quick") || cfg!(debug_assertions)
}
