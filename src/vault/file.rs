//! The key file: readable by its owner alone, never written over, replaced only as a whole.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::{KeyRing, VaultError};

/// Hundreds of keys; a file beyond that is a wrong path in the configuration.
const MAX_FILE_BYTES: usize = 64 * 1024;

/// Refuses a key file that group or others can read, write or execute.
///
/// # Errors
/// [`VaultError::OpenToOthers`], [`VaultError::NotAFile`], or [`VaultError::ReadFile`] when it cannot be
/// looked at.
pub fn check_permissions(path: &Path) -> Result<(), VaultError> {
    let metadata = fs::metadata(path).map_err(|source| read_error(path, source))?;
    check(path, &metadata)
}

/// Reads the key ring from a file that only its owner can access.
///
/// # Errors
/// As [`check_permissions`] and [`KeyRing::parse`]; [`VaultError::NotAKeyRing`] when it is no text.
pub fn load(path: &Path) -> Result<KeyRing, VaultError> {
    // Looking before opening: a named pipe would keep `open` waiting.
    check_permissions(path)?;
    let file = File::open(path).map_err(|source| read_error(path, source))?;
    // And again on what was opened, which may no longer be what was looked at.
    check(path, &file.metadata().map_err(|source| read_error(path, source))?)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE_BYTES + 1));
    file.take(MAX_FILE_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| read_error(path, source))?;
    let refuse = |what| VaultError::NotAKeyRing {
        path: path.to_owned(),
        what,
    };
    if bytes.len() > MAX_FILE_BYTES {
        return Err(refuse("it is larger than 64 KiB"));
    }
    KeyRing::parse(std::str::from_utf8(&bytes).map_err(|_| refuse("it is not UTF-8 text"))?)
}

/// Writes the key ring to a new file with mode 0600, and returns once it is on the disk.
///
/// # Errors
/// [`VaultError::FileExists`] when there is one already; [`VaultError::WriteFile`] when writing fails, in
/// which case no file is left behind.
pub fn create(path: &Path, ring: &KeyRing) -> Result<(), VaultError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => VaultError::FileExists {
            path: path.to_owned(),
        },
        _ => write_error(path, source),
    })?;
    let written = file
        .write_all(ring.to_text().expose_secret().as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| sync_directory(path));
    written.map_err(|source| {
        // Half a key file is worse than none: the next attempt would be refused because of it.
        let _ = fs::remove_file(path);
        write_error(path, source)
    })
}

/// Puts a key ring in the place of another one in one step, and returns once that is on the disk: what is wrapped
/// under a new key would be lost with the ring that holds it.
///
/// # Errors
/// When it cannot be written; the old ring is there then.
pub fn replace(path: &Path, ring: &KeyRing) -> Result<(), VaultError> {
    let mut beside = path.to_owned().into_os_string();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    match fs::remove_file(&beside) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(write_error(&beside, why)),
        _ => {}
    }
    create(&beside, ring)?;
    fs::rename(&beside, path)
        .and_then(|()| sync_directory(path))
        .map_err(|source| write_error(path, source))
}

/// Without this a power cut may lose the new name although the content is on the disk.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

fn check(path: &Path, metadata: &fs::Metadata) -> Result<(), VaultError> {
    if !metadata.is_file() {
        return Err(VaultError::NotAFile {
            path: path.to_owned(),
        });
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(VaultError::OpenToOthers {
                path: path.to_owned(),
                mode,
            });
        }
    }
    Ok(())
}

fn read_error(path: &Path, source: io::Error) -> VaultError {
    VaultError::ReadFile {
        path: path.to_owned(),
        source,
    }
}

fn write_error(path: &Path, source: io::Error) -> VaultError {
    VaultError::WriteFile {
        path: path.to_owned(),
        source,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::CountingEntropy;
    use super::*;

    fn ring() -> KeyRing {
        KeyRing::generate("k1".parse().unwrap(), &CountingEntropy::default())
    }

    #[test]
    fn a_created_file_loads_and_is_private() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        create(&path, &ring()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(
            load(&path).unwrap().to_text().expose_secret(),
            ring().to_text().expose_secret()
        );
    }

    #[test]
    fn an_existing_file_is_not_touched() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        fs::write(&path, "mine").unwrap();
        assert!(matches!(
            create(&path, &ring()),
            Err(VaultError::FileExists { .. })
        ));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }

    #[test]
    fn a_ring_is_replaced_as_a_whole_whatever_an_interrupted_rotation_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        create(&path, &ring()).unwrap();
        fs::write(directory.path().join("keys.new"), "half a ri").unwrap();
        let mut rotated = ring();
        rotated
            .add_key("k2".parse().unwrap(), &CountingEntropy::default())
            .unwrap();
        replace(&path, &rotated).unwrap();
        assert!(load(&path).unwrap().contains(&"k2".parse().unwrap()));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn access_for_others_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        create(&path, &ring()).unwrap();
        for mode in [0o640, 0o604, 0o620, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(
                matches!(check_permissions(&path), Err(VaultError::OpenToOthers { mode: found, .. }) if found == mode)
            );
            let error = load(&path).unwrap_err();
            assert!(error.to_string().contains(&format!("{mode:04o}")), "{error}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(load(&path).is_ok());
    }

    #[test]
    fn what_is_no_key_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        assert!(matches!(load(&path), Err(VaultError::ReadFile { .. })));
        assert!(matches!(load(directory.path()), Err(VaultError::NotAFile { .. })));
        for content in [vec![0xff; 10], vec![b'#'; MAX_FILE_BYTES + 1]] {
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert!(matches!(load(&path), Err(VaultError::NotAKeyRing { .. })));
        }
    }
}
