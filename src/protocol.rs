//! The rules, pure: no clock, no queue, no JSON, no map of invitations.
//!
//! A message, an operation or a timer states a [`fact`](fact::Fact) about an invitee; [`authority`] says who may state it;
//! [`outcome`] says what the facts amount to; [`invitation`] holds them; [`reaction`] says who is called back.

pub(crate) mod answers;
pub(crate) mod authority;
pub(crate) mod contest;
pub(crate) mod edit;
pub(crate) mod fact;
pub(crate) mod invitation;
pub(crate) mod invitees;
pub(crate) mod outcome;
pub(crate) mod party;
pub(crate) mod reaction;
pub(crate) mod send;
pub(crate) mod timer;
pub(crate) mod under_way;
