//! A directory of files. A file is complete when it has its name: it is written under another one, brought to
//! the disk, and renamed.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
};

use sha2::{Digest as _, Sha256};
use tokio::{
    fs::{self, File, OpenOptions},
    io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _},
};
use uuid::Uuid;

use super::{DepotError, checked::Known};
use crate::domain::{digest::MediaDigest, ids::OrganizationId};

/// Where files are written that are not complete.
const INCOMING: &str = "incoming";

/// How much is read at once.
const PIECE: usize = 256 * 1024;

/// Only this user reads and writes.
const OWN_FILE: u32 = 0o600;
const OWN_FOLDER: u32 = 0o700;

/// Keeps bytes under their digests.
#[derive(Debug, Clone)]
pub struct Depot {
    root: Arc<Path>,
    pub(super) known: Arc<Known>,
}

/// A file that is being written. It is gone when this is, unless it was kept.
#[derive(Debug)]
pub struct Incoming {
    file: File,
    path: PathBuf,
    length: u64,
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // Most often it has its name by now, and is not here.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Depot {
    /// A depot in a directory, which is made when something is kept.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.into(),
            known: Arc::default(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the bytes of a digest stand.
    #[must_use]
    pub fn path(&self, organization: OrganizationId, digest: MediaDigest) -> PathBuf {
        let name = digest.to_string();
        self.root
            .join(organization.to_string())
            .join(&name[..2])
            .join(name)
    }

    /// Begins a file. `id` makes its name one of its own.
    ///
    /// # Errors
    /// The file system.
    pub async fn incoming(&self, id: Uuid) -> Result<Incoming, DepotError> {
        let folder = self.root.join(INCOMING);
        make_folder(&folder).await?;
        let path = folder.join(id.simple().to_string());
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(OWN_FILE)
            .open(&path)
            .await
            .map_err(at(&path))?;
        Ok(Incoming {
            file,
            path,
            length: 0,
        })
    }

    /// Keeps a file under the digest of what is in it.
    ///
    /// # Errors
    /// The file system.
    pub async fn keep(
        &self,
        organization: OrganizationId,
        mut incoming: Incoming,
    ) -> Result<MediaDigest, DepotError> {
        let failed = at(&incoming.path);
        incoming.file.flush().await.map_err(&failed)?;
        incoming.file.sync_all().await.map_err(&failed)?;
        let digest = hashed(&mut incoming.file, &incoming.path).await?;
        let goal = self.path(organization, digest);
        let folder = goal.parent().unwrap_or(&self.root);
        make_folder(folder).await?;
        fs::rename(&incoming.path, &goal).await.map_err(at(&goal))?;
        let folder_file = File::open(folder).await.map_err(at(folder))?;
        folder_file.sync_all().await.map_err(at(folder))?;
        Ok(digest)
    }

    /// Keeps bytes.
    ///
    /// # Errors
    /// The file system.
    pub async fn put(
        &self,
        organization: OrganizationId,
        id: Uuid,
        bytes: &[u8],
    ) -> Result<MediaDigest, DepotError> {
        let mut incoming = self.incoming(id).await?;
        incoming.write(bytes).await?;
        self.keep(organization, incoming).await
    }

    /// A file whose bytes are those of the digest, and its length.
    ///
    /// # Errors
    /// When they are not there, or are others.
    pub async fn open(
        &self,
        organization: OrganizationId,
        digest: MediaDigest,
    ) -> Result<(File, u64), DepotError> {
        let path = self.path(organization, digest);
        let mut file = opened(&path, digest).await?;
        if hashed(&mut file, &path).await? != digest {
            return Err(DepotError::Altered(digest));
        }
        let length = file.metadata().await.map_err(at(&path))?.len();
        Ok((file, length))
    }

    /// The bytes of a digest.
    ///
    /// # Errors
    /// When they are not there, or are others.
    pub async fn bytes(
        &self,
        organization: OrganizationId,
        digest: MediaDigest,
    ) -> Result<Vec<u8>, DepotError> {
        let path = self.path(organization, digest);
        let bytes = match fs::read(&path).await {
            Err(why) if why.kind() == ErrorKind::NotFound => return Err(DepotError::Missing(digest)),
            other => other.map_err(at(&path))?,
        };
        if MediaDigest::of(&bytes) != digest {
            return Err(DepotError::Altered(digest));
        }
        Ok(bytes)
    }

    /// Copies bytes to another depot, if it does not have them. They are compared on the way.
    ///
    /// # Errors
    /// When they are not there, or are others.
    pub async fn copy_to(
        &self,
        other: &Self,
        organization: OrganizationId,
        digest: MediaDigest,
        id: Uuid,
    ) -> Result<(), DepotError> {
        if other.open(organization, digest).await.is_ok() {
            return Ok(());
        }
        let (mut file, _) = self.open(organization, digest).await?;
        let mut incoming = other.incoming(id).await?;
        let path = self.path(organization, digest);
        let mut piece = vec![0; PIECE];
        loop {
            match file.read(&mut piece).await.map_err(at(&path))? {
                0 => break,
                read => incoming.write(&piece[..read]).await?,
            }
        }
        match other.keep(organization, incoming).await? {
            kept if kept == digest => Ok(()),
            kept => {
                other.remove(organization, kept).await?;
                Err(DepotError::Altered(digest))
            }
        }
    }

    /// Whether a file with this name is there; its bytes are not looked at.
    #[must_use]
    pub fn has(&self, organization: OrganizationId, digest: MediaDigest) -> bool {
        self.path(organization, digest).is_file()
    }

    /// Takes bytes away; if they are not there, nothing is left to do.
    ///
    /// # Errors
    /// The file system.
    pub async fn remove(&self, organization: OrganizationId, digest: MediaDigest) -> Result<(), DepotError> {
        let path = self.path(organization, digest);
        match fs::remove_file(&path).await {
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(()),
            other => other.map_err(at(&path)),
        }
    }

    /// Takes away what was begun so long ago that nobody writes to it any more.
    ///
    /// # Errors
    /// The file system.
    pub async fn tidy(&self, older_than: std::time::Duration) -> Result<usize, DepotError> {
        let folder = self.root.join(INCOMING);
        let mut files = match fs::read_dir(&folder).await {
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(0),
            other => other.map_err(at(&folder))?,
        };
        let mut gone = 0;
        while let Some(file) = files.next_entry().await.map_err(at(&folder))? {
            let changed = file.metadata().await.and_then(|data| data.modified());
            if changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > older_than)) {
                fs::remove_file(file.path()).await.map_err(at(&folder))?;
                gone += 1;
            }
        }
        Ok(gone)
    }
}

