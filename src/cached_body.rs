//! Bytes that are made when they are first asked for, once and off the async threads; whoever asks meanwhile waits for them.
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use tokio::{
    sync::OnceCell,
    task::{JoinError, spawn_blocking},
};

/// A body, plain and compressed.
#[derive(Debug, Default)]
pub struct CachedBody {
    plain: OnceCell<Bytes>,
    gzip: OnceCell<Bytes>,
}

impl CachedBody {
    /// As it is.
    ///
    /// # Errors
    /// If it cannot be made, which would be a mistake in the program.
    pub async fn plain(
        &self,
        make: impl FnOnce() -> Vec<u8> + Send + 'static,
    ) -> Result<Bytes, JoinError> {
        let bytes = || spawn_blocking(|| make().into());
        self.plain.get_or_try_init(bytes).await.cloned()
    }

    /// Compressed. The plain bytes are not kept for it.
    ///
    /// # Errors
    /// As above.
    pub async fn gzip(
        &self,
        make: impl FnOnce() -> Vec<u8> + Send + 'static,
    ) -> Result<Bytes, JoinError> {
        let bytes = || spawn_blocking(|| gzip(&make()).into());
        self.gzip.get_or_try_init(bytes).await.cloned()
    }
}

/// The bytes, compressed.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory cannot fail.
    let written = encoder.write_all(bytes);
    debug_assert!(written.is_ok());
    encoder.finish().unwrap_or_default()
}
