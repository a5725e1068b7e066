//! What everybody does.

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use super::super::super::command::{Fate, Method, Options, SendingMode};
use super::super::super::peer::user_of;
use super::super::super::scenario::Act;
use super::super::HOSTILE;
use super::{Invitation, Planner, Presence, start};

const TIMEOUTS: [(u32, i64); 7] = [(8, 0), (8, 1), (12, 2), (24, 5), (24, 10), (16, 20), (8, 40)];
const DATA: [(u32, &str); 4] =
    [(4, "call"), (2, ""), (1, r#"{"busy":true}"#), (1, r#"{"excludeFromHistoryMessage":1}"#)];

/// What is done about an invitation.
#[derive(Clone, Copy)]
enum Move {
    Answer,
    Cancel,
    Modify,
    Dismiss,
    Push,
    Leave,
}

#[derive(Clone, Copy)]
enum Kind {
    Invite,
    Move(Move),
    Race,
    Flood,
    Kill,
    Nonsense,
    GoAway,
    ComeBack,
    Save,
    Sending,
    Release,
    Leave,
    SyncClock,
    SetClock,
    Forge,
    /// With the layers of an app.
    Layers,
}

const KINDS: [(u32, Kind); 19] = [
    (12, Kind::Invite),
    (18, Kind::Move(Move::Answer)),
    (5, Kind::Move(Move::Cancel)),
    (4, Kind::Move(Move::Modify)),
    (2, Kind::Move(Move::Dismiss)),
    (3, Kind::Move(Move::Push)),
    (8, Kind::Race),
    (1, Kind::Flood),
    (2, Kind::Kill),
    (5, Kind::Nonsense),
    (5, Kind::GoAway),
    (7, Kind::ComeBack),
    (4, Kind::Save),
    (4, Kind::Sending),
    (5, Kind::Release),
    (2, Kind::Leave),
    (2, Kind::SyncClock),
    (1, Kind::SetClock),
    (10, Kind::Forge),
];

/// Where there are layers, what they have to live with.
const KINDS_BESIDE_LAYERS: [(u32, Kind); 17] = [
    (75, Kind::Layers),
    (5, Kind::Invite),
    (6, Kind::Move(Move::Answer)),
    (2, Kind::Move(Move::Cancel)),
    (2, Kind::Move(Move::Modify)),
    (1, Kind::Move(Move::Push)),
    (2, Kind::Race),
    (1, Kind::Nonsense),
    (4, Kind::GoAway),
    (6, Kind::ComeBack),
    (4, Kind::Save),
    (3, Kind::Sending),
    (4, Kind::Release),
    (2, Kind::Leave),
    (1, Kind::SyncClock),
    (1, Kind::SetClock),
    (3, Kind::Forge),
];

impl Planner<'_, '_> {
    /// Somebody does something; what makes no sense at this point is left out.
    pub(super) fn act(&mut self) {
        let kinds: &[_] = if self.has_layers() { &KINDS_BESIDE_LAYERS } else { &KINDS };
        let Some(kind) = self.dice.weighted(kinds) else { return };
        let done = match kind {
            Kind::Invite => self.invite(),
            Kind::Move(a_move) => self.an_invitation().and_then(|one| self.play(a_move, &one)),
            Kind::Race => self.race(),
            Kind::Flood => self.flood(),
            Kind::Kill => self.kill(),
            Kind::Nonsense => self.talk_nonsense(),
            Kind::GoAway => self.go_away(),
            Kind::ComeBack => self.come_back(),
            Kind::Save => self.somebody().map(|peer| self.step(&peer, Act::Save)),
            Kind::Sending => self.set_sending(),
            Kind::Release => self.release(),
            Kind::Leave => self.leave(),
            Kind::SyncClock => self.somebody().map(|peer| self.step(&peer, Act::SyncClock)),
            Kind::SetClock => self.set_clock(),
            Kind::Forge => self.forge(),
            Kind::Layers => self.use_a_layer(),
        };
        let _ = done;
    }

    fn use_a_layer(&mut self) -> Option<()> {
        let doing = *self.dice.pick(&self.doings)?;
        (doing.act)(self)
    }

    fn invite(&mut self) -> Option<()> {
        let peer = self.somebody()?;
        let inviter = user_of(&peer).to_string();
        let groups: Vec<(String, Vec<String>)> = self.groups.clone().into_iter().collect();
        let in_group = self.dice.chance(50).then(|| self.dice.pick(&groups).cloned()).flatten();
        let others = in_group.as_ref().map_or_else(|| self.users(), |(_, members)| members.clone());
        let others: Vec<String> = others.into_iter().filter(|user| *user != inviter).collect();
        let invitees = match &in_group {
            Some(_) => others.iter().filter(|_| self.dice.chance(60)).cloned().collect(),
            None => vec![self.dice.pick(&others)?.clone()],
        };
        let invitation = Invitation {
            name: self.new_name(),
            inviter,
            group: in_group.map(|(group, _)| group),
            invitees,
            timeout: self.dice.weighted(&TIMEOUTS).unwrap_or(10),
            made_at: self.now,
        };
        let mut options = Options {
            timeout: invitation.timeout,
            data: self.data(),
            online_user_only: self.dice.chance(8),
            ..Options::default()
        };
        let method = match &invitation.group {
            Some(group) => {
                options.group_id.clone_from(group);
                options.invitee_list.clone_from(&invitation.invitees);
                Method::InviteInGroup
            }
            None => {
                options.user_id = invitation.invitees.first()?.clone();
                Method::Invite
            }
        };
        let (options, names) = (Box::new(options), Some(invitation.name.clone()));
        self.invitations.push(invitation);
        self.step(&peer, Act::Call { method, options, invitation: None, names });
        Some(())
    }

    /// Mostly one that may still be open.
    fn an_invitation(&mut self) -> Option<Invitation> {
        let now = self.now;
        let open: Vec<&Invitation> = self.invitations.iter().filter(|one| one.may_be_open(now)).collect();
        let is_open = !open.is_empty() && self.dice.chance(85);
        if is_open { self.dice.pick(&open).copied().cloned() } else { self.dice.pick(&self.invitations).cloned() }
    }

    fn play(&mut self, a_move: Move, invitation: &Invitation) -> Option<()> {
        match a_move {
            Move::Answer => self.answer(invitation),
            Move::Cancel => self.call_as_inviter(Method::Cancel, invitation),
            Move::Modify => self.call_as_inviter(Method::ModifyInvitation, invitation),
            Move::Dismiss => self.dismiss(invitation),
            Move::Push => self.push(invitation),
            Move::Leave => self.leave(),
        }
    }

    fn answer(&mut self, invitation: &Invitation) -> Option<()> {
        let peer = if self.dice.chance(92) { self.one_of(&invitation.invitees)? } else { self.somebody()? };
        let method = if self.dice.chance(65) { Method::Accept } else { Method::Reject };
        let data = self.data();
        self.call(&peer, method, invitation, Options { data, ..Options::default() });
        Some(())
    }

    fn call_as_inviter(&mut self, method: Method, invitation: &Invitation) -> Option<()> {
        let inviter = invitation.inviter.clone();
        let peer = if self.dice.chance(92) { self.one_of(&[inviter])? } else { self.somebody()? };
        let is_new = method == Method::ModifyInvitation && self.dice.chance(90);
        let data = if is_new { self.steps.len().to_string() } else { self.data() };
        self.call(&peer, method, invitation, Options { data, ..Options::default() });
        Some(())
    }

    /// Several do something about the same invitation before they hear of each other.
    fn race(&mut self) -> Option<()> {
        let invitation = self.an_invitation()?;
        if self.dice.chance(30) {
            self.set_sending();
        }
        for _ in 0..self.dice.between(2, 4) {
            self.now = self.now.saturating_add(self.dice.below(60).into());
            let a_move =
                self.dice.weighted(&[(6, Move::Answer), (2, Move::Cancel), (2, Move::Modify), (1, Move::Leave)])?;
            let _ = self.play(a_move, &invitation);
        }
        Some(())
    }

    /// More invitations at once than one may make.
    fn flood(&mut self) -> Option<()> {
        (0..8).try_for_each(|_| self.invite())
    }

    fn dismiss(&mut self, invitation: &Invitation) -> Option<()> {
        let peer = if self.dice.chance(80) { self.one_of(&invitation.invitees)? } else { self.somebody()? };
        self.call(&peer, Method::Dismiss, invitation, Options::default());
        Some(())
    }

    /// A push tells of an invitation, before its message or after.
    fn push(&mut self, invitation: &Invitation) -> Option<()> {
        let peer = self.one_of(&invitation.invitees)?;
        let options = Options {
            inviter: Some(invitation.inviter.as_str().into()),
            group_id: invitation.group.clone().unwrap_or_default(),
            timeout: invitation.timeout,
            data: "call".into(),
            ..Options::default()
        };
        self.call(&peer, Method::AddInvitedSignaling, invitation, options);
        Some(())
    }

    fn call(&mut self, peer: &str, method: Method, of: &Invitation, options: Options) {
        let (options, invitation) = (Box::new(options), Some(of.name.clone()));
        self.step(peer, Act::Call { method, options, invitation, names: None });
    }

    fn go_away(&mut self) -> Option<()> {
        let peer = self.somebody()?;
        let how = [(3, Presence::Offline), (2, Presence::Asleep), (2, Presence::Crashed)];
        let presence = self.dice.weighted(&how)?;
        let act = match presence {
            Presence::Asleep => Act::Sleep,
            Presence::Crashed => Act::Crash,
            Presence::Offline | Presence::Here => Act::Offline,
        };
        self.step(&peer, act);
        self.set_presence(&peer, presence);
        Some(())
    }

    /// An app that saves first is killed when it has sent something, and has not heard of it.
    fn kill(&mut self) -> Option<()> {
        let invitation = self.an_invitation()?;
        let peer = self.one_of(&invitation.invitees)?;
        if !self.steps.iter().any(|step| step.peer == peer && step.act == Act::SaveFirst(true)) {
            return None;
        }
        self.step(&peer, Act::Sending(SendingMode::Hold));
        let method = if self.dice.chance(65) { Method::Accept } else { Method::Reject };
        self.call(&peer, method, &invitation, Options::default());
        self.step(&peer, Act::Crash);
        self.set_presence(&peer, Presence::Crashed);
        Some(())
    }

    fn come_back(&mut self) -> Option<()> {
        let away: Vec<String> =
            self.peers.iter().filter(|peer| peer.presence != Presence::Here).map(|peer| peer.name.clone()).collect();
        let peer = self.dice.pick(&away)?.clone();
        let start = start(self.dice);
        self.step(&peer, Act::Online(start));
        self.set_presence(&peer, Presence::Here);
        Some(())
    }

    fn set_sending(&mut self) -> Option<()> {
        let peer = self.somebody()?;
        let modes = [(3, SendingMode::Ok), (2, SendingMode::Fail), (2, SendingMode::Hold), (2, SendingMode::Stall)];
        let mode = self.dice.weighted(&modes)?;
        self.step(&peer, Act::Sending(mode));
        Some(())
    }

    /// What the service took it cannot refuse.
    fn release(&mut self) -> Option<()> {
        let peer = self.somebody()?;
        let held = self.steps.iter().any(|step| step.peer == peer && step.act == Act::Sending(SendingMode::Hold));
        let fates =
            [(3, Fate::Ok), (if held { 0 } else { 2 }, Fate::Fail), (if self.is_lossy { 2 } else { 0 }, Fate::Unknown)];
        let fate = self.dice.weighted(&fates)?;
        self.step(&peer, Act::Release(fate));
        Some(())
    }

    fn leave(&mut self) -> Option<()> {
        let groups: Vec<String> = self.groups.keys().cloned().collect();
        let group = self.dice.pick(&groups)?.clone();
        let peer = self.one_of(&self.groups.get(&group)?.clone())?;
        let user = user_of(&peer).to_string();
        let has_left = |act: &Act| *act == Act::Leave(group.clone());
        if self.steps.iter().any(|step| user_of(&step.peer) == user && has_left(&step.act)) {
            return None;
        }
        self.step(&peer, Act::Leave(group));
        Some(())
    }

    /// By little: an engine whose clock went back waits until it is later than it was.
    fn set_clock(&mut self) -> Option<()> {
        let name = self.somebody()?;
        let by = self.dice.weighted(&[(1, 4_000), (1, -4_000), (1, 60_000), (1, -30_000)])?;
        let peer = self.peers.iter_mut().find(|peer| peer.name == name)?;
        peer.skew_ms = peer.skew_ms.saturating_add(by);
        let skew_ms = peer.skew_ms;
        self.step(&name, Act::SetClock { skew_ms });
        Some(())
    }

    /// The app's own words; seldom more than there is room for.
    pub(super) fn data(&mut self) -> String {
        let length = self.dice.weighted(&[(96, 0), (3, 290), (1, 13_000)]).unwrap_or(0);
        if length > 0 { "x".repeat(length) } else { self.dice.weighted(&DATA).unwrap_or("").into() }
    }

    /// What no app should do.
    fn talk_nonsense(&mut self) -> Option<()> {
        let peer = self.somebody()?;
        let me = user_of(&peer).to_string();
        let group = self.groups.keys().next().cloned().unwrap_or_default();
        let to = |user_id: &str| Options { user_id: user_id.into(), timeout: 5, ..Options::default() };
        let among = |list: &[&str]| {
            let invitee_list = list.iter().map(|user| (*user).into()).collect();
            Options { group_id: group.clone(), invitee_list, timeout: 5, ..Options::default() }
        };
        let pushed = |inviter: &str, id: &str, timeout| Options {
            inviter: Some(inviter.into()),
            invite_id: id.into(),
            timeout,
            ..Options::default()
        };
        let long = "x".repeat(200);
        let nonsense = vec![
            (Method::Invite, to("")),
            (Method::Invite, to(&me)),
            (Method::Invite, to(&long)),
            (Method::Invite, Options { timeout: 90_000, ..to("bob") }),
            (Method::Invite, Options { data: "x".repeat(13_000), ..to(HOSTILE) }),
            (Method::InviteInGroup, among(&[])),
            (Method::InviteInGroup, among(&["bob", "bob", "carol", "alice"])),
            (Method::InviteInGroup, Options { group_id: String::new(), ..among(&["dave"]) }),
            (Method::InviteInGroup, among(&["u1", "u2", "u3", "u4", "u5"])),
            (Method::Accept, Options { invite_id: "nobody's".into(), ..Options::default() }),
            (Method::AddInvitedSignaling, pushed(&me, "a", 5)),
            (Method::AddInvitedSignaling, pushed("", "a", 5)),
            (Method::AddInvitedSignaling, pushed("erin", &long, 5)),
            (Method::AddInvitedSignaling, pushed(&long, "a", 5)),
            (Method::AddInvitedSignaling, pushed("erin", "a", 90_000)),
            (Method::AddInvitedSignaling, Options { data: long.repeat(70), ..pushed("erin", "a", 5) }),
            (Method::AddInvitedSignaling, pushed("erin", "a", 5)),
        ];
        let (method, options) = self.dice.pick(&nonsense)?.clone();
        self.step(&peer, Act::Call { method, options: Box::new(options), invitation: None, names: None });
        Some(())
    }
}
