use std::{os::unix::fs::PermissionsExt as _, time::Duration};

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
