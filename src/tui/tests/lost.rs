//! What can't be written any more is said for as long as that is so.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::super::saving::Saving;
use super::busy;
use super::stage::Stage;
use crate::lab::Setup;

#[tokio::test(start_paused = true)]
async fn a_recording_that_breaks_stays_on_the_screen() {
    let mut stage = Stage::new(&busy(), 2600).await;
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (file, name) = (File::from(OwnedFd::from(ours)), "run.wirelab.jsonl".to_owned());
    stage.app.saving = Some(Saving::into(file, name, &Setup::default(), &stage.app.trace).unwrap());
    drop(theirs);
    stage.change(|settings| settings.poll_every = Duration::from_millis(500));
    stage.change(|settings| settings.poll_every = Duration::from_millis(750));
    stage.real += Duration::from_secs(3);
    stage.frame();
    stage.shows("REC BROKEN");
    assert!(stage.app.saving.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_log_that_breaks_stays_on_the_screen() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.app.session.logbook.lose_file("the log in run.log ends here: disk full");
    stage.real += Duration::from_secs(3);
    stage.frame();
    stage.shows("LOG BROKEN");
    stage.keys("l");
    stage.shows("the log in run.log ends here: disk full");
}
