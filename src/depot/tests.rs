use std::{os::unix::fs::PermissionsExt as _, time::Duration};

use futures::TryStreamExt as _;
use tokio::io::AsyncReadExt as _;
use uuid::Uuid;

use super::{Depot, DepotError};
use crate::domain::{digest::MediaDigest, ids::OrganizationId};

fn organization(number: u128) -> OrganizationId {
    OrganizationId::new(Uuid::from_u128(number))
}

fn files(folder: &std::path::Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[tokio::test]
async fn what_is_kept_is_found_by_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let depot = Depot::new(folder.path());
    let digest = depot
        .put(organization(1), Uuid::from_u128(1), b"a picture")
        .await
        .unwrap();
    assert_eq!(digest, MediaDigest::of(b"a picture"));
    assert_eq!(depot.bytes(organization(1), digest).await.unwrap(), b"a picture");
    let (mut file, length) = depot.open(organization(1), digest).await.unwrap();
    let mut read = Vec::new();
    file.read_to_end(&mut read).await.unwrap();
    assert_eq!((read.as_slice(), length), (b"a picture".as_slice(), 9));
    let elsewhere = depot.bytes(organization(2), digest).await;
    assert!(matches!(elsewhere, Err(DepotError::Missing(missing)) if missing == digest));
    let mode = depot
        .path(organization(1), digest)
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(files(&folder.path().join("incoming")), 0);
}

#[tokio::test]
async fn bytes_that_were_changed_are_not_given_out() {
    let folder = tempfile::tempdir().unwrap();
    let depot = Depot::new(folder.path());
    let digest = depot
        .put(organization(1), Uuid::from_u128(1), b"a picture")
        .await
        .unwrap();
    std::fs::write(depot.path(organization(1), digest), b"another one").unwrap();
    assert!(matches!(
        depot.bytes(organization(1), digest).await,
        Err(DepotError::Altered(_))
    ));
    assert!(matches!(
        depot.open(organization(1), digest).await,
        Err(DepotError::Altered(_))
    ));
    // Brought once more, it is what it was.
    depot
        .put(organization(1), Uuid::from_u128(2), b"a picture")
        .await
        .unwrap();
    assert_eq!(depot.bytes(organization(1), digest).await.unwrap(), b"a picture");
    depot.remove(organization(1), digest).await.unwrap();
    depot.remove(organization(1), digest).await.unwrap();
    assert!(matches!(
        depot.open(organization(1), digest).await,
        Err(DepotError::Missing(_))
    ));
}

#[tokio::test]
async fn a_copy_is_compared_on_the_way() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (from, to) = (Depot::new(from.path()), Depot::new(to.path()));
    let digest = from
        .put(organization(1), Uuid::from_u128(1), b"a picture")
        .await
        .unwrap();
    for id in [2, 3] {
        from.copy_to(&to, organization(1), digest, Uuid::from_u128(id))
            .await
            .unwrap();
    }
    assert!(to.has(organization(1), digest) && !to.has(organization(2), digest));
    assert_eq!(to.bytes(organization(1), digest).await.unwrap(), b"a picture");
    to.remove(organization(1), digest).await.unwrap();
    std::fs::write(from.path(organization(1), digest), b"another one").unwrap();
    let refused = from
        .copy_to(&to, organization(1), digest, Uuid::from_u128(4))
        .await;
    assert!(matches!(refused, Err(DepotError::Altered(_))));
    assert!(!to.has(organization(1), digest));
}

#[tokio::test]
async fn what_was_begun_and_left_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let depot = Depot::new(folder.path());
    let mut begun = depot.incoming(Uuid::from_u128(1)).await.unwrap();
    begun.write(b"half a pic").await.unwrap();
    assert_eq!(
        (begun.length(), begun.read().await.unwrap().as_slice()),
        (10, b"half a pic".as_slice())
    );
    assert_eq!(files(&folder.path().join("incoming")), 1);
    drop(begun);
    assert_eq!(files(&folder.path().join("incoming")), 0);
    // A process that died takes nothing with it.
    std::fs::write(folder.path().join("incoming/dead"), b"half").unwrap();
    assert_eq!(depot.tidy(Duration::from_secs(3_600)).await.unwrap(), 0);
    assert_eq!(depot.tidy(Duration::ZERO).await.unwrap(), 1);
}

/// No piece is like another one.
fn long(bytes: u32) -> Vec<u8> {
    (0..bytes / 4).flat_map(u32::to_be_bytes).collect()
}

async fn part(
    depot: &Depot,
    digest: MediaDigest,
    range: std::ops::Range<u64>,
) -> Result<Vec<u8>, DepotError> {
    let checked = depot.check(organization(1), digest).await?;
    let pieces: Vec<Vec<u8>> = checked.read(range).await?.try_collect().await?;
    Ok(pieces.concat())
}

#[tokio::test]
async fn any_part_is_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let depot = Depot::new(folder.path());
    let bytes = long((3 << 20) | 16);
    let digest = depot
        .put(organization(1), Uuid::from_u128(1), &bytes)
        .await
        .unwrap();
    let piece = 1 << 20;
    let end = bytes.len() as u64;
    let ranges = [
        0..end,
        0..1,
        5..9,
        piece - 1..piece + 1,
        piece..2 * piece,
        2 * piece + 7..end,
        end - 3..end,
        3 * piece..end,
        end..end,
        end - 1..end + 100,
    ];
    for range in ranges {
        let wanted = &bytes[range.start as usize..range.end.min(end) as usize];
        assert!(
            part(&depot, digest, range.clone()).await.unwrap() == wanted,
            "{range:?}"
        );
    }
    let nothing = depot.put(organization(1), Uuid::from_u128(2), b"").await.unwrap();
    assert!(part(&depot, nothing, 0..0).await.unwrap().is_empty());
}

/// Hashed once, and changed since: the piece that is another one is not given out, those before it are.
#[tokio::test]
async fn a_piece_that_was_changed_since_is_not_given_out() {
    let folder = tempfile::tempdir().unwrap();
    let depot = Depot::new(folder.path());
    let mut bytes = long(3 << 20);
    let digest = depot
        .put(organization(1), Uuid::from_u128(1), &bytes)
        .await
        .unwrap();
    let piece = 1 << 20;
    assert!(part(&depot, digest, 0..1).await.is_ok());
    let path = depot.path(organization(1), digest);
    bytes[(2 << 20) + 5] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(part(&depot, digest, 0..2 * piece).await.unwrap().len(), 2 << 20);
    for range in [0..3 * piece, 2 * piece..2 * piece + 1, 3 * piece - 1..3 * piece] {
        let read = part(&depot, digest, range.clone()).await;
        assert!(matches!(read, Err(DepotError::Altered(_))), "{range:?}");
    }
    bytes.truncate(2 << 20);
    std::fs::write(&path, &bytes).unwrap();
    assert!(matches!(
        part(&depot, digest, 2 * piece..3 * piece).await,
        Err(DepotError::Altered(_))
    ));
    // Who has not hashed it yet does, and opens nothing.
    let anew = Depot::new(folder.path());
    assert!(matches!(
        anew.check(organization(1), digest).await,
        Err(DepotError::Altered(_))
    ));
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(
        depot.check(organization(1), digest).await,
        Err(DepotError::Missing(_))
    ));
}
