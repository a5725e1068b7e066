//! Every input as data.

use super::Engine;
use crate::input::{Input, Reply};
use crate::time::Timestamp;

impl Engine {
    /// The one dispatch: every method below, as data. A recorded list of `(now, input)` replays to the same outputs.
    ///
    /// It takes the input. Where a message may be chat ([`NotSignaling`](crate::Disposition::NotSignaling)), or may have to be handed
    /// in again ([`Backlog`](crate::Disposition::Backlog)), keep a copy, or call [`Engine::handle_message`], which borrows it.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Reply {
        match input {
            Input::Message(message) => Reply::Disposition(self.handle_message(now, &message)),
            Input::Edit(message) => Reply::Disposition(self.handle_edit(now, &message)),
            Input::SendResult(token, result) => Reply::SendResult(self.handle_send_result(now, token, result)),
            Input::Invite(invite) => Reply::Invite(self.invite(now, invite)),
            Input::Cancel(target, data) => Reply::Cancel(self.cancel(now, target, data)),
            Input::Accept(target, data) => Reply::Answer(self.accept(now, target, data)),
            Input::Reject(target, data) => Reply::Answer(self.reject(now, target, data)),
            Input::Modify(target, data) => Reply::Modify(self.modify(now, target, data)),
            Input::AddInvited(pushed) => Reply::AddInvited(self.add_invited(now, pushed)),
            Input::Dismiss(target) => Reply::Dismiss(self.dismiss(now, target)),
            Input::BeginCatchUp => {
                self.begin_catch_up(now);
                Reply::Done
            }
            Input::History(history, messages) => Reply::CatchUp(self.handle_history(now, &history, &messages)),
            Input::MemberLeft(group, user) => {
                self.handle_member_left(now, &group, &user);
                Reply::Done
            }
            Input::SyncClock(server_now) => {
                self.sync_clock(now, server_now);
                Reply::Done
            }
            Input::Tick => {
                self.tick(now);
                Reply::Done
            }
        }
    }
}
