//! What the menu of faults does.

use super::App;
use crate::lab::{Command, Notch};
use crate::tui::fault_words as words;
use crate::tui::faults::Step;

impl App {
    pub(super) fn break_something(&mut self, step: Step) {
        let menu = &mut self.desk.faults;
        match step {
            Step::Up => menu.select(false),
            Step::Down => menu.select(true),
            Step::First => menu.select_end(false),
            Step::Last => menu.select_end(true),
            Step::Way => menu.next_way(),
            Step::Less => self.turn(Notch::Down),
            Step::More => self.turn(Notch::Up),
            Step::LaneNext => self.break_on_next(false),
            Step::LaneBefore => self.break_on_next(true),
            // With no lane in focus, all are meant already.
            Step::Everywhere if self.desk.choice.focused_protocol().is_none() => self.break_on_next(false),
            Step::Everywhere => menu.set_everywhere(!menu.is_everywhere()),
            Step::Strike => self.strike(),
            Step::Pick(kind) => {
                menu.select_kind(kind);
                self.strike();
            }
        }
    }

    fn break_on_next(&mut self, back: bool) {
        // A fault acts on a protocol, whosever messages are a part of it.
        let mut lanes = self.lanes();
        lanes.retain(|lane| lane.ours().is_some());
        self.desk.choice.move_focus(&lanes, back);
        self.desk.faults.set_everywhere(false);
    }

    fn turn(&mut self, notch: Notch) {
        self.leave_the_past();
        if let Some(command) =
            self.desk.faults.turn(notch, &self.settings, self.desk.choice.focused_protocol())
        {
            self.command(command);
        }
    }

    /// Breaks or lifts what is selected. The menu has done its work then.
    fn strike(&mut self) {
        self.leave_the_past();
        let commands = match self.desk.faults.strike(&self.settings, self.desk.choice.focused_protocol()) {
            Ok(commands) => commands,
            Err(why) => return self.status.say(why),
        };
        if self.desk.choice.saved.is_none() {
            self.desk.faults.close();
        }
        for command in commands {
            // Of what happens once no knob will tell.
            if let Command::Break(broken) = command
                && !broken.fault.kind().lasts()
            {
                self.status.say(words::broken(&broken, self.desk.choice.theme.glyphs));
            }
            self.command(command);
        }
    }
}
