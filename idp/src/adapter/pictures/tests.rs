//! What strangers may send, and what is left of it.

use image::{GrayImage, Rgba, RgbaImage};

use super::*;

/// A picture with something in it: a ramp from left to right.
fn ramp(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| {
        let shade = u8::try_from(x * 255 / width.max(1)).unwrap();
        Rgb([shade, 90, 255 - shade])
    })
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    written(&ramp(width, height).into(), ImageFormat::Png)
}

async fn read(file: Vec<u8>) -> Result<Picture, PictureError> {
    PictureReader::default().logo(file).await
}

fn drawn(picture: &Picture) -> RgbImage {
    let image = image::load_from_memory_with_format(&picture.png, ImageFormat::Png).unwrap();
    assert_eq!(image.color(), image::ColorType::Rgb8);
    image.into_rgb8()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A PNG chunk with its checksum.
fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let body = [&kind[..], content].concat();
    let mut sum = u32::MAX;
    for byte in &body {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
        }
    }
    [&u32::try_from(content.len()).unwrap().to_be_bytes()[..], &body, &(!sum).to_be_bytes()].concat()
}

/// The same PNG file with one more chunk after its header.
fn with_chunk(png: &[u8], chunk: &[u8]) -> Vec<u8> {
    let after_header = 8 + 25;
    [&png[..after_header], chunk, &png[after_header..]].concat()
}

#[tokio::test]
async fn png_and_jpeg_pictures_are_drawn_anew_as_png() {
    let colours: [DynamicImage; 4] = [
        ramp(200, 50).into(),
        GrayImage::from_pixel(200, 50, image::Luma([7])).into(),
        DynamicImage::from(ramp(200, 50)).into_rgb16().into(),
        DynamicImage::from(ramp(200, 50)).into_rgba16().into(),
    ];
    let mut files: Vec<Vec<u8>> = colours.iter().map(|it| written(it, ImageFormat::Png)).collect();
    files.extend(colours[..2].iter().map(|it| written(it, ImageFormat::Jpeg)));
    for file in files {
        let picture = read(file.clone()).await.unwrap();
        assert_eq!((picture.width, picture.height), (200, 50));
        assert_eq!(drawn(&picture).dimensions(), (200, 50));
        assert_ne!(picture.png, file);
        assert_eq!(read(file).await.unwrap(), picture, "the same file, the same picture");
    }
    let red = drawn(
        &read(written(&RgbImage::from_pixel(9, 9, Rgb([200, 0, 0])).into(), ImageFormat::Jpeg))
            .await
            .unwrap(),
    );
    let [r, g, b] = red.get_pixel(4, 4).0;
    assert!(r > 190 && g < 10 && b < 10, "{r} {g} {b}");
}

#[tokio::test]
async fn a_large_picture_is_scaled_down_and_a_small_one_is_left_alone() {
    for ((width, height), expected) in [
        ((480, 160), (480, 160)),
        ((960, 320), (480, 160)),
        ((4096, 100), (480, 11)),
        ((100, 4096), (3, 160)),
        ((300, 300), (160, 160)),
        ((4096, 1), (480, 1)),
        ((1, 1), (1, 1)),
    ] {
        let picture = read(png(width, height)).await.unwrap();
        assert_eq!((picture.width, picture.height), expected, "{width} x {height}");
        assert_eq!(drawn(&picture).dimensions(), expected);
    }
}

#[tokio::test]
async fn what_is_transparent_is_white() {
    let mut clear = RgbaImage::from_pixel(20, 10, Rgba([0, 0, 0, 0]));
    clear.put_pixel(3, 3, Rgba([0, 0, 0, 255]));
    clear.put_pixel(4, 3, Rgba([0, 0, 0, 128]));
    let picture = drawn(&read(written(&clear.into(), ImageFormat::Png)).await.unwrap());
    assert_eq!(picture.get_pixel(0, 0).0, [255; 3]);
    assert_eq!(picture.get_pixel(3, 3).0, [0; 3]);
    assert_eq!(picture.get_pixel(4, 3).0, [127; 3]);
}

