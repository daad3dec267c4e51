//! The real program against the simulator, over HTTP.
mod architecture;
mod catalogue;
mod credentials;
mod documents;
mod golden;
mod harness;
mod permissions;
mod program;
mod scrape;
mod unknown;
