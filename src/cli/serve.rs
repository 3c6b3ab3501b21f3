//! `sekisho serve`: the API and the dispatcher in one process.

use std::{process::ExitCode, time::Duration};

use anyhow::Context as _;

use crate::{
    app::App,
    config::Config,
    lifecycle::{Ending, Lifecycle},
    telemetry,
    web::{self, WebState},
};

/// Runs `sekisho serve`.
pub async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    telemetry::start_logging(&config.log)?;
    let metrics = telemetry::start_metrics()?;
    let app = App::from_config(config).await?;
    app.propose_policies().await;
    let lifecycle = Lifecycle::default();
    let state = WebState::new(app.service.clone(), config.web.clone(), metrics);
    let address = start(&app, state, &lifecycle).await?;
    println!("sekisho listening on {address}");
    let ending = lifecycle
        .wait(Duration::from_secs(u64::from(config.dispatch.shutdown_seconds)))
        .await?;
    app.store.close().await;
    Ok(match ending {
        Ending::Asked => ExitCode::SUCCESS,
        Ending::Failed => ExitCode::FAILURE,
    })
}

/// Starts the server and the dispatcher; returns the address once the server listens.
pub async fn start(
    app: &App,
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
    lifecycle.run("dispatcher", async move { dispatcher.run(soft, hard).await });
    listening
        .await
        .context("the server did not start; the log says why")
}