impl Incoming {
    /// Writes bytes behind those that are there.
    ///
    /// # Errors
    /// The file system.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), DepotError> {
        self.file.write_all(bytes).await.map_err(at(&self.path))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// How many bytes were written.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// All that was written.
    ///
    /// # Errors
    /// The file system.
    pub async fn read(&mut self) -> Result<Vec<u8>, DepotError> {
        let failed = at(&self.path);
        self.file.flush().await.map_err(&failed)?;
        self.file.rewind().await.map_err(&failed)?;
        let mut bytes = Vec::new();
        self.file.read_to_end(&mut bytes).await.map_err(&failed)?;
        Ok(bytes)
    }

    /// The file, for who changes it in place.
    ///
    /// # Errors
    /// The file system.
    pub async fn file(&mut self) -> Result<std::fs::File, DepotError> {
        let failed = at(&self.path);
        self.file.flush().await.map_err(&failed)?;
        let file = self.file.try_clone().await.map_err(&failed)?;
        Ok(file.into_std().await)
    }
}

/// The file of a digest; its bytes are not looked at.
pub(super) async fn opened(path: &Path, digest: MediaDigest) -> Result<File, DepotError> {
    match File::open(path).await {
        Err(why) if why.kind() == ErrorKind::NotFound => Err(DepotError::Missing(digest)),
        other => other.map_err(at(path)),
    }
}

pub(super) fn at(path: &Path) -> impl Fn(std::io::Error) -> DepotError + use<> {
    let path = path.to_owned();
    move |source| DepotError::File {
        path: path.clone(),
        source,
    }
}

async fn make_folder(folder: &Path) -> Result<(), DepotError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(OWN_FOLDER)
        .create(folder)
        .await
        .map_err(at(folder))
}

/// The digest of a file; afterwards it stands at its beginning.
async fn hashed(file: &mut File, path: &Path) -> Result<MediaDigest, DepotError> {
    let failed = at(path);
    file.rewind().await.map_err(&failed)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece).await.map_err(&failed)? {
            0 => break,
            read => hash.update(&piece[..read]),
        }
    }
    file.rewind().await.map_err(&failed)?;
    Ok(MediaDigest::new(hash.finalize().into()))
}
