//! A trace as a sequence chart: one drawing for terminals, text, Mermaid, SVG and HTML.

mod calls;
mod canvas;
mod deadlines;
mod html;
mod label;
mod layers;
mod legend;
mod measure;
mod mermaid;
mod model;
mod post;
mod presence;
mod reading;
mod rows;
mod scale;
mod seats;
mod svg;
mod text;
mod words;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::printable::printable;
use super::trace::Trace;
use model::{Arrow, Lane, Mark, Note, Row};
use reading::Reading;

pub use canvas::{Ink, Span};
pub use text::Text;

/// Who took part in an exchange, and what happened: messages as arrows, callbacks, losses, refusals and deadlines where they
/// happened.
///
/// ```standalone_crate
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use convoke::sim::{Chart, Scenario, World};
///
/// let scenario: Scenario = serde_json::from_str(include_str!("../../docs/scenarios/video-call.json"))?;
/// let world = World::play(&scenario)?;
/// let chart = Chart::new(&world.trace());
/// assert!(chart.to_string().contains("├─ invite 30 s"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    title: String,
    about: String,
    lanes: Vec<Lane>,
    arrows: Vec<Arrow>,
    notes: Vec<Note>,
    rows: Vec<Row>,
    trace: Trace,
}

impl Chart {
    /// Reads a trace. Whatever is in it, it can be drawn.
    #[must_use]
    pub fn new(trace: &Trace) -> Self {
        let Reading { lanes, arrows, notes, marks } = Reading::new(trace);
        let rows = rows::rows(&arrows, &notes, &marks);
        Self {
            title: printable(&trace.header.scenario).into_owned(),
            about: printable(&trace.header.about).into_owned(),
            lanes,
            arrows,
            notes,
            rows,
            trace: trace.clone(),
        }
    }

    /// As text of at most so many columns, if there are not too many participants for that; of more than a hundred it says that they are
    /// too many.
    #[must_use]
    pub fn text(&self, width: usize) -> Text {
        text::text(self, width)
    }

    /// As a Mermaid `sequenceDiagram`.
    #[must_use]
    pub fn mermaid(&self) -> String {
        mermaid::mermaid(self)
    }

    /// As an SVG picture.
    #[must_use]
    pub fn svg(&self) -> String {
        svg::svg(self)
    }

    /// As one page that needs nothing else: the picture, a time slider, and what is behind each arrow and note.
    #[must_use]
    pub fn html(&self) -> String {
        html::html(self)
    }

    /// An arrow that is drawn with its ends apart, where it lands.
    fn landing(&self, mark: Mark) -> Option<&Arrow> {
        match mark {
            Mark::Lands(arrow) => self.arrows.get(arrow),
            Mark::Flies(_) | Mark::Leaves(_) | Mark::Note(_) => None,
        }
    }

    fn is_copy(&self, arrow: usize) -> bool {
        self.arrows.get(arrow).is_some_and(|arrow| arrow.is_copy)
    }

    fn note(&self, mark: Mark) -> Option<&Note> {
        match mark {
            Mark::Note(note) => self.notes.get(note),
            Mark::Flies(_) | Mark::Leaves(_) | Mark::Lands(_) => None,
        }
    }
}

/// As text of 80 columns.
impl fmt::Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text(80).fmt(f)
    }
}
