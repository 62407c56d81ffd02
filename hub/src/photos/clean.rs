//! A picture without what cameras write beside it: the place, the time, the device, a thumbnail of what
//! was cut away. What is kept is listed; all else goes, and whatever stands behind the picture's end.

use entity::PhotoKind;

/// Of what kind a picture is by its bytes, and the same picture without what else is in it. None where
/// it is of no kind that is taken, or not whole.
pub fn clean(bytes: &[u8]) -> Option<(PhotoKind, Vec<u8>)> {
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return Some((PhotoKind::Jpeg, jpeg(bytes)?));
    }
    if bytes.starts_with(PNG) {
        return Some((PhotoKind::Png, png(bytes)?));
    }
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    if is_webp { Some((PhotoKind::Webp, webp(bytes)?)) } else { None }
}

/// ITU-T T.81, annex B: segments, of which a scan is followed by its data.
fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut kept = vec![0xFF, 0xD8];
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xFF {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            // Filling before a marker.
            0xFF => at += 1,
            0xD9 => {
                kept.extend([0xFF, 0xD9]);
                return Some(kept);
            }
            0x00 | 0x01 | 0xD0..=0xD8 => return None,
            _ => {
                let length = u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?);
                let mut end = at + 2 + usize::from(length);
                let content = bytes.get(at + 4..end)?;
                if marker == 0xDA {
                    end = end_of_scan(bytes, end)?;
                }
                if is_kept_of_jpeg(marker, content) {
                    kept.extend(&bytes[at..end]);
                }
                at = end;
            }
        }
    }
}

/// Application data only of JFIF without a thumbnail, of colour profiles and of Adobe's colours;
/// no comments.
fn is_kept_of_jpeg(marker: u8, content: &[u8]) -> bool {
    match marker {
        0xE0 => content.starts_with(b"JFIF\0") && content.len() == 14,
        0xE2 => content.starts_with(b"ICC_PROFILE\0"),
        0xEE => content.starts_with(b"Adobe"),
        0xE1..=0xEF | 0xFE => false,
        _ => true,
    }
}

/// Where the marker stands that ends the data of a scan: any but a restart.
fn end_of_scan(bytes: &[u8], begin: usize) -> Option<usize> {
    let data = bytes.get(begin..)?;
    let ends = |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xD0..=0xD7 | 0xFF);
    data.windows(2).position(ends).map(|found| begin + found)
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// ISO/IEC 15948: chunks of length, name, content and checksum.
fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    const KEPT: [&[u8]; 11] = [
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT",
        b"pHYs",
    ];
    let mut kept = PNG.to_vec();
    let mut at = PNG.len();
    loop {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
        let end = at.checked_add(12)?.checked_add(usize::try_from(length).ok()?)?;
        let (chunk, name) = (bytes.get(at..end)?, &bytes[at + 4..at + 8]);
        if KEPT.contains(&name) {
            kept.extend(chunk);
        } else if name[0].is_ascii_uppercase() {
            // It says that without it the picture is not to be read.
            return None;
        }
        if name == b"IEND" {
            return Some(kept);
        }
        at = end;
    }
}

