//! Reading and writing the attributes (`M1`): one write at a time, which rests on the version that was read. Where another one was faster,
//! all is read again and what is still wanted is judged anew; so a seat is never given twice.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::Seats;
use super::board::{Board, Seat};
use super::event::{SeatEvent, Ticket, WriteResult};
use super::wish::{WhyNot, Wish};
use crate::id::UserId;
use crate::time::{Millis, Timestamp};

/// How many changes may wait to be written.
pub(super) const WISHES: usize = 64;

/// How often others may be faster with one change. Each time somebody's was written, so it takes a crowd.
const CONFLICTS: u8 = 64;

/// How often it is tried again to free the seat of who left, where the store refuses it, and after how long each time.
const TRIES: u8 = 3;
const PAUSE: Millis = Millis::from_secs(2);

/// How long the store may take, before it is asked again.
const PATIENCE: Millis = Millis::from_secs(10);

/// What is to be written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) wish: Wish,
    /// Not before; if by then another one has not done it.
    pub(super) after: Timestamp,
    /// How often another one was faster.
    conflicts: u8,
    /// How often the store refused it.
    refusals: u8,
}

/// A write whose fate is not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Writing {
    ticket: Ticket,
    pub(super) pending: Pending,
    version: u64,
    seats: Vec<Seat>,
    /// Until when its fate is waited for.
    due: Timestamp,
    /// What it was to bring about was seen: whatever came after it is another's doing.
    is_seen: bool,
}

