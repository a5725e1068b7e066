//! What friends do meanwhile: short calls in both directions, each to its end, and what each must come to.

use std::collections::{BTreeMap, VecDeque};

use convoke::{Callback, Conversation, Inbound, InvitationKey, Invite, Outcome};

use super::enemy::{ME, ROOM, said};

/// How many friends there are.
const FRIENDS: u64 = 8;
/// How often one of them calls or is called.
const PAUSE_MS: i64 = 7_000;
/// How often somebody calls with whom the user has had nothing to do.
const NEWCOMER_PAUSE_MS: i64 = 61_000;
/// When all that was said is said again, counted from the beginning; with its stamp, and among friends without it too.
const REPLAYS_MS: [(i64, bool); 3] = [(60_000, true), (300_000, false), (570_000, true)];
/// The life of a tombstone, at least.
const REMEMBERED_MS: i64 = 600_000;
/// How many invitations an enemy looks back on.
const SEEN: usize = 64;

/// What a friend or the user does in the course of an invitation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Act {
    Invite,
    Accept,
    Reject,
    Cancel,
    /// The friend says this.
    Hear(u8),
    /// Everything that was said comes again.
    Replay(bool),
    Retire,
}

/// A course: who invites, what is done when, and what it comes to.
#[derive(PartialEq)]
struct Plan {
    name: &'static str,
    timeout: u32,
    acts: &'static [(i64, Act)],
    rings: u32,
    outcome: Outcome,
}

const fn plan(name: &'static str, timeout: u32, acts: &'static [(i64, Act)], rings: u32, outcome: Outcome) -> Plan {
    Plan { name, timeout, acts, rings, outcome }
}

static PLANS: [Plan; 9] = [
    plan("accepts a call", 30, &[(0, Act::Hear(1)), (3_000, Act::Accept)], 1, Outcome::Accepted),
    plan("calls, is accepted", 30, &[(0, Act::Invite), (3_000, Act::Hear(3))], 0, Outcome::Accepted),
    plan("rejects a call", 30, &[(0, Act::Hear(1)), (3_000, Act::Reject)], 1, Outcome::Rejected),
    plan("calls, is rejected", 30, &[(0, Act::Invite), (3_000, Act::Hear(4))], 0, Outcome::Rejected),
    plan("is called, it is cancelled", 30, &[(0, Act::Hear(1)), (5_000, Act::Hear(2))], 1, Outcome::Cancelled),
    plan("calls, cancels", 30, &[(0, Act::Invite), (5_000, Act::Cancel)], 0, Outcome::Cancelled),
    plan("lets a call time out", 10, &[(0, Act::Hear(1))], 1, Outcome::TimedOut),
    plan("calls in vain", 10, &[(0, Act::Invite)], 0, Outcome::TimedOut),
    plan("is called, the cancel comes first", 30, &[(0, Act::Hear(2)), (2_000, Act::Hear(1))], 0, Outcome::Cancelled),
];

static ENDLESS: Plan =
    plan("accepts without a timeout", 0, &[(0, Act::Hear(1)), (20_000, Act::Accept)], 1, Outcome::Accepted);
static NEWCOMER: Plan =
    plan("rejects a newcomer's call", 30, &[(0, Act::Hear(1)), (3_000, Act::Reject)], 1, Outcome::Rejected);

/// How many courses were run, and how many went as they should.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count {
    pub(crate) run: u64,
    pub(crate) served: u64,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) friends: Count,
    pub(crate) newcomers: Count,
    pub(crate) replays: u64,
    /// Friendly invitations that rang more often than once.
    pub(crate) rang_again: u64,
    /// The first few things that went wrong among friends.
    pub(crate) troubles: Vec<String>,
}

/// One invitation among friends, and what the user was told of it.
pub(crate) struct Course {
    plan: &'static Plan,
    pub(crate) friend: String,
    pub(crate) place: Conversation,
    pub(crate) key: Option<InvitationKey>,
    /// All that was said, as it came in.
    pub(crate) said: Vec<Inbound>,
    rings: u32,
    ends: Vec<Outcome>,
    /// What the engine did not take.
    pub(crate) complaint: Option<String>,
}

impl Course {
    /// An invite to the friend.
    pub(crate) fn invite(&self) -> Invite {
        let invite = match &self.place {
            Conversation::C2c(friend) => Invite::to(friend.clone()),
            Conversation::Group(group) => Invite::in_group(group.clone(), [&*self.friend]),
        };
        invite.timeout(self.plan.timeout).data("hello")
    }

