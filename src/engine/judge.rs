//! What a statement makes of an invitation: facts that are new, and acks (`R4`, `R5`, `O7`).

use alloc::vec::Vec;

use crate::disposition::Refusal;
use crate::id::{Data, UserId};
use crate::message::Stamp;
use crate::protocol::authority::{Said, Scope};
use crate::protocol::fact::Fact;
use crate::protocol::invitation::{Certainty, Invitation};
use crate::protocol::send::{Cargo, News, answer_of};

/// What a message says of an invitation, once it is known that its sender may say such a thing.
pub(super) struct Statement<'a, D> {
    pub(super) said: Said,
    pub(super) scope: Scope,
    pub(super) sender: &'a UserId,
    /// Copied only if there is news.
    pub(super) data: D,
    pub(super) stamp: Option<&'a Stamp>,
}

/// What a statement changed.
#[derive(Default)]
pub(super) struct Heard {
    /// Facts that are new here.
    pub(super) news: Vec<News>,
    /// Whether it was what this device itself had said and not known the fate of.
    pub(super) is_ack: bool,
    /// Whether it is an answer that was given earlier than was known (`C4`).
    pub(super) is_earlier: bool,
}

/// Adds the facts that a statement makes (`R4`, `R5`).
pub(super) fn judge(
    invitation: &mut Invitation,
    statement: Statement<'_, impl Into<Data> + Copy>,
    mut listed: impl Iterator<Item = impl AsRef<str>>,
    is_own: bool,
) -> Result<Heard, Refusal> {
    let Statement { said, sender, scope, data, stamp } = statement;
    let fact = match (said, scope) {
        (Said::Cancel, _) => Fact::Cancel,
        (Said::Timeout, Scope::Listed) => Fact::InviterTimeout,
        (Said::Timeout, Scope::Sender) => Fact::OwnTimeout,
        (Said::Accept, _) => Fact::Accept,
        (Said::Reject, _) => Fact::Reject,
        (Said::Invite | Said::Edit, _) => return Ok(Heard::default()),
    };
    if said == Said::Timeout && invitation.timeout.is_zero() {
        return Err(Refusal::NoTimeout);
    }
    let mut heard = Heard::default();
    let mut shared: Option<Data> = None;
    let mut state = |invitation: &mut Invitation, party: u32| {
        let is_echo = invitation.is_in_flight(party, fact);
        let is_new = invitation.state(party, fact, Certainty::Confirmed);
        if fact == Fact::InviterTimeout {
            heard.is_ack |= prove_timeout(invitation, party);
        }
        if is_new {
            let data = shared.get_or_insert_with(|| data.into()).clone();
            let item = News { party, fact, data, elsewhere: is_own, own_timer: false };
            if is_echo {
                heard.is_ack = true;
                hold_echo(invitation, item);
            } else {
                heard.news.push(item);
            }
        }
        if let Some((answer, stamp)) = answer_of(fact).zip(stamp) {
            heard.is_earlier = invitation.note_answer(party, answer, stamp);
        }
    };
    match scope {
        Scope::Sender => {
            let party = invitation.invitees().position(sender.as_str());
            let party = party.filter(|_| listed.any(|name| *sender == *name.as_ref())).ok_or(Refusal::NotInvitee)?;
            state(invitation, party);
        }
        Scope::Listed => {
            let mut is_about_anybody = false;
            for name in listed {
                if let Some(party) = invitation.invitees().position(name.as_ref()) {
                    state(invitation, party);
                    is_about_anybody = true;
                }
            }
            if !is_about_anybody {
                return Err(Refusal::NobodyInvited);
            }
        }
    }
    Ok(heard)
}

/// An answer to one's invite, another device's cancel or edit of it, or an invitee's own time-out seen again proves that it was sent
/// (`O7`); says whether that is new.
pub(super) fn prove(invitation: &mut Invitation, is_proof_of: impl Fn(&Cargo) -> bool) -> bool {
    let mut is_new = false;
    for send in invitation.under_way.sends_mut().iter_mut().filter(|send| !send.is_proven && is_proof_of(&send.cargo)) {
        send.is_proven = true;
        is_new = true;
    }
    is_new
}

/// One's own time-out of several that is seen again is sent for those whom it lists: another one may be seen than the one whose fate is
/// open (`A4`).
fn prove_timeout(invitation: &mut Invitation, party: u32) -> bool {
    let mut is_new = false;
    for send in invitation.under_way.sends_mut() {
        if let Cargo::InviterTimeout(list, _) = &mut send.cargo
            && let Ok(at) = list.binary_search(&party)
        {
            list.remove(at);
            is_new = true;
        }
    }
    is_new
}

/// What one's own user said elsewhere, while this device's saying the same is in flight: news, should that be refused.
fn hold_echo(invitation: &mut Invitation, item: News) {
    let me = invitation.me();
    let covering = invitation
        .under_way
        .sends_mut()
        .iter_mut()
        .find(|send| send.cargo.fact_about(item.party, me) == Some(item.fact));
    if let Some(send) = covering {
        send.is_proven = true;
        send.held.push(item);
    }
}

/// Keeps news that lose to what is in flight, for the case that it is refused (`O7`).
pub(super) fn hold_back(invitation: &mut Invitation, news: &[News]) {
    if invitation.under_way.sends().is_empty() {
        return;
    }
    let me = invitation.me();
    for item in news {
        let strongest = invitation.strongest(item.party);
        let covering =
            invitation.under_way.sends_mut().iter_mut().find(|send| send.cargo.fact_about(item.party, me) == strongest);
        if let Some(send) = covering {
            send.held.push(item.clone());
        }
    }
}
