use rstest::rstest;

use super::*;
use crate::domain::account::Platform;

fn film(milliseconds: u64, video: VideoCodec) -> MediaFacts {
    MediaFacts {
        kind: MediaKind::Mp4,
        motion: Motion::Film {
            milliseconds,
            video,
            sound: SoundCodec::Aac,
        },
        ..MediaFacts::of_jpeg(1_280, 720, 5_000_000)
    }
}

fn said(platform: Platform, facts: &MediaFacts) -> Result<Plan, Unfit> {
    room(platform).plan(Form::Full, facts)
}

#[rstest]
#[case(1_000, 1_250, None)]
#[case(1_000, 1_251, Some(Unfit::Aspect))]
#[case(1_910, 1_000, None)]
#[case(1_911, 1_000, Some(Unfit::Aspect))]
#[case(319, 319, Some(Unfit::Small))]
#[case(320, 320, None)]
fn instagram_takes_only_some_forms(#[case] width: u32, #[case] height: u32, #[case] why: Option<Unfit>) {
    let facts = MediaFacts::of_jpeg(width, height, 100_000);
    assert_eq!(said(Platform::Instagram, &facts).err(), why);
}

#[test]
fn a_picture_that_would_become_too_narrow_is_refused() {
    let facts = MediaFacts::of_jpeg(400, 3_900, 100_000);
    assert_eq!(said(Platform::Threads, &facts), Err(Unfit::Small));
    assert_eq!(said(Platform::Mastodon, &facts), Ok(Plan::AsItIs));
}

#[rstest]
#[case(499, Err(Unfit::Short))]
#[case(500, Ok(Plan::AsItIs))]
#[case(140_000, Ok(Plan::AsItIs))]
#[case(140_001, Err(Unfit::Long))]
fn a_film_has_a_length(#[case] milliseconds: u64, #[case] expected: Result<Plan, Unfit>) {
    assert_eq!(said(Platform::X, &film(milliseconds, VideoCodec::H264)), expected);
}

#[rstest]
#[case(Platform::X, VideoCodec::H265, Some(Unfit::Codec))]
#[case(Platform::Threads, VideoCodec::H265, None)]
#[case(Platform::Threads, VideoCodec::Other, Some(Unfit::Codec))]
#[case(Platform::Line, VideoCodec::H264, None)]
#[case(Platform::Bluesky, VideoCodec::H265, Some(Unfit::Codec))]
fn a_film_has_a_coding(#[case] platform: Platform, #[case] video: VideoCodec, #[case] why: Option<Unfit>) {
    assert_eq!(said(platform, &film(10_000, video)).err(), why);
}

#[test]
fn a_film_too_large_is_refused_and_a_picture_made_smaller() {
    let large = MediaFacts {
        bytes: 200_000_000,
        ..film(10_000, VideoCodec::H264)
    };
    assert_eq!(said(Platform::Mastodon, &large), Err(Unfit::Bytes));
    let picture = MediaFacts::of_jpeg(4_000, 3_000, 17_000_000);
    assert!(matches!(said(Platform::Mastodon, &picture), Ok(Plan::Made(_))));
}

#[test]
fn a_moving_picture_goes_where_it_moves() {
    let facts = MediaFacts {
        kind: MediaKind::Gif,
        motion: Motion::Animation { frames: 350 },
        ..MediaFacts::of_jpeg(1_280, 1_080, 15_000_000)
    };
    assert_eq!(said(Platform::X, &facts), Ok(Plan::AsItIs));
    assert_eq!(said(Platform::Line, &facts), Err(Unfit::Kind));
    let longer = MediaFacts {
        motion: Motion::Animation { frames: 351 },
        ..facts
    };
    assert_eq!(said(Platform::X, &longer), Err(Unfit::Frames));
    let larger = MediaFacts {
        width: 1_281,
        ..facts
    };
    assert_eq!(said(Platform::X, &larger), Err(Unfit::Size));
}
