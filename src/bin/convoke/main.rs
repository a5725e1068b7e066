//! The `convoke` command: signaling seen from outside, for people and for scripts.
//!
//! It reads files and standard input, and writes standard output and error; the library does neither.

mod check;
mod decode;
mod draw;
mod pipe;
mod replay;
mod run;
mod terminal;

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use convoke::sim::{Scenario, Trace, printable};

/// Look at, replay and speak V2TIM signaling.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Arguments),
    Check(check::Arguments),
    Draw(draw::Arguments),
    Replay(replay::Arguments),
    /// Run engines for another program: one JSON command a line on standard input, answers on standard output.
    ///
    /// Each command is answered by zero or more lines and then `{"done": OP, "nextTimer": MS or null}`; one that makes no sense
    /// by an `error` line before that, and it changes nothing. The exit code is 0 at the end of the input.
    ///
    /// `tag` is the caller's own word, and comes back with the result of the call. The commands:
    ///
    /// hello {startMs?, profile?: "web" or "default", layers?}, new {peer, skewMs?, layers?}, call {peer, method, options, tag?},
    /// deliver {peer, message}, modified {peer, message}, sending {peer, mode: "ok", "fail", "hold" or "stall"},
    /// release {peer, outcome}, sync {peer, kind: "cold" or "hot", messages}, catch_up {peer}, member_left {peer, groupID, user},
    /// sync_clock {peer, serverMs}, advance {ms or toMs}, live {peer}, info {peer, message}, outcomes {peer, inviteID},
    /// snapshot {peer}, restore {peer, snapshot, layers?, skewMs?}, app {peer, app}. What `restore` takes as `snapshot` and `layers` is
    /// what `snapshot` gave.
    ///
    /// In: {"op":"new","peer":"alice"}   Out: {"done":"new","nextTimer":null}
    ///
    /// A message is {from, to, conversationType: "C2C" or "GROUP", data, time? (s) or timeMs?, id?, onlineUserOnly?,
    /// cloudCustomData?}. Methods: invite, inviteInGroup, accept, reject, cancel, modifyInvitation, addInvitedSignaling, dismiss.
    ///
    /// With layers {"calls": {}} a peer makes calls of invitations, and tells of them instead, as {t, peer, call: EVENT}. Its user and its
    /// media host do one of "answer", "decline", "hangUp", {"dial": {to, media: "audio" or "video", room, group?}},
    /// {"inviteMore": USERS}, {"join": {group, media, room}}, {"switch": MEDIA}, {"answerSwitch": BOOL}, {"setBusy": BOOL},
    /// {"media": "localEntered", "localFailed", {"remoteEntered": USER} or {"remoteLeft": USER}}. What is not possible is answered by
    /// {t, peer, refused: WHY}.
    ///
    /// With layers {"classroom": {"group": GROUP, config?}} a peer is in the class of that group, and tells of it as {t, peer, class: EVENT}.
    /// Its user does {"class": DEED}: {"ask": {students, timeS}}, {"lower": {teacher, who}}, {"grant": {student, timeS}}, or one of
    /// "raise", "decline", "lowerAll", "close", "acceptSpeech", "declineSpeech" with the teacher's name, "withdraw" and "stop" with the
    /// student's.
    ///
    /// With layers {"seats": {"room": GROUP, "config": {"owner": USER}}} a peer is in that room, and tells of its seats as {t, peer, seat: EVENT}.
    /// Its user and its store do {"seat": DEED}, as docs/scenarios/README.md has them.
    #[command(verbatim_doc_comment)]
    Pipe,
    Decode(decode::Arguments),
}

/// How a command ends that could do its work: the answer is yes or no.
enum Verdict {
    Yes,
    No,
}

/// Why a command could not do its work: one sentence with the place and the cause.
enum Failure {
    /// Who reads the output has gone: no reason to complain.
    Gone,
    Because(String),
}

fn main() -> ExitCode {
    let mut out = io::stdout().lock();
    let ended = match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments, &mut out),
        Command::Run(arguments) => run::run(&arguments, &mut out),
        Command::Draw(arguments) => draw::run(&arguments, &mut out),
        Command::Replay(arguments) => replay::run(&arguments, &mut out),
        Command::Pipe => pipe::run(io::stdin().lock(), &mut out),
        Command::Decode(arguments) => decode::run(&arguments, &mut out),
    };
    let flushed = |verdict| out.flush().map_err(Failure::from).or_else(Failure::unless_gone).map(|()| verdict);
    match ended.and_then(flushed) {
        Ok(Verdict::Yes) | Err(Failure::Gone) => ExitCode::SUCCESS,
        Ok(Verdict::No) => ExitCode::FAILURE,
        Err(Failure::Because(sentence)) => {
            complain(&sentence);
            ExitCode::from(2)
        }
    }
}

/// Says on standard error what is wrong.
fn complain(sentence: &str) {
    let _ = writeln!(io::stderr(), "convoke: {}", printable(sentence));
}

/// Reads a scenario.
fn read_scenario(path: &Path) -> Result<Scenario, Failure> {
    let text = read_text(Some(path))?;
    serde_json::from_str(&text).map_err(|error| match Trace::parse(&text) {
        Ok(_) => Failure::because(path.display(), "this is a trace, not a scenario: `draw` and `replay` read it"),
        Err(_) => Failure::because(path.display(), error),
    })
}

/// Refuses to write over what is read.
fn spare(input: &Path, output: &Path) -> Result<(), Failure> {
    let is_same =
        fs::canonicalize(output).is_ok_and(|output| fs::canonicalize(input).is_ok_and(|input| input == output));
    if is_same {
        Err(Failure::because(output.display(), "this is what is read: write to another file"))
    } else {
        Ok(())
    }
}

/// Reads a file, or standard input. Some editors begin a text with a mark of its byte order, which is no part of it.
fn read_text(path: Option<&Path>) -> Result<String, Failure> {
    let place = path.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string());
    let mut bytes = Vec::new();
    match path {
        Some(path) => File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)),
        None => io::stdin().read_to_end(&mut bytes),
    }
    .map_err(|error| Failure::because(&place, error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        let line = good.filter(|byte| **byte == b'\n').count().saturating_add(1);
        Failure::because(place, format_args!("line {line}: not UTF-8 text"))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

impl Failure {
    fn because(place: impl fmt::Display, cause: impl fmt::Display) -> Self {
        Self::Because(format!("{place}: {cause}"))
    }

    /// Who has gone may still wait for the exit code.
    fn unless_gone(self) -> Result<(), Self> {
        if matches!(self, Self::Gone) { Ok(()) } else { Err(self) }
    }
}

/// Of writing: what is read is read elsewhere, with its place.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Gone } else { Self::because("standard output", error) }
    }
}
