//! What is on the screen, as files for other programs: the picture, and the data that it is about.

use std::io::{self, Write as _};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::saving::{discard, new_file};
use super::view::{Scene, View};
use super::{ladder, screen, svg};
use crate::export::{self, Format};
use crate::lab::Setup;
use crate::model::LaneId;
use crate::report::{self, Report};

/// Writes new files in the present directory, and returns their names.
///
/// # Errors
/// If a file can't be created or written.
pub(super) fn export(scene: &Scene, setup: &Setup, area: Rect) -> io::Result<Vec<String>> {
    let mut buffer = Buffer::empty(area);
    screen::render(scene, &mut buffer);
    let mut names = vec![write("svg", svg::svg(&buffer).as_bytes())?];
    if let Some((extension, content)) = data(scene, setup)? {
        names.push(write(extension, &content)?);
    }
    Ok(names)
}

/// What the view is about.
fn data(scene: &Scene, setup: &Setup) -> io::Result<Option<(&'static str, Vec<u8>)>> {
    let whole = |format: Format| {
        let mut content = Vec::new();
        export::export(scene.trace, format, &mut content).map_err(io::Error::other)?;
        Ok(Some((format.extension(), content)))
    };
    match scene.choice.view {
        View::Dashboard | View::Enlarged(_) => whole(Format::Csv),
        View::Inspector => whole(Format::Pcapng),
        View::Ladder => {
            let lanes: Vec<_> = ladder::panes(scene).into_iter().flatten().map(LaneId::from).collect();
            Ok(Some((Format::Mermaid.extension(), export::mermaid(scene.trace, &lanes).into_bytes())))
        }
        View::Compare => {
            let table = report::csv(&Report::of(setup, scene.trace)).map_err(io::Error::other)?;
            Ok(Some((Format::Csv.extension(), table.into_bytes())))
        }
        View::Log => Ok(None),
    }
}

fn write(extension: &str, content: &[u8]) -> io::Result<String> {
    let (mut file, name) = new_file(extension)?;
    file.write_all(content).inspect_err(|_| discard(&name))?;
    Ok(name)
}
