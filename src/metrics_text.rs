//! The text of the metrics. That of a thousand accounts has 21 MB and less than one when it is compressed: text that long is
//! kept compressed only, and decompressed while it is sent to a client that does not accept gzip.
use crate::limits::MAX_PLAIN_METRICS_BYTES;
use bytes::{Buf as _, Bytes, buf::Reader};
use flate2::{Compression, bufread::GzDecoder, write::GzEncoder};
use http_body::{Body, Frame, SizeHint};
use std::{
    io::{self, Read as _, Write},
    pin::Pin,
    task::{Context, Poll},
};

/// What is decompressed at once.
const PIECE_BYTES: usize = 16 << 10;

/// The text in the forms in which it is kept.
#[derive(Clone, Debug)]
pub enum MetricsText {
    /// As it is; compressed too while clients ask for that.
    Short {
        /// As it is.
        plain: Bytes,
        /// Compressed.
        gzip: Option<Bytes>,
    },
    /// Compressed only.
    Long {
        /// Compressed.
        gzip: Bytes,
        /// Of the plain text, in bytes.
        length: usize,
    },
}

impl MetricsText {
    /// Of the plain text, in bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        match self {
            Self::Short { plain, .. } => plain.len(),
            Self::Long { length, .. } => *length,
        }
    }
}

/// Takes the text as it is written.
pub struct MetricsWriter {
    max_plain: usize,
    /// `None` for a text that is too long.
    plain: Option<Vec<u8>>,
    gzip: Option<GzEncoder<Vec<u8>>>,
    length: usize,
}

impl MetricsWriter {
    /// For text of about that length, compressed if so or if it is too long.
    #[must_use]
    pub fn new(expected: usize, gzip: bool) -> Self {
        Self::up_to(MAX_PLAIN_METRICS_BYTES, expected, gzip)
    }

    fn up_to(max_plain: usize, expected: usize, gzip: bool) -> Self {
        let short = expected <= max_plain;
        Self {
            max_plain,
            // With room for some more: to grow, it has to be copied.
            plain: short.then(|| Vec::with_capacity(max_plain.min(expected + expected / 16))),
            gzip: (gzip || !short).then(encoder),
            length: 0,
        }
    }

    /// What was written.
    #[must_use]
    pub fn finish(self) -> MetricsText {
        // Writing to memory cannot fail.
        let gzip = |encoder: GzEncoder<Vec<u8>>| Bytes::from(encoder.finish().unwrap_or_default());
        match self.plain {
            Some(plain) => MetricsText::Short {
                plain: plain.into(),
                gzip: self.gzip.map(gzip),
            },
            None => MetricsText::Long {
                gzip: self.gzip.map(gzip).unwrap_or_default(),
                length: self.length,
            },
        }
    }
}

fn encoder() -> GzEncoder<Vec<u8>> {
    GzEncoder::new(Vec::new(), Compression::default())
}

impl Write for MetricsWriter {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.length += text.len();
        if let Some(plain) = self.plain.take_if(|_| self.length > self.max_plain)
            && self.gzip.is_none()
        {
            self.gzip.insert(encoder()).write_all(&plain)?;
        }
        if let Some(plain) = &mut self.plain {
            if plain.capacity() - plain.len() < text.len() {
                // To twice the length, but to no more than may be needed.
                let more = plain.len().min(self.max_plain - plain.len());
                plain.reserve_exact(more.max(text.len()));
            }
            plain.extend_from_slice(text);
        }
        if let Some(gzip) = &mut self.gzip {
            gzip.write_all(text)?;
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A long text as the body of a plain response.
pub struct Decompressed {
    gzip: GzDecoder<Reader<Bytes>>,
    left: usize,
}

impl Decompressed {
    /// Of the compressed text; `length` is that of the plain one.
    #[must_use]
    pub fn new(gzip: Bytes, length: usize) -> Self {
        Self {
            gzip: GzDecoder::new(gzip.reader()),
            left: length,
        }
    }
}

impl Body for Decompressed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let mut piece = vec![0; PIECE_BYTES.min(self.left)];
        let read = self.gzip.read_exact(&mut piece);
        self.left -= piece.len();
        Poll::Ready(Some(read.map(|()| Frame::data(piece.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    const MAX: usize = 100_000;

    /// Text of that length, written in lines.
    fn text(length: usize, expected: usize, gzip: bool) -> MetricsText {
        let mut writer = MetricsWriter::up_to(MAX, expected, gzip);
        for line in plain(length).chunks(99) {
            writer.write_all(line).unwrap();
        }
        writer.finish()
    }

    fn plain(length: usize) -> Vec<u8> {
        (0..=b'z').cycle().take(length).collect()
    }

    async fn decompressed(gzip: &Bytes, length: usize) -> Vec<u8> {
        let body = Decompressed::new(gzip.clone(), length);
        assert_eq!(body.size_hint().exact(), Some(length as u64));
        body.collect().await.unwrap().to_bytes().to_vec()
    }

    #[tokio::test]
    async fn a_short_text_is_kept_plain() {
        for wanted in [true, false] {
            let MetricsText::Short { plain: kept, gzip } = text(MAX, 0, wanted) else {
                panic!("too long");
            };
            assert_eq!((&kept[..], gzip.is_some()), (&plain(MAX)[..], wanted));
            if let Some(gzip) = gzip {
                assert_eq!(decompressed(&gzip, MAX).await, plain(MAX));
            }
        }
    }

    #[tokio::test]
    async fn a_long_text_is_kept_compressed_and_sent_whole() {
        for (expected, wanted) in [(0, true), (0, false), (MAX + 1, true), (MAX + 1, false)] {
            let text = text(MAX + 1, expected, wanted);
            assert_eq!(text.length(), MAX + 1);
            let MetricsText::Long { gzip, length } = text else {
                panic!("not too long");
            };
            assert_eq!(decompressed(&gzip, length).await, plain(MAX + 1));
        }
        let cut = Decompressed::new(Bytes::from_static(b"\x1f\x8b"), 9);
        assert!(cut.collect().await.is_err());
    }
}
