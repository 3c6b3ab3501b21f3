//! Hands the command line over, and turns what went wrong into an exit code.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    sekisho::cli::main()
}
