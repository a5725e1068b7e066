//! What must hold, whatever happens: of each call of an engine, of each state, of each thing that an app is told, and in the end of all
//! who took part. A function a law. `convoke check` and the fuzz targets ask them after every step; random worlds ask those that take long
//! now and then.

mod agreement;
mod call;
mod end;
mod facts;
mod hidden;
mod layers;
mod ledger;
mod operation;
mod output;
mod reach;
pub(crate) mod reference;
mod state;
mod tally;
mod telling;
mod watched;

use alloc::string::String;
use core::fmt;

pub use self::agreement::Agreement;
pub(crate) use self::end::{OF_THE_END, OF_THE_SETTLED, Party, PartyLaw};
pub(crate) use self::layers::{
    Attendance, Attendant, Claims, Decision, LayerWatch, OF_CALLS_HUNG_UP, OF_CALLS_OVER, OF_CALLS_SETTLED,
    OF_ROOMS_OVER, OF_ROOMS_SETTLED, Parting, Phone, Recorded, Standing,
};
pub use self::tally::Tally;
pub(crate) use self::watched::{Saved, Watched};

macro_rules! laws {
    ($($(#[doc = $says:literal])+ $law:ident $rule:literal,)+) => {
        /// Something that must hold, whatever happens.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Law {
            $($(#[doc = $says])+ $law,)+
        }

        impl Law {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$law),+];

            /// The rule of the protocol that it is about.
            #[must_use]
            pub fn rule(self) -> &'static str {
                match self {
                    $(Self::$law => $rule,)+
                }
            }

            /// Its name, as the variant's.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$law => stringify!($law),)+
                }
            }
        }
    };
}

