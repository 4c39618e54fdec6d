//! A peer on rust-libp2p. What it must do is in interop/README.md.

mod board;
mod clock;
mod ethereum;
mod json;
mod namespaces;
mod node;
mod record;
mod roles;
mod settings;
mod store;
mod transport;

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::LevelFilter;

use crate::board::Board;
use crate::settings::{Settings, Task};

/// Errors are texts for a person to read.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const UNSUPPORTED: u8 = 3;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let level = if settings::debug() { LevelFilter::DEBUG } else { LevelFilter::WARN };
    tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).init();

    let settings = match Settings::from_environment() {
        Ok(settings) => settings,
        Err(error) => return fail(&error.to_string()),
    };
    if let Task::Listener(channel) | Task::Dialer(channel) = &settings.task
        && !channel.is_supported()
    {
        println!("status: unsupported");
        return ExitCode::from(UNSUPPORTED);
    }
    tokio::select! {
        outcome = run(&settings) => finish(&settings.task, outcome),
        outcome = stop_signal() => match settings.task {
            Task::Querier(_) | Task::Dialer(_) => {
                let stopped = outcome.and_then(|()| Err("stopped".into()));
                finish(&settings.task, stopped)
            }
            _ => finish(&settings.task, outcome),
        },
    }
}

async fn run(settings: &Settings) -> Outcome<()> {
    let board = Board::connect(&settings.redis, &settings.key).await?;
    match &settings.task {
        Task::Bootstrap(profile) => roles::bootstrap(board, *profile).await,
        Task::Provider(profile, mode) => roles::provider(board, &settings.key, *profile, *mode).await,
        Task::Querier(profile) => roles::querier(board, &settings.key, *profile).await,
        Task::Listener(channel) => transport::listen(board, channel).await,
        Task::Dialer(channel) => transport::dial(board, channel).await,
    }
}

/// Waits for SIGTERM or SIGINT.
async fn stop_signal() -> Outcome<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

fn finish(task: &Task, outcome: Outcome<()>) -> ExitCode {
    let querier = matches!(task, Task::Querier(_));
    match outcome {
        Ok(()) => {
            if querier {
                println!("status: pass");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            if querier {
                println!("status: fail");
            }
            fail(&error.to_string())
        }
    }
}

fn fail(error: &str) -> ExitCode {
    println!("error: {}", one_line(error));
    ExitCode::FAILURE
}

/// A text as a line that YAML reads as one text.
pub fn one_line(text: &str) -> String {
    json::quote(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}