impl Seats {
    /// Takes in all attributes of the group, and their version: when the user enters, after each change, and where
    /// [`SeatEvent::Read`] asks for them.
    ///
    /// The version is greater after each change. An older one than was handed in before is ignored, so they may come in any order.
    pub fn handle_attributes<'a>(
        &mut self,
        now: Timestamp,
        version: u64,
        attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) {
        self.advance(now);
        if self.board.as_ref().is_some_and(|board| board.version > version) {
            return;
        }
        self.reading = None;
        let board = Board::read(self.config.count(), version, attributes);
        if let Some(writing) = &mut self.writing {
            let is_done = writing.pending.wish.plan(&board.seats).is_ok_and(|seats| seats == board.seats);
            writing.is_seen |= version > writing.version && is_done;
        }
        self.show(board);
        self.work();
    }

    /// Takes in what became of a [`SeatEvent::Write`]. The result of any write but the one under way is ignored.
    pub fn handle_write_result(&mut self, now: Timestamp, ticket: Ticket, result: WriteResult) {
        self.advance(now);
        if let Some(writing) = self.writing.take_if(|writing| writing.ticket == ticket) {
            self.settle_write(writing, result);
            self.work();
        }
    }

    fn settle_write(&mut self, writing: Writing, result: WriteResult) {
        let Writing { mut pending, version: before, seats, is_seen, .. } = writing;
        let is_newest = self.board.as_ref().is_none_or(|board| board.version == before);
        match result {
            WriteResult::Written { version } => {
                if self.board.as_ref().is_none_or(|board| board.version < version) {
                    self.show(Board::new(version, seats));
                }
                self.carried_out(&pending.wish);
            }
            WriteResult::Conflict | WriteResult::Unknown if is_seen => self.carried_out(&pending.wish),
            WriteResult::Failed { code } => self.hear_refusal(pending, code),
            WriteResult::Conflict | WriteResult::Unknown if pending.conflicts >= CONFLICTS => {
                self.give_up(pending.wish, WhyNot::Conflicts);
                self.read();
            }
            WriteResult::Conflict | WriteResult::Unknown => {
                if !self.is_overruled(&pending.wish) {
                    pending.conflicts = pending.conflicts.saturating_add(1);
                    self.wishes.push_front(pending);
                }
                if is_newest || result == WriteResult::Unknown {
                    self.read();
                }
            }
        }
    }

    /// Who asked for a change tries again, or does not. Of who left nobody did.
    fn hear_refusal(&mut self, mut pending: Pending, code: i32) {
        let is_of_gone = matches!(&pending.wish, Wish::Leave { user } if self.gone.contains_key(user));
        if !is_of_gone || pending.refusals >= TRIES {
            return self.give_up(pending.wish, WhyNot::Failed(code));
        }
        pending.refusals = pending.refusals.saturating_add(1);
        pending.after = self.now + PAUSE;
        self.wishes.push_back(pending);
    }

    /// Writes the next change, if nothing is being read or written.
    pub(super) fn work(&mut self) {
        while self.writing.is_none() && self.reading.is_none() {
            let now = self.now;
            let Some(next) = self.wishes.iter().position(|pending| pending.after <= now) else { return };
            let Some(board) = &self.board else { return self.read() };
            let Some(pending) = self.wishes.remove(next) else { return };
            match pending.wish.plan(&board.seats) {
                Ok(seats) if seats == board.seats => self.carried_out(&pending.wish),
                Ok(seats) => self.write(pending, seats),
                Err(why) => self.give_up(pending.wish, why),
            }
        }
    }

    fn write(&mut self, pending: Pending, seats: Vec<Seat>) {
        let Some(board) = &self.board else { return };
        let (ticket, version) = (Ticket(self.count), board.version);
        self.count = self.count.wrapping_add(1);
        self.events.push_back(SeatEvent::Write { ticket, version, changes: board.changes_to(&seats) });
        let due = self.now + PATIENCE;
        self.writing = Some(Writing { ticket, pending, version, seats, due, is_seen: false });
    }

    /// Asks for the attributes, if nobody has handed them in.
    pub(super) fn read_first(&mut self) {
        if self.board.is_none() && self.reading.is_none() {
            self.read();
        }
    }

    fn read(&mut self) {
        self.reading = Some(self.now + PATIENCE);
        if !self.events.contains(&SeatEvent::Read) {
            self.events.push_back(SeatEvent::Read);
        }
    }

    /// The seats are these now.
    fn show(&mut self, board: Board) {
        let before = self.board.replace(board);
        let (Some(board), default) = (&self.board, Seat::default()) else { return };
        let earlier = before.iter().flat_map(|board| &board.seats).chain(core::iter::repeat(&default));
        let numbered = (0..).zip(board.seats.iter().zip(earlier));
        let changed = numbered.filter(|(_, (after, before))| after != before);
        self.events.extend(changed.map(|(seat, (after, _))| SeatEvent::Changed { seat, now: after.clone() }));
        // What was left to another one to do, and is done.
        let now = self.now;
        self.wishes.retain(|pending| {
            pending.after <= now || pending.wish.plan(&board.seats).is_ok_and(|seats| seats != board.seats)
        });
        if before.is_none() {
            self.await_the_gone();
        }
        self.free_the_gone();
    }

    /// Wants a change, not before that moment.
    pub(super) fn want(&mut self, wish: Wish, after: Timestamp) {
        // The same that waits already will do, unless something behind it makes a difference: the last word counts.
        let newest_first = self.wishes.iter().rev();
        let mut alike = newest_first.take_while(|pending| pending.wish == wish || !pending.wish.bears_on(&wish));
        if alike.any(|pending| pending.wish == wish && pending.after <= after) {
            return;
        }
        match self.check_room_for_wish() {
            Ok(()) => self.wishes.push_back(Pending { wish, after, conflicts: 0, refusals: 0 }),
            Err(why) => self.give_up(wish, why),
        }
        self.work();
    }

    /// Wants this user off their seat, and not onto one any more.
    pub(super) fn get_off(&mut self, user: &UserId, after: Timestamp) {
        self.wishes.retain(|pending| !pending.wish.seats(user));
        self.want(Wish::Leave { user: user.clone() }, after);
    }

    /// Whether this user is being put onto a seat.
    pub(super) fn is_to_sit(&self, user: &UserId) -> bool {
        let writing = self.writing.iter().map(|writing| &writing.pending);
        writing.chain(&self.wishes).any(|pending| pending.wish.seats(user))
    }

    /// Whether a write is under way that puts this user onto a seat: until when its fate is waited for.
    pub(super) fn seating_due(&self, user: &UserId) -> Option<Timestamp> {
        self.writing.as_ref().filter(|writing| writing.pending.wish.seats(user)).map(|writing| writing.due)
    }

    /// Whether it is wanted that whom it puts onto a seat gets off.
    fn is_overruled(&self, wish: &Wish) -> bool {
        self.wishes.iter().any(|pending| matches!(&pending.wish, Wish::Leave { user } if wish.seats(user)))
    }

    pub(super) fn check_room_for_wish(&self) -> Result<(), WhyNot> {
        if self.wishes.len() < WISHES { Ok(()) } else { Err(WhyNot::TooMany) }
    }

    fn carried_out(&mut self, wish: &Wish) {
        if let Wish::Take { request: Some(request), .. } = wish
            && let Some(ask) = self.asks.get_mut(request)
        {
            ask.is_carried_out = true;
        }
    }

    fn give_up(&mut self, wish: Wish, why: WhyNot) {
        self.events.push_back(SeatEvent::NotDone { wish, why });
    }

    /// The store has had its time: it is asked again.
    pub(super) fn watch_store(&mut self) {
        let now = self.now;
        if let Some(writing) = self.writing.take_if(|writing| writing.due <= now) {
            self.settle_write(writing, WriteResult::Unknown);
        }
        if self.reading.is_some_and(|due| due <= now) {
            self.read();
        }
    }

    /// When something is to be read or written again.
    pub(super) fn next_store_due(&self) -> Option<Timestamp> {
        let writing = self.writing.as_ref().map(|writing| writing.due);
        let is_free = writing.is_none() && self.reading.is_none();
        let wished = self.wishes.iter().map(|pending| pending.after).filter(|_| is_free);
        wished.chain(writing).chain(self.reading).min()
    }

    /// All that is wanted, what is being written included: of that nobody will hear.
    pub(super) fn wanted(&self) -> Vec<Pending> {
        let writing = self.writing.iter().filter(|writing| !writing.is_seen).map(|writing| &writing.pending);
        let writing = writing.filter(|pending| !self.is_overruled(&pending.wish));
        writing.chain(&self.wishes).cloned().collect()
    }
}