laws! {
    /// A call that returned an error has left the engine equal.
    FailureChangesNothing "O6",
    /// So has a message that was refused, or malformed, or said nothing new, or is not signaling.
    RefusalChangesNothing "R7",
    /// An operation is done where the rules allow it, and else fails for the reason that there is.
    OperationsAreJudgedRight "O2",
    /// Of an operation that the service refuses nothing is left.
    RefusedWasNever "O7",
    /// A message that is handed in a second time changes nothing.
    DuplicateChangesNothing "R5",
    /// Who may not say it is not heard, whatever id they name.
    StrangersArePowerless "R4",
    /// One late tick does what many small ones would have done.
    LateTickIsManySmallOnes "T2",
    /// A call does first what is due by then.
    DueComesFirst "T1",
    /// A second tick does nothing, nor does one with a clock that went back.
    SecondTickIsNone "T1",
    /// Before the moment that `wake` names nothing happens, and at that moment something does.
    WakeIsExact "T3",
    /// What grows stays within its limit, and what is open within that of each sender.
    LimitsHold "W9",
    /// So does, for each sender, what is kept, and what came early.
    SendersKeepTheirShare "W9",
    /// Nobody is pending after the deadline and twice the grace.
    NothingIsOverdue "C6",
    /// Until the history is handed in, no deadline fires.
    CatchUpWaits "A7",
    /// The order of a batch does not matter.
    BatchHasNoOrder "A3",
    /// Restored from a snapshot, the engine goes on as if it had never stopped.
    SnapshotIsInvisible "A4",
    /// Restored with a clock that was set back, it waits no longer.
    SetBackFreezesNothing "A4",
    /// Equality, hash and the bytes of the snapshot say the same.
    EqualIsEqual "A4",
    /// No token is given twice, not even by an engine that was restored from an older snapshot.
    TokensAreNew "O7",
    /// An engine states only what its user may state.
    SpeaksForItself "R4",
    /// A cancel or time-out of the inviter lists nobody who is known to have answered.
    ListsThePending "C2",
    /// Of the inviter's devices only the one that sent the invite sends the time-out.
    SenderTimesOut "C5",
    /// What is said of an invitation for online users only is for them only.
    OnlineOnlyStaysSo "W5",
    /// Without a timeout nobody runs out of time.
    EndlessNeverTimesOut "T4",
    /// It rings only for others' invitations, and while somebody is asked.
    RingsInTime "A2",
    /// An invitation rings once, and not after anything else was told of it: so never after its end, nor after it was dismissed.
    RingsOnce "R5",
    /// Of an invitee the app is told once, and again only as a revision, which changes yes and no.
    ToldOnce "C3",
    /// The last word about an invitee agrees with what can be read on accepted or not.
    ToldTrue "C6",
    /// It ends once, with everybody settled for good; only revisions come after that.
    EndsOnce "C7",
    /// Who was told of an invitation is told of its end before it is forgotten.
    EndIsTold "C7",
    /// It holds and tells what the rules come to when they are stated a second time.
    AgreesWithTheReference "C1",
    /// The same inputs give the same replies, outputs and state.
    ReplayIsTheSame "T1",
    /// Who holds an invitation in the end holds the same of every invitee.
    AllAgree "C6",
    /// Who answered when is the same for all others who know it.
    AnswersHaveOneStamp "C4",
    /// Who has no other device, and has forgotten nothing, is told of nothing that another device did.
    NobodyElseIsElsewhere "C4",
    /// Not all devices of a user are told that another one has the call.
    OneHasTheCall "C4",
    /// In the end nothing is open, and nothing in flight.
    AllIsQuiet "C7",
    /// Nothing is kept for ever.
    AllIsForgotten "R5",
    /// Polled dry, the layers wait for a moment to come.
    LayersComeToRest "T3",
    /// The app is told all that the engine tells of invitations that are no layer's, in that order, and nothing of those that are.
    OthersPassBy "W6",
    /// Each call is told one end, and nothing after it.
    CallsEndOnce "K12",
    /// Of a device no two calls go on.
    OneCallADevice "K4",
    /// What the app was told last of a call agrees with what can be read.
    CallsAreAsTold "K1",
    /// When time has run out a call is connected or over; when everybody has hung up, over; and then nothing is due.
    CallsComeToAnEnd "K1",
    /// Who is connected is so with somebody, and whoever is shown in the room is there.
    NobodyIsConnectedAlone "K9",
    /// Of calls that are over no engine holds an open invitation.
    NothingIsLeftOfCalls "K1",
    /// Where nothing was kept from either of two, both say that it was answered, or not, and for how long they were in it.
    BothEndsAgree "K8",
    /// Who has no other device, and has forgotten nothing, is told of no answer elsewhere.
    NobodyElseAnswered "K12",
    /// What the app was told of rounds, hands and speakers agrees with what can be read.
    ClassIsAsTold "H2",
    /// All members see the same rounds, hands and speakers, where no message was lost.
    ClassesAgree "H4",
    /// When all is over no round goes on, nobody speaks, and nothing is due in a class or a room with seats.
    RoomsEnd "H2",
    /// What the app was told of a seat agrees with what can be read.
    SeatsAreAsTold "M1",
    /// All who are in the room see the seats as the group's attributes say.
    SeatsAgree "M6",
    /// Nobody gets onto a seat on which somebody is, and nobody is on two.
    ASeatIsGivenOnce "M1",
    /// Of an application all were told the same in the end: who accepted it, or that nobody did.
    DecisionsAgree "M2",
    /// When time has run out nobody asks for a seat any more, and nothing is to be written.
    RequestsComeToAnEnd "M2",
    /// Who has left the room is on no seat, if somebody was there to free it.
    WhoLeavesFreesTheirSeat "M4",
}

impl Law {
    /// Whether it is about what was told before, of which a forged snapshot says what it likes.
    pub(crate) fn is_about_the_past(self) -> bool {
        use Law::{EndIsTold, EndsOnce, RingsOnce, SenderTimesOut, ToldOnce, ToldTrue};
        matches!(self, RingsOnce | ToldOnce | ToldTrue | EndsOnce | EndIsTold | SenderTimesOut)
    }
}

/// A law that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Broken {
    /// Which law.
    pub law: Law,
    /// By what.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({}): {}", self.law, self.law.rule(), self.what)
    }
}

/// Whether a law had anything to say, and if so, that it holds; or how it is broken.
pub(crate) type Ruling = Result<bool, String>;
