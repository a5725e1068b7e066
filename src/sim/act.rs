//! What can be made to happen in a world.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::Value;

use super::apps::{Deed, LayersConfig};
use super::command::{ConversationType, Fate, Message, as_text};
use super::intake::{In, Left};
use super::peer::{Peer, user_of};
use super::peers::SimError;
use super::post::Arrival;
use super::scenario::{Act, Inject, Post};
use super::service::seconds;
use super::trace::in_order;
use super::world::World;

impl World {
    /// Makes something happen to a peer, now.
    ///
    /// # Errors
    /// What makes no sense; then nothing was done.
    pub fn act(&mut self, peer: &str, act: Act) -> Result<(), SimError> {
        match act {
            Act::Start { .. } if self.peers.get(peer).is_ok() => return Err(SimError::SignedIn(peer.to_owned())),
            Act::Start { skew_ms } => {
                self.know_groups_of_layers()?;
                self.hand_in(peer, In::Start { skew_ms })?;
                self.post.sign_in(peer);
            }
            Act::Call { method, mut options, invitation, names } => {
                self.know_group(&options.group_id)?;
                if let Some(name) = invitation {
                    options.invite_id = self.id_of(name);
                }
                self.hand_in(peer, In::Call { method, options, tag: names.clone().map(Value::String) })?;
                let called = self.peers.get(peer)?.last_called().cloned();
                self.names.extend(names.zip(called));
            }
            Act::App(deed) => {
                if let Deed::Dial { group: Some(group), .. } | Deed::Join { group, .. } = &deed {
                    self.know_group(group.as_str())?;
                }
                self.hand_in(peer, In::App(deed))?;
            }
            Act::Offline => self.go_away(peer, In::Offline)?,
            Act::Sleep => self.go_away(peer, In::Sleep)?,
            Act::Crash => {
                self.hand_in(peer, In::Crash)?;
                self.post.crash(peer);
                self.attributes.forget(peer);
                self.follow_calls();
            }
            Act::Save => self.hand_in(peer, In::Save)?,
            Act::SaveFirst(first) => self.hand_in(peer, In::SaveFirst(first))?,
            Act::Online(start) => {
                let messages = self.post.come_back(peer, self.peers.get(peer)?.is_crashed());
                self.hand_in(peer, In::Online { start, messages })?;
                self.tell_attributes(peer);
            }
            Act::Sending(mode) => self.hand_in(peer, In::Sending(mode))?,
            Act::Release(fate) => self.release(peer, fate)?,
            Act::Leave(group) => self.leave(peer, &group)?,
            Act::SyncClock => self.hand_in(peer, In::SyncClock { server_ms: self.peers.service.now_ms() })?,
            Act::SetClock { skew_ms } => self.hand_in(peer, In::SetClock { skew_ms })?,
            Act::Inject { inject, invitation } => self.inject(peer, inject, invitation)?,
            Act::Post { post, invitation } => self.post_by_hand(peer, post, invitation)?,
        }
        Ok(())
    }

    fn go_away(&mut self, peer: &str, how: In) -> Result<(), SimError> {
        self.hand_in(peer, how)?;
        self.post.go_away(peer);
        self.follow_calls();
        Ok(())
    }

    fn release(&mut self, peer: &str, fate: Fate) -> Result<(), SimError> {
        if self.peers.running(peer)?.is_holding() && fate == Fate::Fail {
            return Err(SimError::TakenAlready(peer.to_owned()));
        }
        let taken_at = (self.now_ms(), seconds(self.peers.service.now_ms()));
        self.post.release(taken_at, peer, fate);
        self.hand_in(peer, In::Release(fate))
    }

    fn leave(&mut self, peer: &str, group: &str) -> Result<(), SimError> {
        self.peers.running(peer)?;
        self.know_group(group)?;
        let user = user_of(peer);
        if !self.post.is_member(user, group) {
            return Err(SimError::NotMember(peer.to_owned(), group.to_owned()));
        }
        // Who goes needs no word for it, but an app with layers.
        let (members, has_layers) =
            (self.post.online_members(group), |name: &str| self.peers.get(name).is_ok_and(Peer::has_layers));
        let told = members.into_iter().filter(|member| user_of(member) != user || has_layers(member));
        let told: Vec<String> = told.collect();
        self.post.leave(user, group);
        for member in told {
            self.hand_in(&member, In::Left(Left { group_id: group.into(), user: user.into() }))?;
        }
        Ok(())
    }

    fn inject(&mut self, peer: &str, inject: Inject, invitation: Option<String>) -> Result<(), SimError> {
        self.peers.get(peer)?;
        let Inject { from, to, conversation_type, data } = inject;
        let message = Message {
            id: None,
            from: from.into(),
            to,
            conversation_type,
            time: Some(seconds(self.peers.service.now_ms())),
            time_ms: None,
            data: self.text_about(data, invitation),
            cloud_custom_data: String::new(),
            online_user_only: false,
        };
        let letter = self.post.take_foreign(message);
        self.arrive(Arrival { to: peer.to_owned(), letter });
        Ok(())
    }

    fn post_by_hand(&mut self, peer: &str, mut post: Post, invitation: Option<String>) -> Result<(), SimError> {
        if post.conversation_type == ConversationType::Group {
            self.know_group(&post.to)?;
        }
        post.data = Value::String(self.text_about(post.data, invitation));
        self.hand_in(peer, In::Post(post))
    }

    /// The text of a message about an invitation of the scenario.
    fn text_about(&self, mut data: Value, invitation: Option<String>) -> String {
        let Some(id) = invitation.map(|name| self.id_of(name)) else { return as_text(in_order(data)) };
        if let Value::String(text) = data {
            return text.replace("$id", &id);
        }
        if let Some(fields) = data.as_object_mut() {
            fields.insert("inviteID".to_owned(), id.into());
        }
        in_order(data).to_string()
    }

    /// The groups of the class and of the room with seats in which every app is.
    fn know_groups_of_layers(&self) -> Result<(), SimError> {
        let LayersConfig { classroom, seats, .. } = self.peers.layers();
        let mut groups = classroom.iter().map(|class| &class.group).chain(seats.iter().map(|seats| &seats.room));
        groups.try_for_each(|group| self.know_group(group.as_str()))
    }

    fn know_group(&self, group: &str) -> Result<(), SimError> {
        let is_known = group.is_empty() || self.post.groups.contains_key(group);
        if is_known { Ok(()) } else { Err(SimError::NoGroup(group.to_owned())) }
    }

    /// The id of the invitation that a scenario calls so; what it does not know is an id itself.
    fn id_of(&self, name: String) -> String {
        self.names.get(&name).map_or(name, |id| id.as_str().to_owned())
    }
}
