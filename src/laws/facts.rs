//! Which facts about one invitee met in one engine: each pair is counted, also of the same fact twice, by two messages.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

use super::tally::Tally;
use crate::callback::{Callback, Output};
use crate::config::Limits;
use crate::disposition::Disposition;
use crate::id::{InviteId, UserId};
use crate::message::{Inbound, Stamp};
use crate::wire::{SignalingInfo, signaling_info};

/// What is said of an invitee, strongest first (`C1`).
pub(super) const FACTS: [&str; 7] =
    ["cancel", "inviter's time-out", "accept", "reject", "own time-out", "left", "silence"];

/// The facts about each invitee of each invitation, with the stamp of the message that was heard first.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts(BTreeMap<(UserId, InviteId, UserId), BTreeMap<usize, Option<Stamp>>>);

/// The name of a pair, stronger first.
pub(super) fn pair(one: usize, other: usize) -> alloc::string::String {
    let name = |fact: usize| FACTS.get(fact).copied().unwrap_or_default();
    format!("facts: {}, {}", name(one.min(other)), name(one.max(other)))
}

impl Facts {
    /// What somebody said, and was believed.
    pub(super) fn hear(&mut self, message: &Inbound, disposition: Disposition, tally: &mut Tally) {
        use Disposition::{Applied, Buffered, Duplicate, Stale};
        let (Applied | Stale | Buffered | Duplicate) = disposition else { return };
        if let Ok(info) = signaling_info(message, &Limits::default()) {
            self.take(message, &info, tally);
        }
    }

    /// What this engine says, or presumes.
    pub(super) fn put_out(&mut self, me: &UserId, output: &Output, tally: &mut Tally) {
        match output {
            Output::Transmit(sent) => {
                let message = Inbound::new(me, sent.conversation.clone(), sent.payload.clone());
                self.hear(&message, Disposition::Applied, tally);
            }
            Output::Callback(Callback::InviteeLeft { invitation, invitee, .. }) => {
                self.add((invitation.inviter(), invitation.invite_id(), invitee), 5, None, tally);
            }
            Output::Callback(Callback::InvitationTimeout { invitation, invitees, own_timer: true, .. }) => {
                let others = invitees.iter().filter(|invitee| *invitee != me && invitation.inviter() != me);
                for invitee in others {
                    self.add((invitation.inviter(), invitation.invite_id(), invitee), 6, None, tally);
                }
            }
            Output::Callback(_) | Output::Edit(_) => {}
        }
    }

    fn take(&mut self, message: &Inbound, info: &SignalingInfo, tally: &mut Tally) {
        let (sender, stamp) = (&message.sender, message.stamp.as_ref());
        let is_inviter = *sender == info.inviter;
        let fact = match (info.action_type, is_inviter) {
            (2, true) => 0,
            (5, true) => 1,
            (3, false) => 2,
            (4, false) => 3,
            (5, false) => 4,
            _ => return,
        };
        let about: Vec<&UserId> = if is_inviter { info.invitee_list.iter().collect() } else { [sender].into() };
        for invitee in about {
            self.add((&info.inviter, &info.invite_id, invitee), fact, stamp, tally);
        }
    }

    fn add(
        &mut self,
        (inviter, id, invitee): (&UserId, &InviteId, &UserId),
        fact: usize,
        stamp: Option<&Stamp>,
        tally: &mut Tally,
    ) {
        let facts = self.0.entry((inviter.clone(), id.clone(), invitee.clone())).or_default();
        if let Some(first) = facts.get_mut(&fact) {
            if first.as_ref().zip(stamp).is_some_and(|(first, stamp)| first != stamp) {
                tally.count(&pair(fact, fact));
            }
            *first = first.take().or_else(|| stamp.cloned());
            return;
        }
        facts.keys().for_each(|other| tally.count(&pair(fact, *other)));
        facts.insert(fact, stamp.cloned());
    }
}
