//! The program: see the library.
use std::process::ExitCode;

fn main() -> ExitCode {
    aws_root_exporter::cli::main()
}
