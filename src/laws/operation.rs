//! Whether an operation was possible, once more from the rules' text (`O2`, `O3`): by what could be read before it.

use alloc::format;

use super::Ruling;
use super::call::Call;
use crate::callback::{Operation, Outcome};
use crate::engine::InvitationView;
use crate::error::{AnswerError, BadArgument, CancelError, DismissError, ModifyError, Unavailable};
use crate::id::UserId;
use crate::input::{Input, Reply};
use crate::name::Target;

/// Why an operation was not done.
enum Why {
    Unavailable(Unavailable),
    /// It is another's to do.
    NotYours,
    Ambiguous,
    Conflict,
    OnlineOnly,
    /// What it says is too large, or there is no room: whatever it is about.
    NoRoom,
}

pub(super) fn operations_are_judged_right(call: &Call<'_>) -> Ruling {
    let Some((target, operation)) = operation(call.input) else { return Ok(false) };
    let held = call.before.invitation(target.clone());
    let is_ambiguous = call.before.invitations().filter(|open| target.matches(open.key())).count() > 1;
    let is_right = match verdict(call.reply) {
        None | Some(Err(Why::NoRoom)) => return Ok(false),
        Some(Err(Why::Ambiguous)) => is_ambiguous,
        Some(_) if is_ambiguous => false,
        Some(Ok(())) => held.is_some_and(|held| is_possible(call, operation, &held)),
        Some(Err(why)) => is_so(call, operation, held, &why),
    };
    if is_right { Ok(true) } else { Err(format!("{:?} of {:?}, where {held:?}", call.reply, call.input)) }
}

/// What is done to which invitation; `None`: it is forgotten, or another call.
fn operation(input: &Input) -> Option<(&Target, Option<Operation>)> {
    match input {
        Input::Cancel(target, _) => Some((target, Some(Operation::Cancel))),
        Input::Accept(target, _) => Some((target, Some(Operation::Accept))),
        Input::Reject(target, _) => Some((target, Some(Operation::Reject))),
        Input::Modify(target, _) => Some((target, Some(Operation::Modify))),
        Input::Dismiss(target) => Some((target, None)),
        Input::Message(_)
        | Input::Edit(_)
        | Input::SendResult(..)
        | Input::Invite(_)
        | Input::AddInvited(_)
        | Input::BeginCatchUp
        | Input::History(..)
        | Input::MemberLeft(..)
        | Input::SyncClock(_)
        | Input::Tick => None,
    }
}

fn verdict(reply: &Reply) -> Option<Result<(), Why>> {
    Some(match reply {
        Reply::Cancel(done) => done.map_err(|error| match error {
            CancelError::Unavailable(why) => Why::Unavailable(why),
            CancelError::NotInviter => Why::NotYours,
            CancelError::Ambiguous(_) => Why::Ambiguous,
            CancelError::Limit(_) | CancelError::Backlog => Why::NoRoom,
        }),
        Reply::Answer(done) => done.map_err(|error| match error {
            AnswerError::Unavailable(why) => Why::Unavailable(why),
            AnswerError::NotInvitee => Why::NotYours,
            AnswerError::Ambiguous(_) => Why::Ambiguous,
            AnswerError::Limit(_) | AnswerError::Backlog => Why::NoRoom,
        }),
        Reply::Modify(done) => done.map_err(|error| match error {
            ModifyError::Unavailable(why) => Why::Unavailable(why),
            ModifyError::NotInviter => Why::NotYours,
            ModifyError::Ambiguous(_) => Why::Ambiguous,
            ModifyError::Conflict => Why::Conflict,
            ModifyError::BadArgument(BadArgument::OnlineUserOnly) => Why::OnlineOnly,
            ModifyError::BadArgument(_) | ModifyError::Limit(_) | ModifyError::Backlog => Why::NoRoom,
        }),
        Reply::Dismiss(done) => done.map_err(|error| match error {
            DismissError::Unavailable(why) => Why::Unavailable(why),
            DismissError::Ambiguous(_) => Why::Ambiguous,
            DismissError::Backlog => Why::NoRoom,
        }),
        Reply::Disposition(_)
        | Reply::SendResult(_)
        | Reply::Invite(_)
        | Reply::AddInvited(_)
        | Reply::CatchUp(_)
        | Reply::Done => return None,
    })
}

fn is_possible(call: &Call<'_>, operation: Option<Operation>, held: &InvitationView<'_>) -> bool {
    let me = call.before.user();
    match operation {
        Some(Operation::Cancel) => held.key().inviter() == me && is_anybody_pending(held),
        Some(Operation::Modify) => {
            held.key().inviter() == me && is_anybody_pending(held) && !held.is_online_user_only()
        }
        Some(Operation::Accept | Operation::Reject) => {
            outcome_of(held, me) == Some(Outcome::Pending) && held.deadline().is_none_or(|deadline| call.now < deadline)
        }
        Some(Operation::Invite) | None => true,
    }
}

/// Whether that is why.
fn is_so(call: &Call<'_>, operation: Option<Operation>, held: Option<InvitationView<'_>>, why: &Why) -> bool {
    let Some(held) = held else { return matches!(why, Why::Unavailable(Unavailable::NeverSeen)) };
    let (me, is_answer) = (call.before.user(), matches!(operation, Some(Operation::Accept | Operation::Reject)));
    match why {
        Why::NotYours if is_answer => outcome_of(&held, me).is_none(),
        Why::NotYours => held.key().inviter() != me,
        Why::Conflict | Why::Unavailable(Unavailable::InFlight(_)) => held.is_in_flight(),
        Why::OnlineOnly => held.is_online_user_only(),
        // Nobody answers what is past its life, though it is still kept for the history that is awaited.
        Why::Unavailable(Unavailable::NeverSeen) => is_answer && held.deadline().is_none(),
        Why::Unavailable(Unavailable::Settled(outcome)) if is_answer => {
            let is_late = *outcome == Outcome::TimedOut && call.before.is_catching_up();
            is_late || (*outcome != Outcome::Pending && outcome_of(&held, me) == Some(*outcome))
        }
        Why::Unavailable(Unavailable::Settled(_)) => !is_anybody_pending(&held),
        Why::Ambiguous | Why::NoRoom => false, // was looked at before
    }
}

fn is_anybody_pending(held: &InvitationView<'_>) -> bool {
    held.outcomes().any(|(_, outcome)| outcome == Outcome::Pending)
}

fn outcome_of(held: &InvitationView<'_>, me: &UserId) -> Option<Outcome> {
    held.outcome_of(me.as_str())
}
