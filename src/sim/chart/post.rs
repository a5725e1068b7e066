//! Which message reached whom: every send of a trace as arrows, one for each moment at which it arrives.

use alloc::borrow::ToOwned as _;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::super::command::{ConversationType, Message, SendingMode};
use super::super::intake::In;
use super::super::printable::printable;
use super::super::trace::{Trace, What};
use super::calls::Called;
use super::model::{Arrow, End, Head, Lane, Life};
use super::presence::Presence;
use super::words::{self, Numbers, Payload, text_of};

/// A message, as both ends of its way know it.
struct Parcel {
    id: String,
    from: String,
    to: String,
    in_group: bool,
    online_user_only: bool,
    data: String,
    /// Whether it is the edit of an earlier one.
    edits: bool,
}

/// A message that was sent, and what is known of its way.
struct Sent {
    event: usize,
    t: i64,
    lane: usize,
    parcel: Parcel,
    /// When it was taken in, and by whom.
    arrivals: Vec<(i64, usize)>,
    /// Who found it on coming back.
    found_by: BTreeSet<usize>,
    /// Whether it came from nobody in the trace.
    is_foreign: bool,
}

/// All messages of a trace.
pub(super) struct Post {
    pub(super) arrows: Vec<Arrow>,
    /// The arrows that leave, or land, at an event.
    pub(super) leaving: BTreeMap<usize, Vec<usize>>,
    pub(super) landing: BTreeMap<usize, Vec<usize>>,
}

impl Post {
    pub(super) fn new(trace: &Trace, presence: &Presence, calls: &[Called], numbers: &Numbers) -> Self {
        let mut sents: Vec<Sent> = Vec::new();
        let mut arrived: BTreeMap<(usize, i64), usize> = BTreeMap::new();
        for (at, event) in trace.events.iter().enumerate() {
            let Some(lane) = presence.lane(&event.peer) else { continue };
            match &event.what {
                What::Out(out) => sents.extend(sent(out).map(|parcel| Sent::new(at, event.t, lane, parcel))),
                What::In(In::Message(message)) => {
                    let sent = take_in(&mut sents, presence, at, (event.t, lane), Parcel::of(message, false));
                    arrived.entry((sent, event.t)).or_insert(at);
                }
                What::In(In::Modified(message)) => {
                    let sent = take_in(&mut sents, presence, at, (event.t, lane), Parcel::of(message, true));
                    arrived.entry((sent, event.t)).or_insert(at);
                }
                What::In(In::Online { messages, .. }) => {
                    for message in messages {
                        let same = sents.iter_mut().filter(|sent| message.id.as_ref() == Some(&sent.parcel.id));
                        same.for_each(|sent| _ = sent.found_by.insert(lane));
                    }
                }
                What::In(_) => {}
            }
        }
        let mut this = Self { arrows: Vec::new(), leaving: BTreeMap::new(), landing: BTreeMap::new() };
        for (index, sent) in sents.iter().enumerate() {
            for arrow in sent.arrows(trace, presence, calls, numbers) {
                let number = this.arrows.len();
                let landing = arrived.get(&(index, arrow.lands)).copied().unwrap_or(sent.event);
                this.leaving.entry(sent.event).or_default().push(number);
                this.landing.entry(landing).or_default().push(number);
                this.arrows.push(arrow);
            }
        }
        this
    }
}

fn sent(out: &Value) -> Option<Parcel> {
    let edits = out.get("modify").is_some();
    let message = out.get("send").or_else(|| out.get("modify"))?;
    Some(Parcel {
        id: text_of(message, "id").to_owned(),
        from: text_of(message, "from").to_owned(),
        to: text_of(message, "to").to_owned(),
        in_group: text_of(message, "conversationType") == "GROUP",
        online_user_only: message.get("onlineUserOnly").and_then(Value::as_bool) == Some(true),
        data: text_of(message, "data").to_owned(),
        edits,
    })
}

/// A message arrives: one that was sent in the trace, or one from outside. Returns which.
fn take_in(sents: &mut Vec<Sent>, presence: &Presence, event: usize, (t, lane): (i64, usize), parcel: Parcel) -> usize {
    let known = sents.iter().rposition(|sent| sent.is(&parcel));
    let index = known.unwrap_or(sents.len());
    if known.is_none() {
        let from = presence.lane_of(&parcel.from, lane).unwrap_or(lane);
        sents.push(Sent { is_foreign: true, ..Sent::new(event, t, from, parcel) });
    }
    if let Some(sent) = sents.get_mut(index) {
        sent.arrivals.push((t, lane));
    }
    index
}

impl Parcel {
    fn of(message: &Message, edits: bool) -> Self {
        Self {
            id: message.id.clone().unwrap_or_default(),
            from: message.from.as_str().to_owned(),
            to: message.to.clone(),
            in_group: message.conversation_type == ConversationType::Group,
            online_user_only: message.online_user_only,
            data: message.data.clone(),
            edits,
        }
    }
}

impl Sent {
    fn new(event: usize, t: i64, lane: usize, parcel: Parcel) -> Self {
        Self { event, t, lane, parcel, arrivals: Vec::new(), found_by: BTreeSet::new(), is_foreign: false }
    }

