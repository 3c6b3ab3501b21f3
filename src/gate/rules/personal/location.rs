//! Pictures that tell where they were taken.

use super::{CLAUSES, Found, Message, Report, RuleInfo};
use crate::domain::{
    evidence::Position,
    finding::{Field, Place, Severity},
};

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("personal.location", Severity::Block, CLAUSES);

/// A position in the data of a picture may be that of somebody's home.
pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    for target in &case.targets {
        for (index, (part, number, medium)) in target.payload.media().enumerate() {
            let look = case.evidence.pictures.get(&medium.digest);
            if look.is_some_and(|look| look.position == Position::Present) {
                let message = Message::new("finding-personal-location")
                    .with("number", index + 1)
                    .with("account", &target.account.name);
                let found = Found::new(&RULE, message)
                    .on(target.account.id)
                    .at(Place::whole(part, Field::Medium(number)))
                    .evidence(medium.digest.to_string());
                report.add(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::{
            digest::MediaDigest,
            evidence::{PictureLook, Position},
            finding::Severity,
            media::MediaFacts,
            revision::Media,
        },
        gate::testing::World,
    };

    #[test]
    fn a_picture_with_a_position_blocks() {
        let mut world = World::new();
        let digest = MediaDigest::new([1; 32]);
        world.parts[0].media = vec![Media {
            digest,
            alt: "市民会館の写真".into(),
        }];
        for (position, expected) in [
            (Position::Present, Some(Severity::Block)),
            (Position::Absent, None),
        ] {
            let (codes, facts) = (Vec::new(), MediaFacts::of_jpeg(1_200, 800, 200_000));
            world.evidence.pictures.insert(
                digest,
                PictureLook {
                    codes,
                    position,
                    facts,
                },
            );
            assert_eq!(world.severity_of("personal.location"), expected);
        }
    }
}