    /// What the friend says, at this moment of the service's clock.
    pub(crate) fn say(&mut self, kind: u8, server_ms: i64) -> Option<Inbound> {
        let key = self.key.as_ref()?;
        let timeout = if kind == 1 { self.plan.timeout } else { 0 };
        let invitee = if key.inviter() == ME { &self.friend } else { ME };
        let name = (key.invite_id().as_str(), key.inviter().as_str());
        let (timeout, invitee) = (timeout.to_string(), format!(r#""{invitee}""#));
        let message = said(&self.friend, self.place.clone(), kind, name, &timeout, &invitee, "hello");
        let message = message.stamped(server_ms, format!("{}-{kind}", key.invite_id().as_str()));
        self.said.push(message.clone());
        Some(message)
    }

    pub(crate) fn told(&mut self, callback: &Callback) {
        if let Callback::NewInvitation { .. } = callback {
            self.rings += 1;
        } else if let Callback::Ended { outcomes, .. } = callback {
            self.ends.extend(outcomes.iter().map(|(_, outcome)| *outcome));
        }
    }

    /// What went wrong, if anything did.
    fn trouble(&self) -> Option<String> {
        let Plan { name, rings, outcome, .. } = *self.plan;
        let is_as_planned = self.rings == rings && self.ends == [outcome] && self.complaint.is_none();
        let (friend, rings, ends) = (&self.friend, self.rings, &self.ends);
        let complaint = self.complaint.as_deref().unwrap_or_default();
        (!is_as_planned).then(|| format!("{name} ({friend}): rang {rings} times, ended {ends:?} {complaint}"))
    }
}

#[derive(Default)]
pub(crate) struct Friends {
    agenda: BTreeMap<(i64, u64), (u64, Act)>,
    planned: u64,
    courses: BTreeMap<u64, Course>,
    names: BTreeMap<InvitationKey, u64>,
    begun: u64,
    calls: u64,
    next_call: i64,
    next_newcomer: i64,
    pub(crate) seen: VecDeque<InvitationKey>,
    pub(crate) tally: Tally,
}

impl Friends {
    /// The user calls each friend, and then it goes on.
    pub(crate) fn new(from: i64) -> Self {
        let mut friends = Self { next_call: from + 30_000, next_newcomer: from + NEWCOMER_PAUSE_MS, ..Self::default() };
        for n in 0..FRIENDS {
            let friend = format!("friend{n}");
            let place = Conversation::C2c((&*friend).into());
            friends.begin(&PLANS[1], friend, place, from);
        }
        friends
    }

    /// What is to be done by now, first of all. Courses that the run is too short for are not counted.
    pub(crate) fn due(&mut self, now: i64) -> Option<(i64, u64, Act)> {
        while self.next_call <= now {
            let (n, at) = (self.calls, self.next_call);
            let plan = if n % 300 == 20 { &ENDLESS } else { &PLANS[(n % 9) as usize] };
            let friend = format!("friend{}", n % FRIENDS);
            let is_in_group = (n / 9).is_multiple_of(3);
            let place =
                if is_in_group { Conversation::Group(ROOM.into()) } else { Conversation::C2c((&*friend).into()) };
            self.begin(plan, friend, place, at);
            self.calls += 1;
            self.next_call += PAUSE_MS;
        }
        while self.next_newcomer <= now {
            let (name, at) = (format!("newcomer{}", self.begun), self.next_newcomer);
            let place = Conversation::C2c((&*name).into());
            self.begin(&NEWCOMER, name, place, at);
            self.next_newcomer += NEWCOMER_PAUSE_MS;
        }
        let (&(at, _), _) = self.agenda.first_key_value().filter(|((at, _), _)| *at <= now)?;
        let (_, (course, act)) = self.agenda.pop_first()?;
        Some((at, course, act))
    }

    fn begin(&mut self, plan: &'static Plan, friend: String, place: Conversation, at: i64) {
        let id = self.begun;
        self.begun += 1;
        let course =
            Course { plan, friend, place, key: None, said: Vec::new(), rings: 0, ends: Vec::new(), complaint: None };
        self.courses.insert(id, course);
        if !matches!(plan.acts[0], (_, Act::Invite)) {
            let course = &self.courses[&id];
            let key = InvitationKey::new(&*course.friend, format!("call-{id}"), course.place.clone());
            self.name(id, key);
        }
        let is_newcomer = *plan == NEWCOMER;
        let replays = REPLAYS_MS.map(|(after, is_stamped)| (after, Act::Replay(is_stamped || is_newcomer)));
        let acts = plan.acts.iter().copied().chain(replays).chain([(REMEMBERED_MS - 1_000, Act::Retire)]);
        for (after, act) in acts {
            self.agenda.insert((at + after, self.planned), (id, act));
            self.planned += 1;
        }
    }

    /// The course's invitation has this name from now on; enemies see it.
    pub(crate) fn name(&mut self, id: u64, key: InvitationKey) {
        if self.seen.len() == SEEN {
            self.seen.pop_front();
        }
        self.seen.push_back(key.clone());
        self.names.insert(key.clone(), id);
        if let Some(course) = self.courses.get_mut(&id) {
            course.key = Some(key);
        }
    }

    pub(crate) fn course(&mut self, id: u64) -> Option<&mut Course> {
        self.courses.get_mut(&id)
    }

    /// The course whose invitation this is, if it is one among friends.
    pub(crate) fn of(&mut self, key: &InvitationKey) -> Option<&mut Course> {
        self.courses.get_mut(self.names.get(key)?)
    }

    /// Counts a course that is over, and forgets it.
    pub(crate) fn retire(&mut self, id: u64) {
        let Some(course) = self.courses.remove(&id) else {
            return;
        };
        if let Some(key) = &course.key {
            self.names.remove(key);
        }
        let (trouble, tally) = (course.trouble(), &mut self.tally);
        let is_newcomer = *course.plan == NEWCOMER;
        let count = if is_newcomer { &mut tally.newcomers } else { &mut tally.friends };
        count.run += 1;
        count.served += u64::from(trouble.is_none());
        tally.rang_again += u64::from(course.rings > 1);
        tally.troubles.extend(trouble.filter(|_| !is_newcomer && tally.troubles.len() < 3));
    }
}