    /// Edits keep the id of the message: they are told apart by what they say.
    fn is(&self, parcel: &Parcel) -> bool {
        let own = &self.parcel;
        !parcel.id.is_empty()
            && own.id == parcel.id
            && own.from == parcel.from
            && own.edits == parcel.edits
            && (!own.edits || own.data == parcel.data)
    }

    /// One arrow for all who get it first, and those who get it later or never; one more for each later moment.
    fn arrows(&self, trace: &Trace, presence: &Presence, calls: &[Called], numbers: &Numbers) -> Vec<Arrow> {
        let mut moments: BTreeMap<i64, BTreeSet<usize>> = BTreeMap::new();
        for (t, lane) in &self.arrivals {
            moments.entry(*t).or_default().insert(*lane);
        }
        let mut arrows: Vec<_> = moments.iter().map(|(t, lanes)| self.arrow(*t, lanes, numbers)).collect();
        if arrows.is_empty() {
            arrows.push(self.arrow(self.t, &BTreeSet::new(), numbers));
        }
        if let Some(first) = arrows.first_mut() {
            let absent = self.absent(trace, presence);
            let refusal = self.refusal(presence, calls).filter(|_| first.heads.is_empty());
            complete(first, &absent, refusal);
        }
        self.mark_copies(&mut arrows);
        arrows
    }

    fn arrow(&self, lands: i64, lanes: &BTreeSet<usize>, numbers: &Numbers) -> Arrow {
        let payload = Payload::read(&self.parcel.data);
        let action = if self.parcel.edits { "modify".to_owned() } else { payload.action() };
        let mut what = format!("{action}{}", numbers.mark(&payload.invite_id));
        let speaker = payload.forged_as(&self.parcel.from).filter(|_| !self.parcel.edits);
        if let Some(name) = speaker {
            what = format!("forged: {what} as {}", printable(name));
        }
        let heads = lanes.iter().map(|lane| Head { lane: *lane, end: End::Arrives }).collect();
        Arrow {
            event: self.event,
            from: self.lane,
            leaves: self.t,
            lands,
            heads,
            what,
            data: payload.data(),
            fate: String::new(),
            is_forged: speaker.is_some(),
            is_copy: false,
        }
    }

    /// A lane that gets the same message once more.
    fn mark_copies(&self, arrows: &mut [Arrow]) {
        let mut seen = BTreeSet::new();
        for arrow in arrows {
            let is_copy = arrow.heads.iter().any(|head| head.end == End::Arrives && !seen.insert(head.lane));
            if is_copy {
                arrow.is_copy = true;
                "again".clone_into(&mut arrow.fate);
            }
        }
    }

    /// Who should have got it and did not take it in.
    fn absent(&self, trace: &Trace, presence: &Presence) -> Vec<Head> {
        if self.is_foreign {
            return Vec::new();
        }
        let got: BTreeSet<_> = self.arrivals.iter().map(|(_, lane)| *lane).collect();
        let arrives = self.t.saturating_add(trace.header.latency_ms);
        let lanes = presence
            .lanes
            .iter()
            .enumerate()
            .filter(|(at, lane)| *at != self.lane && !got.contains(at) && self.is_for(lane, trace, presence));
        let heads = lanes.filter_map(|(lane, _)| {
            let is_there = match presence.before(lane, self.event) {
                Life::Absent => return self.found_by.contains(&lane).then_some(Head { lane, end: End::Stored }),
                Life::Online => presence.at(lane, arrives) == Life::Online,
                Life::Offline | Life::Asleep | Life::Crashed => false,
            };
            let is_stored = self.found_by.contains(&lane) || (!is_there && !self.parcel.online_user_only);
            Some(Head { lane, end: if is_stored { End::Stored } else { End::Lost } })
        });
        heads.collect()
    }

    fn is_for(&self, lane: &Lane, trace: &Trace, presence: &Presence) -> bool {
        let user = lane.user();
        if self.parcel.in_group {
            let members = trace.header.groups.get(&self.parcel.to);
            members.is_some_and(|members| members.iter().any(|member| member == user))
        } else {
            user == self.parcel.to || user == presence.user(self.lane)
        }
    }

    /// Why the service did not take it, if it did not.
    fn refusal(&self, presence: &Presence, calls: &[Called]) -> Option<String> {
        let code = calls.iter().find(|call| call.send == Some(self.event)).map_or(0, |call| call.code);
        let refuses = presence.sending(self.lane, self.event) == SendingMode::Fail;
        match code {
            0 => refuses.then(|| "refused".to_owned()),
            code => Some(format!("refused {}", words::code(code))),
        }
    }
}

/// Adds the heads that do not arrive. Where all fare alike, that is said of the arrow.
fn complete(arrow: &mut Arrow, absent: &[Head], refusal: Option<String>) {
    if let Some(refusal) = refusal {
        arrow.heads = absent.iter().map(|head| Head { lane: head.lane, end: End::Refused }).collect();
        arrow.fate = refusal;
        return;
    }
    arrow.heads.extend(absent);
    arrow.heads.sort_by_key(|head| head.lane);
    let mut ends = arrow.heads.iter().filter(|head| head.lane != arrow.from).map(|head| head.end);
    if let Some(end) = ends.next().filter(|first| ends.all(|end| end == *first)) {
        end.word().clone_into(&mut arrow.fate);
    }
}
