//! What is on the screen, as files for other programs: the picture, and the data that it is about.

use std::io::{self, Write as _};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::desk::Desk;
use super::saving::{discard, new_file};
use super::scene::Scene;
use super::{screen, svg};
use crate::lab::Setup;

/// Writes new files in the present directory, and returns their names.
///
/// # Errors
/// If a file can't be created or written.
pub(super) fn export(scene: &Scene, desk: &Desk, setup: &Setup, area: Rect) -> io::Result<Vec<String>> {
    let mut buffer = Buffer::empty(area);
    screen::render(scene, desk, &desk.keys(), &mut buffer);
    let mut names = vec![write("svg", svg::svg(&buffer).as_bytes())?];
    if let Some((extension, content)) = desk.states.export(desk.view, scene, setup)? {
        names.push(write(extension, &content)?);
    }
    Ok(names)
}

fn write(extension: &str, content: &[u8]) -> io::Result<String> {
    let (mut file, name) = new_file(extension)?;
    file.write_all(content).inspect_err(|_| discard(&name))?;
    Ok(name)
}
