//! What does not fit, in numbers that people read.

use super::{MediaFacts, MediaRoom, Motion, Unfit};

impl MediaRoom {
    /// What a medium has and what there is room for, in people's units: megabytes, seconds, points, pictures. None
    /// where it is no question of a number.
    #[must_use]
    pub fn figures(&self, why: Unfit, facts: &MediaFacts) -> Option<(String, String)> {
        let edge = facts.width.max(facts.height).to_string();
        match (facts.motion, self.films, self.animations) {
            (Motion::Film { milliseconds, .. }, Some(room), _) => match why {
                Unfit::Bytes => Some((megabytes(facts.bytes), megabytes(room.bytes))),
                Unfit::Short => Some((seconds(milliseconds), seconds(room.shortest))),
                Unfit::Long => Some((seconds(milliseconds), seconds(room.longest))),
                Unfit::Size => Some((edge, room.edge?.to_string())),
                _ => None,
            },
            (Motion::Animation { frames }, _, Some(room)) => match why {
                Unfit::Bytes => Some((megabytes(facts.bytes), megabytes(room.bytes))),
                Unfit::Frames => Some((frames.to_string(), room.frames.to_string())),
                Unfit::Size => Some((edge, room.width.min(room.height).to_string())),
                _ => None,
            },
            _ => None,
        }
    }
}

/// What is begun counts: nothing that is too large looks as if it were not.
fn megabytes(bytes: u64) -> String {
    bytes.div_ceil(1_000_000).to_string()
}

/// Short lengths with a tenth.
fn seconds(milliseconds: u64) -> String {
    match milliseconds {
        ..10_000 if !milliseconds.is_multiple_of(1_000) => {
            let tenths = milliseconds.div_ceil(100);
            format!("{}.{}", tenths / 10, tenths % 10)
        }
        _ => milliseconds.div_ceil(1_000).to_string(),
    }
}
