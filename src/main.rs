use clap::Parser;
use nuanyang::commands::Command;

/// 暖阳: the hub of what a city's social-work stations hand in
#[derive(Parser)]
#[command(name = "nuanyang", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> std::process::ExitCode {
    match Cli::parse().command.run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("nuanyang: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
