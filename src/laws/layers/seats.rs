//! What an app is told of the seats of its room.

use alloc::collections::BTreeMap;
use alloc::format;

use super::super::Ruling;
use super::super::tally::Tally;
use crate::seats::{Seat, SeatEvent, Seats};

/// How the seats stand, by what was told.
#[derive(Clone, Debug, Default)]
pub(super) struct SeatsLedger {
    seats: BTreeMap<u32, Seat>,
}

impl SeatsLedger {
    pub(super) fn hear(&mut self, event: &SeatEvent, tally: &mut Tally) {
        tally.count(event_name(event));
        if let SeatEvent::Changed { seat, now } = event {
            self.seats.insert(*seat, now.clone());
        }
    }

    /// What the app was told, and what it can read now.
    pub(super) fn compare(&self, seats: &Seats) -> Ruling {
        let free = Seat::default();
        for (number, seat) in (0..).zip(seats.seats()) {
            let told = self.seats.get(&number).unwrap_or(&free);
            if told != seat {
                return Err(format!("seat {number} was told to be {told:?}, and is {seat:?}"));
            }
        }
        Ok(!self.seats.is_empty())
    }
}

fn event_name(event: &SeatEvent) -> &'static str {
    match event {
        SeatEvent::Read => "seats: Read",
        SeatEvent::Write { .. } => "seats: Write",
        SeatEvent::Changed { .. } => "seats: Changed",
        SeatEvent::Asked { .. } => "seats: Asked",
        SeatEvent::Decided { .. } => "seats: Decided",
        SeatEvent::Over { .. } => "seats: Over",
        SeatEvent::NotSent { .. } => "seats: NotSent",
        SeatEvent::NotDone { .. } => "seats: NotDone",
    }
}