/// Only pixels are kept: no text, no place where a photo was taken, no script behind the end of the picture.
#[tokio::test]
async fn metadata_and_what_follows_the_picture_are_gone() {
    let clean = read(png(120, 40)).await.unwrap();
    let secret = b"Author\0Frank Jones at home";
    let tail = b"<script>alert(1)</script>PK\x03\x04";
    let with_text = with_chunk(&png(120, 40), &chunk(b"tEXt", secret));
    assert!(holds(&with_text, secret));
    let with_tail = [png(120, 40), tail.to_vec()].concat();
    for file in [with_text, with_tail] {
        assert_eq!(read(file).await.unwrap(), clean);
    }
    let jpeg = written(&ramp(120, 40).into(), ImageFormat::Jpeg);
    let comment = [&[0xFF, 0xFE][..], &34_u16.to_be_bytes(), b"GPS 43.65, -79.38 <?php x(); ?>\0"].concat();
    let jpeg = [&jpeg[..2], &comment, &jpeg[2..], tail].concat();
    let picture = read(jpeg).await.unwrap();
    for part in [&b"GPS"[..], b"<?php", b"<script>", b"PK\x03\x04"] {
        assert!(!holds(&picture.png, part));
    }
    assert!(picture.png.ends_with(b"IEND\xAE\x42\x60\x82"));
}

/// A telephone held upright writes a note instead of turning the picture (Exif, tag Orientation).
#[tokio::test]
async fn a_photo_is_turned_as_it_was_held() {
    let jpeg = written(&ramp(60, 20).into(), ImageFormat::Jpeg);
    let exif: Vec<u8> =
        [&b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01"[..], &[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]]
            .concat();
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let turned = [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat();
    let picture = read(turned).await.unwrap();
    assert_eq!((picture.width, picture.height), (20, 60));
}

#[tokio::test]
async fn what_is_no_picture_is_refused() {
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    let gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    for file in [&b""[..], b"hello", svg, gif, b"BM\0\0", b"RIFF\0\0\0\0WEBPVP8 ", b"%PDF-1.7"] {
        assert_eq!(read(file.to_vec()).await, Err(PictureError::NotAPicture), "{file:?}");
    }
}

#[tokio::test]
async fn a_damaged_picture_is_refused() {
    let whole = png(200, 50);
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xFF;
    for file in
        [whole[..whole.len() / 2].to_vec(), whole[..8].to_vec(), flipped, vec![0xFF, 0xD8, 0xFF, 0xE0]]
    {
        assert_eq!(read(file).await, Err(PictureError::Damaged));
    }
}

/// A decompression bomb: few bytes that say they are many pixels.
#[tokio::test]
async fn more_pixels_than_we_look_at_are_refused_before_they_are_unfolded() {
    let said = |width: u32, height: u32| {
        let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[16, 6, 0, 0, 0]].concat();
        [&b"\x89PNG\r\n\x1A\n"[..], &chunk(b"IHDR", &header), &chunk(b"IDAT", &[0; 64]), &chunk(b"IEND", b"")]
            .concat()
    };
    for (width, height) in [(4097, 1), (1, 4097), (50_000, 50_000), (0x7FFF_FFFF, 0x7FFF_FFFF)] {
        assert_eq!(read(said(width, height)).await, Err(PictureError::TooManyPixels), "{width} x {height}");
    }
    // As many as may be, but they are not there; the header says eight bytes for each.
    assert_eq!(read(said(4096, 2048)).await, Err(PictureError::Damaged));
    assert_eq!(read(said(4096, 4096)).await, Err(PictureError::TooManyPixels));
    let real = written(&GrayImage::new(4097, 2).into(), ImageFormat::Png);
    assert!(real.len() < 2000);
    assert_eq!(read(real).await, Err(PictureError::TooManyPixels));
}

/// Text in a PNG file may be packed a thousandfold, too.
#[tokio::test]
async fn a_packed_text_is_not_unfolded() {
    let plain = read(png(120, 40)).await.unwrap();
    let packed = [&b"Comment\0\0"[..], &[0x78, 0x9C], &[0; 1000]].concat();
    let read = read(with_chunk(&png(120, 40), &chunk(b"zTXt", &packed))).await;
    assert!(read == Ok(plain) || read == Err(PictureError::Damaged));
}

#[tokio::test]
async fn a_file_of_too_many_bytes_is_refused() {
    let file = png(120, 40);
    let fill = |length: usize| [file.clone(), vec![0; length - file.len()]].concat();
    assert!(read(fill(MOST_BYTES)).await.is_ok());
    assert_eq!(read(fill(MOST_BYTES + 1)).await, Err(PictureError::TooManyBytes));
}

/// The largest of all: it takes a while, so that the others wait, and nobody is refused.
#[tokio::test]
async fn pictures_are_drawn_one_after_the_other() {
    let reader = PictureReader::default();
    let large = written(&RgbaImage::new(LONGEST_SIDE, LONGEST_SIDE).into(), ImageFormat::Png);
    assert!(large.len() < MOST_BYTES, "{}", large.len());
    let (one, other) = tokio::join!(reader.logo(large), reader.logo(png(10, 10)));
    assert_eq!((one.unwrap().width, other.unwrap().width), (160, 10));
    assert_eq!(reader.turn.available_permits(), 1);
}
