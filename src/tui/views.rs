//! The table of views: one line each, and a folder each that holds all the rest of it: its state, its keys
//! and what they do in it, its drawing, and what is exported of it ([`Panel`](super::panel::Panel)).
//!
//! A line is: the view and what it shows, its folder, and for those that a key opens the key, what it does in
//! a word, and for the help overlay.

/// Hands the table to a macro that makes something of each line.
macro_rules! views {
    ($make:ident) => {
        $make! {
            /// All lanes on one time axis, or one lane that has all the height.
            #[default]
            Dashboard dash;
            /// A sequence diagram.
            Ladder ladder 'v' "ladder" "ladder: who sent what to whom, line by line";
            /// The bytes of one message.
            Inspector inspector 'i' "inspect" "inspector: the bytes of one message";
            /// The figures beside the models.
            Compare compare 'c' "compare" "compare: the figures beside the models";
            /// The newest log records.
            Log logs 'l' "log" "log: what the program says of itself";
        }
    };
}
pub(super) use views;

macro_rules! names {
    ($($(#[$meta:meta])* $view:ident $folder:ident $($key:literal $word:literal $help:literal)?;)*) => {
        /// Which view is shown.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum View {
            $($(#[$meta])* $view,)*
        }

        impl View {
            /// All of them.
            pub(super) const ALL: &[Self] = &[$(Self::$view),*];

            /// Its name.
            pub(super) const fn title(self) -> &'static str {
                match self {
                    $(Self::$view => stringify!($view),)*
                }
            }
        }
    };
}
views!(names);
