//! When an invitee answered, by the service's stamps (`C4`): for all the same order, such as that of raised hands.

use alloc::boxed::Box;

use serde::{Deserialize, Serialize};

use crate::callback::Answer;
use crate::message::Stamp;

/// The smallest stamp of each answer, as somebody may have given it on several devices, and nobody knows which copy comes first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Answers(Option<Box<Stamps>>);

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Stamps {
    accept: Option<Stamp>,
    reject: Option<Stamp>,
}

impl Answers {
    /// An answer was taken by the service under this stamp; says whether it is earlier than all that is known.
    pub(crate) fn note(&mut self, answer: Answer, stamp: &Stamp) -> bool {
        let is_earlier = self.first(answer).is_none_or(|first| stamp < first);
        if is_earlier {
            let stamps = self.0.get_or_insert_default();
            let known = match answer {
                Answer::Accept => &mut stamps.accept,
                Answer::Reject => &mut stamps.reject,
            };
            *known = Some(stamp.clone());
        }
        is_earlier
    }

    pub(crate) fn first(&self, answer: Answer) -> Option<&Stamp> {
        let stamps = self.0.as_ref()?;
        match answer {
            Answer::Accept => stamps.accept.as_ref(),
            Answer::Reject => stamps.reject.as_ref(),
        }
    }
}
