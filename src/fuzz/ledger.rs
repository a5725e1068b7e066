//! What the app was told, and what was sent: the engine's word, held against it.

use alloc::collections::{BTreeMap, BTreeSet};

use super::ME;
use crate::callback::{Callback, Outcome, Output};
use crate::config::Limits;
use crate::engine::Engine;
use crate::id::UserId;
use crate::message::{Inbound, Token, Transmit};
use crate::name::InvitationKey;
use crate::wire::signaling_info;

#[derive(Default)]
pub(super) struct Ledger {
    invitations: BTreeMap<InvitationKey, Entry>,
    tokens: BTreeSet<Token>,
}

/// What was said of one invitation.
#[derive(Default)]
struct Entry {
    /// It makes room for others, and may then come anew.
    is_endless: bool,
    has_ended: bool,
    /// An operation was undone: what another said meanwhile is told now, also after the end (`O7`).
    has_failed: bool,
    told: BTreeMap<UserId, Outcome>,
}

impl Ledger {
    /// Takes in an output, in their order.
    pub(super) fn note(&mut self, output: &Output) {
        match output {
            Output::Transmit(transmit) => {
                self.note_token(transmit.token);
                check_authority(transmit);
            }
            Output::Edit(edit) => {
                self.note_token(edit.token);
                assert_eq!(edit.invitation.inviter(), &ME, "only one's own invitation is modified");
            }
            Output::Callback(callback) => self.note_callback(callback),
        }
    }

    fn note_token(&mut self, token: Token) {
        assert!(self.tokens.insert(token), "{token:?} was given twice");
    }

    fn note_callback(&mut self, callback: &Callback) {
        let key = callback.invitation();
        let is_first = !self.invitations.contains_key(key);
        let entry = self.invitations.entry(key.clone()).or_default();
        match callback {
            Callback::NewInvitation { deadline, .. } => {
                assert!(is_first, "{key:?} rings after it was called back");
                entry.is_endless = deadline.is_none();
            }
            Callback::Missed { .. } => assert!(is_first, "{key:?} is missed after it was called back"),
            Callback::InviteeAccepted { invitee, .. } => entry.tell(callback, [invitee], Outcome::Accepted),
            Callback::InviteeRejected { invitee, .. } => entry.tell(callback, [invitee], Outcome::Rejected),
            Callback::InviteeLeft { invitee, .. } => entry.tell(callback, [invitee], Outcome::Left),
            Callback::InvitationCancelled { invitees, .. } => entry.tell(callback, invitees, Outcome::Cancelled),
            Callback::InvitationTimeout { invitees, .. } => entry.tell(callback, invitees, Outcome::TimedOut),
            Callback::Ended { outcomes, .. } => {
                assert!(!entry.has_ended, "{key:?} ends twice");
                assert!(outcomes.iter().all(|(_, outcome)| *outcome != Outcome::Pending), "{key:?} ends unsettled");
                entry.has_ended = true;
            }
            Callback::InvitationModified { .. } => assert!(!entry.has_ended, "{key:?} is modified after its end"),
            Callback::OperationFailed { .. } => entry.has_failed = true,
            Callback::LateAnswer { .. } | Callback::AnsweredElsewhere { .. } => {}
        }
    }

    /// What the engine remembers agrees with what it told on accepted or not.
    pub(super) fn check(&self, engine: &Engine) {
        for (key, entry) in &self.invitations {
            let Some(invitation) = engine.invitation(key) else { continue };
            for (user, told) in &entry.told {
                let outcome = invitation.outcome_of(user.as_str());
                let is_yes = outcome == Some(Outcome::Accepted);
                assert_eq!(is_yes, *told == Outcome::Accepted, "{key:?}: {user} was told {told:?} and is {outcome:?}");
            }
        }
    }

    /// What the engine does not remember may come anew.
    pub(super) fn forget_what(&mut self, engine: &Engine) {
        self.invitations.retain(|key, _| engine.invitation(key).is_some());
    }

    /// What has no timeout makes room at once, so that it may come anew within one batch.
    pub(super) fn forget_endless(&mut self) {
        self.invitations.retain(|_, entry| !entry.is_endless);
    }
}

impl Entry {
    /// Each invitee once, and again only where yes and no change places.
    fn tell<'a>(&mut self, callback: &Callback, invitees: impl IntoIterator<Item = &'a UserId>, outcome: Outcome) {
        let revises = callback.revises();
        assert!(!self.has_ended || self.has_failed || revises.is_some(), "news after the end: {callback:?}");
        for invitee in invitees {
            let told = self.told.insert(invitee.clone(), outcome);
            assert!(told.is_none() || told == revises, "{told:?} was told before {callback:?}");
            let changes_sides = |told| (told == Outcome::Accepted) != (outcome == Outcome::Accepted);
            assert!(revises.is_none_or(changes_sides), "it revises nothing: {callback:?}");
        }
    }
}

/// An action is stated as oneself: of one's own invitation as its inviter, of another's about oneself alone.
fn check_authority(transmit: &Transmit) {
    let message = Inbound::new(ME, transmit.conversation.clone(), transmit.payload.clone());
    let limits = Limits { payload_bytes: u32::MAX, ..Limits::default() };
    let info = signaling_info(&message, &limits).expect("what the engine writes is signaling");
    let key = &transmit.invitation;
    assert_eq!((&info.invite_id, &info.inviter), (key.invite_id(), key.inviter()));
    assert_eq!(key.conversation().group().map_or("", |group| group.as_str()), info.group_id.as_str());
    let is_mine = info.inviter == ME;
    let is_as_inviter = is_mine && matches!(info.action_type, 1 | 2 | 5);
    let is_about_me = !is_mine && matches!(info.action_type, 3..=5) && info.invitee_list == [ME];
    assert!(is_as_inviter || is_about_me, "not one's own to say: {}", transmit.payload);
}
