//! The configuration of a connection, with what is computed from it once.

use std::sync::Arc;

use super::codec::Codecs;
use super::concurrency::Concurrency;
use crate::http1::response::{DEFAULT_CONTENT_TYPE, hsts_line, server_line};
use crate::problem::PageRule;
use crate::websocket::{DeflatePool, Options};
use tremolo_config::{Config, ConfigError};

/// A checked configuration with what is prepared from it once; shared by all connections.
#[derive(Debug)]
pub struct Settings {
    config: Config,
    server_line: Box<[u8]>,
    hsts_line: Box<[u8]>,
    codecs: Option<&'static dyn Codecs>,
    page_rule: PageRule,
    /// `None`: that of the engine.
    default_type: Option<Arc<Vec<u8>>>,
    websocket: Options,
    deflate_pool: Arc<DeflatePool>,
    /// `None`: any number of handlers may run.
    concurrency: Option<Arc<Concurrency>>,
}

impl Settings {
    /// Checks a configuration.
    ///
    /// # Errors
    ///
    /// The first value that is not valid.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self {
            server_line: server_line(&config.server_name),
            hsts_line: hsts_line(&config),
            codecs: None,
            default_type: (config.default_content_type != DEFAULT_CONTENT_TYPE)
                .then(|| Arc::new(config.default_content_type.clone().into())),
            page_rule: match config.problem_details {
                true => PageRule::ProblemDetails,
                false => PageRule::Negotiated,
            },
            websocket: Options::new(&config),
            deflate_pool: Arc::default(),
            concurrency: Concurrency::new(config.limit_concurrency),
            config,
        })
    }

    /// The same with encoders; without them, `compression` changes nothing.
    #[must_use]
    pub fn with_codecs(mut self, codecs: &'static dyn Codecs) -> Self {
        self.codecs = Some(codecs);
        self
    }

    /// The same with error pages in HTML, as those of the original, for clients that accept
    /// anything.
    #[must_use]
    pub fn with_html_pages(mut self) -> Self {
        if self.page_rule == PageRule::Negotiated {
            self.page_rule = PageRule::NegotiatedElseHtml;
        }
        self
    }

    /// The same, for another listener of one server: handlers are counted together for
    /// `limit_concurrency`.
    #[must_use]
    pub fn counting_with(mut self, server: &Self) -> Self {
        self.concurrency.clone_from(&server.concurrency);
        self
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn default_type(&self) -> Option<&Arc<Vec<u8>>> {
        self.default_type.as_ref()
    }

    /// Which format error pages have.
    #[must_use]
    pub fn page_rule(&self) -> PageRule {
        self.page_rule
    }

    /// The options of WebSocket sessions.
    #[must_use]
    pub fn websocket(&self) -> &Options {
        &self.websocket
    }

    /// The compressors of all WebSocket sessions; also for
    /// [`PreparedMessage::compressed_by`](crate::websocket::PreparedMessage::compressed_by).
    #[must_use]
    pub fn deflate_pool(&self) -> &Arc<DeflatePool> {
        &self.deflate_pool
    }

    /// The encoded `Server` field; empty if there is none.
    pub(crate) fn server_line(&self) -> &[u8] {
        &self.server_line
    }

    /// The encoded `Strict-Transport-Security` field; empty if there is none.
    pub(crate) fn hsts_line(&self) -> &[u8] {
        &self.hsts_line
    }

    pub(super) fn concurrency(&self) -> Option<&Arc<Concurrency>> {
        self.concurrency.as_ref()
    }

    pub(crate) fn codecs(&self) -> Option<&'static dyn Codecs> {
        self.codecs
    }
}
