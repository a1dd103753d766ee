//! Pictures that strangers send, read by the `image` crate within limits and drawn anew (`company.md` section 3).
//!
//! One at a time, on a thread that may block: a picture of a few kilobytes can unfold to a hundred megabytes, and the limits
//! hold for each alone. Nothing of the file is kept but its pixels: no metadata, nothing behind its end.

use std::io::Cursor;
use std::sync::Arc;

use async_trait::async_trait;
use idp_domain::logo::{HIGHEST, LONGEST_SIDE, MOST_BYTES, Picture, WIDEST};
use idp_domain::ports::{PictureError, Pictures};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::error::LimitErrorKind;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder as _, ImageEncoder as _, ImageError, ImageFormat,
    ImageReader, Limits, Rgb, RgbImage, imageops,
};
use tokio::sync::Semaphore;

/// What a picture may unfold to, bytes: the largest one with four a pixel. Of the few PNG files that have eight, half as many
/// pixels are looked at.
const MOST_MEMORY: u64 = 4 * (LONGEST_SIDE as u64) * (LONGEST_SIDE as u64);

/// The production reader.
#[derive(Debug)]
pub struct PictureReader {
    turn: Arc<Semaphore>,
}

impl Default for PictureReader {
    fn default() -> Self {
        Self { turn: Arc::new(Semaphore::new(1)) }
    }
}

#[async_trait]
impl Pictures for PictureReader {
    async fn logo(&self, file: Vec<u8>) -> Result<Picture, PictureError> {
        // Nobody closes it.
        let turn = Arc::clone(&self.turn).acquire_owned().await.map_err(|_| PictureError::Damaged)?;
        let drawing = tokio::task::spawn_blocking(move || {
            // Until the work is over, even if nobody waits for it any more.
            let _turn = turn;
            draw(&file)
        });
        // Whatever a decoder stumbles over is the file's fault.
        drawing.await.unwrap_or(Err(PictureError::Damaged))
    }
}

fn draw(file: &[u8]) -> Result<Picture, PictureError> {
    if file.len() > MOST_BYTES {
        return Err(PictureError::TooManyBytes);
    }
    let drawn = fitted(&on_white(decode(file)?));
    let (width, height) = drawn.dimensions();
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive)
        .write_image(&drawn, width, height, ExtendedColorType::Rgb8)
        .map_err(|_| PictureError::Damaged)?;
    Ok(Picture { png, width, height })
}

/// What the file is, is told by its first bytes, never by its name.
fn decode(file: &[u8]) -> Result<DynamicImage, PictureError> {
    let format = image::guess_format(file).map_err(|_| PictureError::NotAPicture)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg) {
        return Err(PictureError::NotAPicture);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    // The decoder counts what it needs for itself, not what it fills for us.
    limits.reserve(decoder.total_bytes()).map_err(|error| refused(&error))?;
    // A telephone writes down how it was held instead of turning the picture.
    let orientation = decoder.orientation().map_err(|error| refused(&error))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| refused(&error))?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn refused(error: &ImageError) -> PictureError {
    match error {
        ImageError::Limits(limit) => match limit.kind() {
            LimitErrorKind::DimensionError | LimitErrorKind::InsufficientMemory => {
                PictureError::TooManyPixels
            }
            _ => PictureError::Damaged,
        },
        _ => PictureError::Damaged,
    }
}

/// Transparency is filled as paper would: a dark logo can be read on a dark page, and no edge is fringed by what colour the
/// transparent pixels have.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let (width, height) = picture.dimensions();
    RgbImage::from_fn(width, height, |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        let mixed = |channel: u8| {
            let (channel, alpha) = (u32::from(channel), u32::from(alpha));
            u8::try_from((channel * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
        };
        Rgb([mixed(red), mixed(green), mixed(blue)])
    })
}

/// Scaled down to what every logo fits into, never up.
fn fitted(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    if width <= WIDEST && height <= HIGHEST {
        return picture.clone();
    }
    let is_wide = u64::from(width) * u64::from(HIGHEST) >= u64::from(height) * u64::from(WIDEST);
    let scaled = |side: u32, by: u32, of: u32| {
        u32::try_from(u64::from(side) * u64::from(by) / u64::from(of)).unwrap_or(1).max(1)
    };
    let (to_width, to_height) = match is_wide {
        true => (WIDEST, scaled(height, WIDEST, width)),
        false => (scaled(width, HIGHEST, height), HIGHEST),
    };
    imageops::resize(picture, to_width, to_height, imageops::FilterType::Lanczos3)
}

#[cfg(test)]
#[path = "pictures/tests.rs"]
mod tests;
