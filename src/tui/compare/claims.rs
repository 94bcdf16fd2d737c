//! Claims, checked live: what others published beside what is measured here.
//!
//! ```text
//!  source           what it says                       published   here      verdict
//!  RFC 6202, 2.2    long polling: maximum, in transits over 3      3.1       yes  answer, request, answer
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::layout::claim as rows_of_a_claim;
use super::titled;
use crate::report::claims::{Claim, Finding, claims};
use crate::tui::paint::write;
use crate::tui::scene::Scene;
use crate::tui::theme::Theme;

/// Where a wide row's columns begin: what it says, published, here, verdict, why.
const COLUMNS: [u16; 5] = [22, 51, 68, 85, 96];

/// Where a narrow claim's second row begins: published, here, verdict.
const SECOND: [u16; 3] = [2, 24, 46];

/// Draws them from the one with this index on.
pub(super) fn render(scene: &Scene, first: usize, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let all = claims(scene.stretch(), scene.settings());
    let rows = rows_of_a_claim(area.width);
    let place =
        titled(scene, "CLAIMS, CHECKED LIVE", if rows > 1 { "each with its source" } else { "" }, area, buf);
    if rows == 1 {
        for (x, title) in COLUMNS[1..].iter().zip(["published", "here", "verdict"]) {
            write(buf, area.x + x, area.y, area.right(), &format!(" {title} "), theme.dim);
        }
    }
    let tops = (place.top()..place.bottom()).step_by(usize::from(rows));
    for (y, claim) in tops.zip(all.iter().skip(first)) {
        if rows == 1 {
            wide(theme, claim, Rect { y, height: 1, ..place }, buf);
        } else if y + 1 < place.bottom() {
            narrow(theme, claim, Rect { y, height: 2, ..place }, buf);
        }
    }
}

fn style(theme: &Theme, finding: Finding) -> Style {
    match finding {
        Finding::Yes => theme.live,
        Finding::Half => theme.strong,
        Finding::No => theme.warn,
        Finding::Untold => theme.dim,
    }
}

fn wide(theme: &Theme, claim: &Claim, area: Rect, buf: &mut Buffer) {
    let texts = [
        (1, claim.source, theme.dim),
        (COLUMNS[0], claim.says, theme.text),
        (COLUMNS[1] + 1, claim.published, theme.text),
        (COLUMNS[2] + 1, claim.measured.as_str(), theme.strong),
        (COLUMNS[3] + 1, claim.finding.name(), style(theme, claim.finding)),
    ];
    for (x, text, style) in texts {
        write(buf, area.x + x, area.y, area.right(), text, style);
    }
    let x = area.x + COLUMNS[4] + 1;
    write(buf, x, area.y, area.right(), &claim.why, theme.dim);
}

fn narrow(theme: &Theme, claim: &Claim, area: Rect, buf: &mut Buffer) {
    let x = write(buf, area.x + 1, area.y, area.right(), claim.source, theme.dim);
    write(buf, x.max(area.x + 23), area.y, area.right(), claim.says, theme.text);
    let y = area.y + 1;
    let labelled = [
        (SECOND[0], "says", claim.published, theme.text),
        (SECOND[1], "here", claim.measured.as_str(), theme.strong),
    ];
    for (x, label, text, style) in labelled {
        let x = write(buf, area.x + x, y, area.right(), label, theme.dim);
        write(buf, x + 1, y, area.right(), text, style);
    }
    let finding = style(theme, claim.finding);
    let x = write(buf, area.x + SECOND[2], y, area.right(), claim.finding.name(), finding);
    write(buf, x + 1, y, area.right(), &claim.why, theme.dim);
}
