//! The detached signature of the manifest, by minisign. The manifest holds the hash of everything else, so a
//! signature over it vouches for the whole case. Keys are the user's, made by minisign or a tool like it.

use super::{Check, MANIFEST, State, What};
use crate::read::io_reason;
use minisign::{PublicKeyBox, SecretKey, SecretKeyBox, SignatureBox};
use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;

/// Beside the manifest, under the name that minisign would give it.
pub const FILE: &str = "manifest.json.minisig";

/// A public key, and how people call it.
#[derive(Debug)]
pub struct PublicKey {
    key: minisign::PublicKey,
}

/// Key ids as minisign writes them: a number, least byte first.
fn key_id(bytes: &[u8]) -> String {
    bytes.iter().rev().fold(String::new(), |mut s, b| {
        let _ = write!(s, "{b:02X}");
        s
    })
}

impl PublicKey {
    /// From the key itself (the line `RW…`) or the file that holds it.
    ///
    /// # Errors
    /// One line.
    pub fn read(word: &str) -> Result<PublicKey, String> {
        if let Ok(key) = minisign::PublicKey::from_base64(word) {
            return Ok(PublicKey { key });
        }
        let text = std::fs::read_to_string(word)
            .map_err(|e| format!("{word}: no minisign public key, and no file with one: {}", io_reason(&e)))?;
        let key = PublicKeyBox::from_string(&text)
            .and_then(PublicKeyBox::into_public_key)
            .map_err(|_| format!("{word}: no minisign public key (a comment, then a line that begins with RW)"))?;
        Ok(PublicKey { key })
    }

    pub fn id(&self) -> String {
        key_id(self.key.keynum())
    }
}

/// Reads a secret key. A password is asked for nowhere: it stands in a file, whose first line it is.
///
/// # Errors
/// One line: no key, or the password is missing or wrong.
pub fn secret_key(path: &Path, password: Option<&Path>) -> Result<SecretKey, String> {
    let read = |p: &Path| std::fs::read_to_string(p).map_err(|e| format!("{}: {}", p.display(), io_reason(&e)));
    let text = read(path)?;
    let shown = path.display();
    let boxed = || SecretKeyBox::from_string(&text).map_err(|_| format!("{shown}: no minisign secret key"));
    let Some(password) = password else {
        return boxed()?.into_unencrypted_secret_key().map_err(|_| {
            format!("{shown}: no secret key without a password; give the password's file with --password-file")
        });
    };
    let line = read(password)?.lines().next().unwrap_or("").to_string();
    boxed()?.into_secret_key(Some(line)).map_err(|_| format!("{shown}: the password is not that of this key"))
}

/// Signs the manifest of the case in `dir`: the text of [`FILE`], and the id of the key.
///
/// # Errors
/// One line.
pub fn sign(dir: &Path, key: &SecretKey) -> Result<(String, String), String> {
    let path = dir.join(MANIFEST);
    let manifest = std::fs::read(&path).map_err(|e| format!("{}: {}", path.display(), io_reason(&e)))?;
    // The comment is signed too. No time of day: the machine's clock is no evidence.
    let comment = format!("mailtrail {} {MANIFEST}, {} bytes", env!("CARGO_PKG_VERSION"), manifest.len());
    let public = minisign::PublicKey::from_secret_key(key).map_err(|e| format!("the key: {e}"))?;
    let signed = minisign::sign(
        Some(&public),
        key,
        Cursor::new(&manifest),
        Some(&comment),
        Some("signature of a mailtrail case: verify it with mailtrail verify, or minisign -Vm manifest.json"),
    )
    .map_err(|e| format!("{}: {e}", path.display()))?;
    Ok((signed.into_string(), key_id(public.keynum())))
}

/// Looks at the signature. Without a key nothing can be said of it, and without a signature a key asks in vain.
pub fn check(dir: &Path, key: Option<&PublicKey>) -> Check {
    let say = |state, note: String| Check::of_file(What::Signature, FILE, state, note);
    let path = dir.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return match key {
                None => say(State::NotChecked, "the manifest is not signed".to_string()),
                Some(_) => say(State::Missing, "the manifest is not signed".to_string()),
            };
        }
        Err(e) => return say(State::Changed, io_reason(&e)),
        Ok(t) => t,
    };
    let Ok(signature) = SignatureBox::from_string(&text) else {
        return say(State::Changed, "it is no minisign signature".to_string());
    };
    let signer = key_id(signature.keynum());
    let Some(key) = key else {
        return say(State::NotChecked, format!("signed by key {signer}; give --public-key to check it"));
    };
    let manifest = match std::fs::read(dir.join(MANIFEST)) {
        Ok(m) => m,
        Err(e) => return say(State::Missing, io_reason(&e)),
    };
    if signer != key.id() {
        return say(State::Changed, format!("signed by key {signer}, not by {}", key.id()));
    }
    match minisign::verify(&key.key, &signature, Cursor::new(manifest), true, false, false) {
        Ok(()) => say(State::Ok, format!("signed by key {signer}")),
        Err(_) => say(State::Changed, format!("the signature by key {signer} is not over this manifest")),
    }
}
