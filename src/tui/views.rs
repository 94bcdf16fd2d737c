//! The table of views: one line each, and a folder each that holds all the rest of it: its state, its keys
//! and what they do in it, its drawing, and what is exported of it ([`Panel`](super::panel::Panel)).
//!
//! A line is: the view, its folder, what it shows (for the help overlay too), and the key that opens it and what
//! that does in a word. The first is there at first, and needs no key.

/// Hands the table to a macro that makes something of each line.
macro_rules! views {
    ($make:ident) => {
        $make! {
            Dashboard dash "dashboard: all lanes on one time axis, or one lane that has all the height";
            Ladder ladder "ladder: who sent what to whom, line by line" 'v' "ladder";
            Inspector inspector "inspector: the bytes of one message" 'i' "inspect";
            Compare compare "compare: the figures beside the models" 'c' "compare";
            Log logs "log: what the program says of itself" 'l' "log";
        }
    };
}
pub(super) use views;

macro_rules! names {
    ($($view:ident $folder:ident $shows:literal $($key:literal $word:literal)?;)*) => {
        /// Which view is shown.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum View {
            $(#[doc = $shows] $view,)*
        }

        impl Default for View {
            fn default() -> Self {
                Self::ALL[0]
            }
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
