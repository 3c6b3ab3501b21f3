//! Faults from below a process: a small library in C, preloaded into a gateway. `fault_shim.c` says what it does.

use std::{
    fs::File,
    io::Write as _,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A word that drives the library.
#[derive(Debug, Clone, Copy)]
pub enum Word {
    /// Seconds that the wall clock is off.
    ClockOff = 0,
    /// The errno of every write to the database, or 0.
    WriteErrno = 1,
    /// How many fsyncs still succeed before one fails with EIO, plus 1; or 0.
    SyncsLeft = 2,
    /// How many fsyncs there were, from the failed one on.
    SyncsFromFailure = 3,
    /// 1: each fsync keeps a copy of what it made durable.
    KeepCopies = 4,
    /// 1: only fsyncs of the database itself count for `SyncsLeft`, not those of its log.
    CheckpointsOnly = 5,
    /// How many writes to the database failed.
    WritesFailed = 6,
}

const WORDS: usize = 7;

/// The library, and the file that drives it.
#[derive(Debug)]
pub struct Shim {
    folder: TempDir,
    words: File,
    library: PathBuf,
}

impl Shim {
    /// Builds it with `cc`.
    ///
    /// # Errors
    /// Says why there is none.
    pub fn build() -> Result<Self, String> {
        let folder = TempDir::new().expect("a temporary folder");
        let library = folder.path().join("fault_shim.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/fault_shim.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .status();
        match built {
            Ok(status) if status.success() => {}
            Ok(status) => panic!("cc cannot build the shim: {status}"),
            Err(why) => return Err(format!("no C compiler: {why}")),
        }
        let mut words = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(folder.path().join("words"))
            .expect("a file of words");
        words.write_all(&[0; WORDS * 8]).expect("words");
        Ok(Self {
            folder,
            words,
            library,
        })
    }

    /// Preloads it into a process whose database is in a folder.
    pub fn preload(&self, command: &mut Command, database: &Path) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("SEKISHO_SHIM_WORDS", self.folder.path().join("words"))
            .env("SEKISHO_SHIM_FOLDER", database);
    }

    /// Sets a word; the process sees it at once.
    pub fn set(&self, word: Word, value: i64) {
        let at = 8 * word as u64;
        self.words.write_all_at(&value.to_ne_bytes(), at).expect("a word");
    }

    /// Reads a word.
    pub fn get(&self, word: Word) -> i64 {
        let mut bytes = [0; 8];
        self.words
            .read_exact_at(&mut bytes, 8 * word as u64)
            .expect("a word");
        i64::from_ne_bytes(bytes)
    }
}
