//! What random worlds can reach: a search that misses one of these has not looked everywhere.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::Law;
use super::facts::{FACTS, pair};

/// Their names.
pub(super) fn everything() -> Vec<String> {
    let laws = Law::ALL.iter().map(|law| law.name().to_string());
    let pairs = (0..FACTS.len()).flat_map(|one| (0..=one).map(move |other| pair(one, other)));
    let others =
        CALLBACKS.iter().chain(DISPOSITIONS).chain(ERRORS).chain(CALLS).chain(ROOMS).map(|name| (*name).to_string());
    laws.chain(pairs.filter(|pair| !IMPOSSIBLE.contains(&pair.as_str()))).chain(others).collect()
}

/// Who left is not waited for, so nobody presumes their silence. Both are told once, and nobody sends a message of them.
const IMPOSSIBLE: [&str; 3] = ["facts: left, silence", "facts: left, left", "facts: silence, silence"];

const CALLBACKS: &[&str] = &[
    "onReceiveNewInvitation",
    "onInviteeAccepted",
    "onInviteeRejected",
    "onInvitationCancelled",
    "onInvitationTimeout",
    "onInvitationModified",
    "inviteeLeft",
    "missed",
    "lateAnswer",
    "answeredElsewhere",
    "operationFailed",
    "ended",
    "revision",
];

/// Not `Backlog`: the simulated hosts poll at once.
const DISPOSITIONS: &[&str] = &[
    "Applied",
    "Duplicate",
    "Stale",
    "Buffered",
    "Ignored",
    "NotSignaling",
    "Refused(NotInviter)",
    "Refused(NotInvitee)",
    "Refused(WrongConversation)",
    "Refused(NobodyInvited)",
    "Refused(Conflicting)",
    "Refused(NoTimeout)",
    "Refused(EmptyId)",
    "Refused(Limit(InviteIdBytes))",
    "Refused(Limit(UserIdBytes))",
    "Refused(Limit(GroupIdBytes))",
    "Refused(Limit(Invitees))",
    "Refused(Limit(Open))",
    "Refused(Limit(Kept))",
    "Refused(Limit(Early))",
    "Malformed(TooLong)",
    "Malformed(TooDeep)",
    "Malformed(NotAnObject)",
    "Malformed(WrongType)",
    "Malformed(LoneSurrogate)",
];

/// What apps are told of calls, and why those end.
const CALLS: &[&str] = &[
    "call: Ringing",
    "call: Answered",
    "call: NotComing",
    "call: Connected",
    "call: SwitchAsked",
    "call: Switched",
    "call: NotSwitched",
    "call: Resumed",
    "call: InGroup",
    "call: OverInGroup",
    "call: Failed",
    "call: Ended",
    "end: HungUp",
    "end: Declined",
    "end: NoResponse",
    "end: Busy",
    "end: Cancelled",
    "end: AnsweredElsewhere",
    "end: DeclinedElsewhere",
    "end: Glare",
    "end: Superseded",
    "end: MediaFailed",
    "end: NotSent",
    "end: SendFailed",
    "end: LeftGroup",
];

/// What apps are told of classes and seats.
const ROOMS: &[&str] = &[
    "class: Opened",
    "class: Asked",
    "class: HandRaised",
    "class: HandLowered",
    "class: HandsChanged",
    "class: Closed",
    "class: NotReached",
    "class: Granted",
    "class: NotGranted",
    "class: Invited",
    "class: RingStopped",
    "class: Declined",
    "class: Speaking",
    "class: Stopped",
    "class: Failed",
    "seats: Read",
    "seats: Write",
    "seats: Changed",
    "seats: Asked",
    "seats: Decided",
    "seats: Over",
    "seats: NotSent",
    "seats: NotDone",
];

/// Not those of a backlog; nor `WrongConversation` of a pushed invitation, which the vendor's call cannot name; nor an answer of who has
/// left, whose own devices are not told.
const ERRORS: &[&str] = &[
    "UnknownToken",
    "Invite(BadArgument(NoInvitees))",
    "Invite(BadArgument(SelfInvited))",
    "Invite(BadArgument(DuplicateInvitee))",
    "Invite(BadArgument(EmptyId))",
    "Invite(BadArgument(TimeoutTooLong))",
    "Invite(Limit(PayloadBytes))",
    "Invite(Limit(UserIdBytes))",
    "Invite(Limit(GroupIdBytes))",
    "Invite(Limit(Invitees))",
    "Invite(Limit(Open))",
    "Invite(Limit(Kept))",
    "Cancel(Unavailable(NeverSeen))",
    "Cancel(Unavailable(InFlight(Invite)))",
    "Cancel(Unavailable(InFlight(Cancel)))",
    "Cancel(Unavailable(InFlight(Modify)))",
    "Cancel(Unavailable(Settled(Accepted)))",
    "Cancel(Unavailable(Settled(Rejected)))",
    "Cancel(Unavailable(Settled(TimedOut)))",
    "Cancel(Unavailable(Settled(Cancelled)))",
    "Cancel(Unavailable(Settled(Left)))",
    "Cancel(NotInviter)",
    "Cancel(Ambiguous(Ambiguous))",
    "Cancel(Limit(PayloadBytes))",
    "Answer(Unavailable(NeverSeen))",
    "Answer(Unavailable(InFlight(Accept)))",
    "Answer(Unavailable(InFlight(Reject)))",
    "Answer(Unavailable(Settled(Accepted)))",
    "Answer(Unavailable(Settled(Rejected)))",
    "Answer(Unavailable(Settled(TimedOut)))",
    "Answer(Unavailable(Settled(Cancelled)))",
    "Answer(NotInvitee)",
    "Answer(Ambiguous(Ambiguous))",
    "Answer(Limit(PayloadBytes))",
    "Modify(Unavailable(NeverSeen))",
    "Modify(Unavailable(InFlight(Invite)))",
    "Modify(Unavailable(InFlight(Cancel)))",
    "Modify(Unavailable(Settled(Accepted)))",
    "Modify(Unavailable(Settled(Rejected)))",
    "Modify(Unavailable(Settled(TimedOut)))",
    "Modify(Unavailable(Settled(Cancelled)))",
    "Modify(Unavailable(Settled(Left)))",
    "Modify(NotInviter)",
    "Modify(Conflict)",
    "Modify(BadArgument(OnlineUserOnly))",
    "Modify(Ambiguous(Ambiguous))",
    "Modify(Limit(PayloadBytes))",
    "AddInvited(AlreadyKnown)",
    "AddInvited(Unavailable(Settled(TimedOut)))",
    "AddInvited(BadArgument(EmptyId))",
    "AddInvited(BadArgument(OwnInvitation))",
    "AddInvited(BadArgument(TimeoutTooLong))",
    "AddInvited(Limit(PayloadBytes))",
    "AddInvited(Limit(InviteIdBytes))",
    "AddInvited(Limit(UserIdBytes))",
    "AddInvited(Limit(GroupIdBytes))",
    "AddInvited(Limit(Open))",
    "AddInvited(Limit(Kept))",
    "Dismiss(Unavailable(NeverSeen))",
    "Dismiss(Ambiguous(Ambiguous))",
];
