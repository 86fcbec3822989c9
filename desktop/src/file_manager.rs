//! The file manager of the desktop: shows a folder of this user's own, and nothing else.

use std::io;
use std::path::Path;

use async_trait::async_trait;

use crate::browser;

/// Something that shows a folder to the person.
#[async_trait]
pub trait FileManager: Send + Sync + std::fmt::Debug {
    /// Asks for the folder to be shown. Success says nothing about a window appearing.
    ///
    /// # Errors
    /// Where it is no folder, and where nothing of the system shows one.
    async fn show(&self, folder: &Path) -> io::Result<()>;
}

/// The desktop's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemFileManager;

#[async_trait]
impl FileManager for SystemFileManager {
    async fn show(&self, folder: &Path) -> io::Result<()> {
        browser::show_folder(folder.to_owned()).await
    }
}
