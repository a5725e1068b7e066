//! What a hostile user does: says what they may not say, with ids that they have seen, and what nobody can read.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::super::super::command::ConversationType;
use super::super::super::scenario::{Act, Post};
use super::super::super::trace::in_order;
use super::super::HOSTILE;
use super::{Invitation, Planner};

impl Planner<'_, '_> {
    pub(super) fn forge(&mut self) -> Option<()> {
        let peer = self.one_of(&[HOSTILE.to_owned()])?;
        let invitation =
            self.invitations.last().is_some().then(|| self.dice.pick(&self.invitations).cloned()).flatten()?;
        let data = if self.dice.chance(65) { self.forged(&invitation) } else { self.mangled(&invitation) };
        let groups: Vec<String> = self.groups.keys().cloned().collect();
        let group =
            invitation.group.clone().or_else(|| self.dice.pick(&groups).cloned()).filter(|_| self.dice.chance(70));
        let (to, conversation_type) = match group {
            Some(group) => (group, ConversationType::Group),
            None => (self.dice.pick(&self.users())?.clone(), ConversationType::C2c),
        };
        let post = Post { to, conversation_type, data, edit: self.dice.chance(15) };
        self.step(&peer, Act::Post { post, invitation: Some(invitation.name) });
        Some(())
    }

    /// A sound message about an invitation that may be nobody's to send.
    fn forged(&mut self, of: &Invitation) -> Value {
        let takes_id = self.dice.chance(20);
        let action_type = if takes_id {
            1
        } else {
            self.dice.weighted(&[(6, 1), (4, 2), (4, 3), (4, 4), (4, 5), (1, 6)]).unwrap_or(6)
        };
        let inviter = if !takes_id && self.dice.chance(60) { of.inviter.as_str() } else { HOSTILE };
        let lists = [of.invitees.clone(), [HOSTILE.to_owned()].into(), self.users()];
        let listed = if takes_id { self.users() } else { self.dice.pick(&lists).cloned().unwrap_or_default() };
        let group = of.group.clone().filter(|_| self.dice.chance(90)).unwrap_or_default();
        let timeout = self.dice.weighted(&[(2, 5), (1, 0), (1, 86_400), (1, 100_000)]).unwrap_or(0);
        let data = self.words();
        let mut data = json!({
            "businessID": 1, "timeout": timeout, "data": data, "inviteID": "", "groupID": group,
            "actionType": action_type, "inviter": inviter, "inviteeList": listed,
        });
        // Of another id than that of the invitation: an invitation of their own.
        if !takes_id && self.dice.chance(30) {
            data = Value::String(
                in_order(data)
                    .to_string()
                    .replace(r#""inviteID":"""#, &format!(r#""inviteID":"own{}""#, self.dice.below(8))),
            );
        }
        data
    }

    /// Data of a layer, or of an app.
    fn words(&mut self) -> String {
        match self.dice.pick(&self.doings).copied() {
            Some(doing) => (doing.words)(self),
            None => self.data(),
        }
    }

    /// What a hostile user says of calls and the like: all of it in their own name.
    pub(super) fn forge_of_a_layer(&mut self, words: String) -> Option<()> {
        let peer = self.one_of(&[HOSTILE.to_owned()])?;
        let groups: Vec<String> = self.groups.keys().cloned().collect();
        let group = self.dice.chance(50).then(|| self.dice.pick(&groups).cloned()).flatten();
        let users = self.users();
        let (to, conversation_type) = match &group {
            Some(group) => (group.clone(), ConversationType::Group),
            None => (self.dice.pick(&users)?.clone(), ConversationType::C2c),
        };
        let listed =
            if group.is_some() && self.dice.chance(80) { users } else { Vec::from([self.dice.pick(&users)?.clone()]) };
        let listed = if group.is_none() { [to.clone()].into() } else { listed };
        let timeout = self.dice.weighted(&[(3, 0), (3, 5), (2, 30), (1, 86_400)]).unwrap_or(0);
        let data = json!({
            "businessID": 1, "timeout": timeout, "data": words,
            "inviteID": format!("own{}", self.dice.below(60)), "groupID": group.unwrap_or_default(),
            "actionType": self.dice.weighted(&[(8, 1), (1, 2), (1, 3), (1, 4), (1, 5)]).unwrap_or(1),
            "inviter": HOSTILE, "inviteeList": listed,
        });
        let post = Post { to, conversation_type, data, edit: self.dice.chance(10) };
        self.step(&peer, Act::Post { post, invitation: None });
        Some(())
    }

    /// What looks like signaling, and cannot be read, or only just.
    fn mangled(&mut self, of: &Invitation) -> Value {
        let inviter = &of.inviter;
        let sound = format!(r#""inviteID":"$id","actionType":2,"inviter":"{inviter}","inviteeList":["bob"]"#);
        let texts = vec![
            format!("{{{sound}"),
            format!("{{{sound},\"data\":7}}"),
            format!("{{{sound},\"data\":\"\\ud800\"}}"),
            format!("{{{sound},\"x\":{}1{}}}", "[".repeat(300), "]".repeat(300)),
            format!("{{{sound},\"data\":\"{}\"}}", "x".repeat(13_000)),
            format!("[{{{sound}}}]"),
            format!("{{{sound},\"inviter\":\"{HOSTILE}\"}}"),
            format!("{{{sound},\"timeout\":1e400,\"inviteID\":\"\"}}"),
            format!("{{{sound},\"inviteID\":\"{}\"}}", "x".repeat(200)),
            format!("{{{sound},\"inviter\":\"{}\"}}", "x".repeat(200)),
            "hello, $id".to_string(),
            "{\"actionType\":9,\"inviteID\":\"$id\"}".to_string(),
            String::new(),
        ];
        Value::String(self.dice.pick(&texts).cloned().unwrap_or_default())
    }
}
