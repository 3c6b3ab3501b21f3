//! `sekisho serve`: the API and the dispatcher in one process.

use std::{process::ExitCode, time::Duration};

use anyhow::Context as _;

use crate::{
    app::{App, Role},
    clock::SystemClock,
    config::Config,
    dispatch::Skew,
    lifecycle::{Ending, Lifecycle, Signals},
    telemetry,
    web::{self, WebState},
};

/// Runs `sekisho serve`.
pub async fn run(config: &Config, role: Role) -> anyhow::Result<ExitCode> {
    let signals = Signals::catch()?;
    telemetry::start_logging(&config.log)?;
    let metrics = telemetry::start_metrics()?;
    let app = App::in_role(config, role).await?;
    refuse_skew(&app).await?;
    app.propose_policies().await;
    let lifecycle = Lifecycle::default();
    let state = WebState::new(app.service.clone(), config.web.clone(), metrics);
    let state = match role {
        Role::Dispatch => state.only_watched(),
        Role::All | Role::Api => state,
    };
    let address = start(&app, role, state, &lifecycle).await?;
    println!("sekisho listening on {address}");
    let ending = lifecycle
        .wait(
            signals,
            Duration::from_secs(u64::from(config.dispatch.shutdown_seconds)),
        )
        .await;
    app.store.close().await;
    Ok(match ending {
        Ending::Asked => ExitCode::SUCCESS,
        Ending::Failed => ExitCode::FAILURE,
    })
}

/// A node whose clock is wrong would judge windows, leases and keys wrongly.
async fn refuse_skew(app: &App) -> anyhow::Result<()> {
    let mut reader = app.store.read().await?;
    let skew = Skew::measure(&mut reader, &SystemClock).await?;
    anyhow::ensure!(
        skew.is_bearable(),
        "the database's clock is {} from this machine's, more than 2 s: set both by NTP, then start again",
        skew.in_seconds()
    );
    Ok(())
}

/// Starts the server, and the dispatcher unless the role is to serve alone; returns the address once the server
/// listens.
pub async fn start(
    app: &App,
    role: Role,
    state: WebState,
    lifecycle: &Lifecycle,
) -> anyhow::Result<std::net::SocketAddr> {
    let (bound, listening) = tokio::sync::oneshot::channel();
    let soft = lifecycle.soft.clone();
    lifecycle.run("web", async move {
        let on_bound = move |address| {
            tracing::info!(%address, "listening");
            let _ = bound.send(address);
        };
        if let Err(why) = web::serve(state, soft, on_bound).await {
            tracing::error!(%why, "the server cannot serve");
        }
    });
    let (dispatcher, soft, hard) = (
        app.dispatcher.clone(),
        lifecycle.soft.clone(),
        lifecycle.hard.clone(),
    );
    if role != Role::Api {
        lifecycle.run("dispatcher", async move { dispatcher.run(soft, hard).await });
    }
    listening
        .await
        .context("the server did not start; the log says why")
}
