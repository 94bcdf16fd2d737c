//! What was known of faults, and of what came of them.

use crate::model::LaneId;
use crate::trace::Incident;
use crate::tui::scene::Scene;

/// What was known of a lane's incidents at the moment on the screen, oldest first. Their counts are
/// those of the present: nobody keeps older ones. A visitor's lane has none: what comes of a fault our own
/// clients tell.
pub(in crate::tui) fn known(scene: &Scene, lane: LaneId) -> impl DoubleEndedIterator<Item = Incident> {
    let (now, trace) = (scene.now, scene.trace);
    let all = lane.ours().into_iter().flat_map(|protocol| trace.incidents(protocol));
    let begun = all.filter(move |incident| incident.began <= now);
    begun.map(move |incident| Incident {
        over: incident.over.filter(|at| *at <= now),
        recovered: incident.recovered.filter(|at| *at <= now),
        left: incident.left.filter(|at| *at <= now),
        noticed: incident.noticed.map(|notice| notice.filter(|notice| notice.at <= now)),
        ..incident.clone()
    })
}

/// Whether something was broken for a while, and not at one moment only.
pub(in crate::tui) fn lasted(incident: &Incident) -> bool {
    incident.over != Some(incident.began)
}
