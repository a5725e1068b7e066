//! mallory, who has seen the id of an invitation, and claims what is not hers to say.

use convoke::{Conversation, Inbound, Input};

use crate::device::About;
use crate::world::{GROUP, TIMEOUT_S};

pub(crate) const MALLORY: &str = "mallory";

/// What she claims, and of which inviter's invitation. The last two are her right: an invitation of her own (`I1`).
const CLAIMS: [(&str, u8, Inviter); 8] = [
    ("accept", 3, Inviter::Theirs),
    ("time-out", 5, Inviter::Theirs),
    ("reject", 4, Inviter::Theirs),
    ("invite", 1, Inviter::Theirs),
    ("cancel", 2, Inviter::Theirs),
    ("edit", 0, Inviter::Theirs),
    ("cancel of her own", 2, Inviter::Her),
    ("invite of her own", 1, Inviter::Her),
];

/// Of these it is explored what they leave behind, in the place where they leave most; all are tried in every state.
pub(crate) const LASTING: [usize; 3] = [0, 1, 7];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inviter {
    Theirs,
    Her,
}

/// All that she may say to somebody: as a member of their group, and from her to them alone.
pub(crate) fn claims(about: &About, is_group: bool) -> Vec<Input> {
    let places = [Conversation::Group(GROUP.into()), Conversation::C2c(MALLORY.into())];
    let places = places.into_iter().filter(|place| is_group || place.group().is_none());
    let said = |place: Conversation| CLAIMS.map(|claim| say(claim, about, place.clone()));
    places.flat_map(said).collect()
}

pub(crate) fn what(claim: usize) -> &'static str {
    CLAIMS.get(claim).map_or("claim", |(what, ..)| what)
}

fn say((_, action, whose): (&str, u8, Inviter), about: &About, place: Conversation) -> Input {
    let inviter = if whose == Inviter::Her { MALLORY } else { about.inviter.as_str() };
    let id = &about.id;
    let group = place.group().map_or("", |group| group.as_str());
    let (is_edit, action) = (action == 0, action.max(1));
    let timeout = if action == 1 { TIMEOUT_S } else { 0 };
    let payload = format!(
        r#"{{"businessID":1,"timeout":{timeout},"data":"forged","inviteID":"{id}","groupID":"{group}","actionType":{action},"inviter":"{inviter}","inviteeList":["bob","{MALLORY}"]}}"#
    );
    let message = Inbound::new(MALLORY, place, payload);
    if is_edit { Input::Edit(message) } else { Input::Message(message) }
}
