//! The program: see the library.
use std::process::ExitCode;

/// A fifth of the exporter's time went into the C library's allocator, which a musl build would have in a slower kind still.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    aws_root_exporter::cli::main()
}
