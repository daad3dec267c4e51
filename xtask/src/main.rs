//! Tasks of the repository, run as `cargo xtask TASK`. `generate` writes every file that is derived from another source, `bench`
//! measures what the program costs.
mod alerts;
mod bench;
mod chart;
mod dashboards;
mod golden;
mod manifests;
mod pages;
mod policies;
mod templates;
#[cfg(test)]
mod tests;
mod tree;
mod yaml;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use tree::{File, Tree};

/// Makes the derived files of one kind. Hand-written parts of these files are copied from the tree.
type Generator = fn(&Tree) -> Result<Vec<File>, String>;

const GENERATORS: &[Generator] = &[
    pages::files,
    alerts::files,
    policies::files,
    templates::files,
    manifests::files,
    chart::files,
    dashboards::files,
    golden::files,
];

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write every derived file.
    Generate {
        /// Write nothing; fail if a file is out of date.
        #[arg(long)]
        check: bool,
    },
    /// Measure the program against the simulator.
    Bench(bench::Bench),
}

/// The derived files that differ from the tree, with the content that they should have.
fn outdated(tree: &Tree, generators: &[Generator]) -> Result<Vec<File>, String> {
    let mut found = Vec::new();
    for generate in generators {
        let files = generate(tree)?.into_iter();
        found.extend(files.filter(|file| tree.read(&file.path).as_ref() != Ok(&file.content)));
    }
    Ok(found)
}

fn generate(check: bool) -> Result<(), String> {
    let tree = Tree::repository();
    let outdated = outdated(&tree, GENERATORS)?;
    for file in &outdated {
        if check {
            eprintln!("{} is out of date", file.path);
        } else {
            tree.write(file)?;
            println!("{}", file.path);
        }
    }
    if check && !outdated.is_empty() {
        return Err("run `cargo xtask generate`, review the difference, and commit it".to_owned());
    }
    Ok(())
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Generate { check } => generate(check),
        Task::Bench(bench) => {
            bench::run(bench);
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
