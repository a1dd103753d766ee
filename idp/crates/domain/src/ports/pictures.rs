//! Reading pictures that strangers send.

use async_trait::async_trait;

use crate::logo::{LONGEST_SIDE, MOST_BYTES, Picture};

/// Why a file is not taken for a logo. Each sentence says what to send instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    #[error("the file is larger than {} KiB", MOST_BYTES / 1024)]
    TooManyBytes,
    #[error("the file is neither a PNG nor a JPEG picture")]
    NotAPicture,
    #[error("the picture is wider or higher than {LONGEST_SIDE} pixels")]
    TooManyPixels,
    #[error("the picture is damaged")]
    Damaged,
}

#[async_trait]
pub trait Pictures: Send + Sync {
    /// Reads a PNG or JPEG file, whatever it calls itself, and draws it anew as a [`Picture`]: scaled down where it is too
    /// large, on white, without anything that was in the file besides its pixels. The same file gives the same picture.
    ///
    /// # Errors
    /// [`PictureError`].
    async fn logo(&self, file: Vec<u8>) -> Result<Picture, PictureError>;
}