/// RFC 9649: chunks of name, length and content, filled up to an even length.
fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    const EXTENDED: &[u8] = b"VP8X";
    /// The flags of an extended file that say it has Exif and XMP data, or moves.
    const TOLD: u8 = 0x08 | 0x04;
    const MOVES: u8 = 0x02;
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let whole = usize::try_from(number(4)?).ok()?.checked_add(8)?;
    let bytes = bytes.get(..whole)?;
    let (mut kept, mut at) = (b"WEBP".to_vec(), 12);
    while at < bytes.len() {
        let length = usize::try_from(number(at + 4)?).ok()?;
        let end = at.checked_add(8)?.checked_add(length)?.checked_add(length % 2)?;
        let (chunk, name) = (bytes.get(at..end)?, &bytes[at..at + 4]);
        let begin = kept.len();
        if [EXTENDED, b"VP8 ", b"VP8L", b"ALPH", b"ICCP"].contains(&name) {
            kept.extend(chunk);
        }
        if name == EXTENDED {
            let flags = kept.get_mut(begin + 8)?;
            if *flags & MOVES != 0 {
                return None;
            }
            *flags &= !TOLD;
        }
        at = end;
    }
    // A file with no picture in it has only its name.
    let length = u32::try_from(kept.len()).ok().filter(|length| *length > 4)?;
    Some([b"RIFF".as_slice(), &length.to_le_bytes(), &kept].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &[u8] = b"Exif\0\0GPS 34.9N";

    fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker], length.as_slice(), content].concat()
    }

    /// With data in which a marker is stuffed and a restart stands.
    fn jpeg_of(others: &[Vec<u8>]) -> Vec<u8> {
        let scan = [segment(0xDA, &[1, 2]), vec![5, 0xFF, 0, 7, 0xFF, 0xD3, 9]].concat();
        let jfif = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        let begin = [vec![0xFF, 0xD8], jfif].concat();
        [begin, others.concat(), segment(0xDB, &[3; 65]), scan.clone(), scan, vec![0xFF, 0xD9]]
            .concat()
    }

    fn png_of(others: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let chunk = |(name, content): &(&[u8; 4], &[u8])| {
            let length = u32::try_from(content.len()).unwrap().to_be_bytes();
            [length.as_slice(), name.as_slice(), content, &[0; 4]].concat()
        };
        let mut bytes = [PNG.to_vec(), chunk(&(b"IHDR", &[0; 13]))].concat();
        bytes.extend(others.iter().flat_map(chunk));
        bytes.extend(chunk(&(b"IDAT", &[1, 2, 3])));
        bytes.extend(chunk(&(b"IEND", &[])));
        bytes
    }

    fn webp_of(flags: u8, others: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let chunk = |(name, content): &(&[u8; 4], &[u8])| {
            let length = u32::try_from(content.len()).unwrap().to_le_bytes();
            let fill = vec![0; content.len() % 2];
            [name.as_slice(), &length, content, &fill].concat()
        };
        let extended = [&[flags], [0; 9].as_slice()].concat();
        let mut chunks = [b"WEBP".to_vec(), chunk(&(b"VP8X", &extended))].concat();
        chunks.extend(chunk(&(b"VP8 ", &[1, 2, 3])));
        chunks.extend(others.iter().flat_map(chunk));
        let length = u32::try_from(chunks.len()).unwrap().to_le_bytes();
        [b"RIFF".as_slice(), &length, &chunks].concat()
    }

    #[test]
    fn what_a_camera_writes_beside_the_picture_is_gone_and_the_picture_is_as_it_was() {
        let thumbnail = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\x01\x01abc");
        let told = [segment(0xE1, PLACE), segment(0xFE, PLACE), segment(0xED, PLACE), thumbnail];
        let profile = segment(0xE2, b"ICC_PROFILE\0\x01\x01");
        let kept = jpeg_of(std::slice::from_ref(&profile));
        let given = [jpeg_of(&[told.concat(), profile]), PLACE.to_vec()].concat();
        assert_eq!(clean(&given), Some((PhotoKind::Jpeg, kept)));

        let colours: (&[u8; 4], &[u8]) = (b"gAMA", &[0; 4]);
        let told: [(&[u8; 4], &[u8]); 3] = [(b"eXIf", PLACE), (b"tEXt", PLACE), (b"zzZz", PLACE)];
        let given = [png_of(&[&[colours], told.as_slice()].concat()), PLACE.to_vec()].concat();
        assert_eq!(clean(&given), Some((PhotoKind::Png, png_of(&[colours]))));

        let profile: (&[u8; 4], &[u8]) = (b"ICCP", b"abc");
        let told: [(&[u8; 4], &[u8]); 3] = [(b"EXIF", PLACE), (b"XMP ", PLACE), (b"????", PLACE)];
        let given = webp_of(0x2C, &[&[profile], told.as_slice()].concat());
        let given = [given, PLACE.to_vec()].concat();
        assert_eq!(clean(&given), Some((PhotoKind::Webp, webp_of(0x20, &[profile]))));
    }

    #[test]
    fn what_is_no_picture_or_not_the_whole_of_one_is_refused() {
        let moving = webp_of(0x02, &[]);
        let secret_chunk = png_of(&[(b"ZZZZ", PLACE)]);
        let nothing = b"RIFF\x04\0\0\0WEBP";
        let others: [&[u8]; 7] =
            [b"", b"GIF89a", b"<svg>", b"%PDF-1.7", nothing, &moving, &secret_chunk];
        for other in others {
            assert_eq!(clean(other), None, "{other:?}");
        }
        for whole in [jpeg_of(&[segment(0xE1, PLACE)]), png_of(&[]), webp_of(0, &[])] {
            assert!(clean(&whole).is_some());
            for length in 0..whole.len() {
                assert_eq!(clean(&whole[..length]), None, "{length} bytes of {whole:?}");
            }
        }
    }
}
