//! The line to the relay.

use std::io::{self, ErrorKind};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use convoke::{Conversation, Inbound, ServerTime, Stamp, Transmit, UserId};

use super::wire::{self, FromRelay, ToRelay};

/// A connection that is signed in.
pub(crate) struct Link {
    stream: TcpStream,
}

/// What the relay tells who signs in.
pub(crate) struct Welcome {
    pub(crate) clock: ServerTime,
    /// What was said since the last message heard, one's own included.
    pub(crate) history: Vec<Inbound>,
}

/// What a blocking host waits for: one queue, whoever speaks.
pub(crate) enum Event {
    Typed(String),
    /// Signed in. What is heard from now on follows what the relay has told.
    Connected(Link, Welcome),
    Heard(FromRelay),
    /// The connection is gone.
    Lost,
}

/// Four times what the relay takes: what it passes on is that and the sender's name.
const LONGEST_LINE: u64 = 256 * 1024;

impl Link {
    /// A thread signs in, as soon as the relay is there. From then on it hands on each line of the relay, and in the end that the
    /// connection is lost.
    pub(crate) fn open(relay: String, user: UserId, heard: Option<Stamp>, events: Sender<Event>) {
        thread::spawn(move || {
            let (link, welcome, lines) = loop {
                match Self::sign_in(&relay, &user, heard.as_ref()) {
                    Ok(signed_in) => break signed_in,
                    Err(error) => {
                        println!("no relay at {relay}: {error}; type elsewhere: cargo run --example tcp_relay");
                    }
                }
                thread::sleep(Duration::from_secs(1));
            };
            // What this client has no word for is not for it; when nothing can be read any more, the connection is gone.
            let known =
                lines.filter(|line| line.as_ref().err().is_none_or(|error| error.kind() != ErrorKind::InvalidData));
            let heard = known.map_while(Result::ok).map(Event::Heard);
            let mut all = [Event::Connected(link, welcome)].into_iter().chain(heard).chain([Event::Lost]);
            // It fails only when nobody listens any more.
            all.try_for_each(|event| events.send(event)).ok();
        });
    }

    fn sign_in(
        relay: &str,
        user: &UserId,
        heard: Option<&Stamp>,
    ) -> io::Result<(Self, Welcome, impl Iterator<Item = io::Result<FromRelay>>)> {
        let mut stream = TcpStream::connect(relay)?;
        stream.set_nodelay(true)?;
        wire::write(&mut stream, &ToRelay::SignIn { user: user.clone(), heard: heard.cloned() })?;
        let mut lines = wire::lines(stream.try_clone()?, LONGEST_LINE);
        let welcome = welcome(&mut lines)?;
        Ok((Self { stream }, welcome, lines))
    }

    /// Hands a message over. Its fate comes as an event; if the connection is lost before, nobody knows it.
    pub(crate) fn send(&mut self, message: Transmit) {
        // A service is told `control` and `push` as well, and a push is sent for each of `push_intents`. This relay has nobody to push to.
        let Transmit { token, conversation: to, payload, online_user_only, .. } = message;
        self.write(&ToRelay::Send { token: Some(token), to, payload, online_user_only });
    }

    /// Says something to a group that is no signaling, and has no fate.
    pub(crate) fn say(&mut self, group: &str, text: &str) {
        let to = Conversation::Group(group.into());
        self.write(&ToRelay::Send { token: None, to, payload: text.into(), online_user_only: false });
    }

    /// Asks for the attributes of a group, or sets them. The answer comes as an event.
    pub(crate) fn ask(&mut self, store: &ToRelay) {
        self.write(store);
    }

    fn write(&mut self, line: &ToRelay) {
        if wire::write(&mut self.stream, line).is_err() {
            // Half of it may have gone out, so nothing may follow. The reading thread tells the loss.
            self.stream.shutdown(Shutdown::Both).ok();
        }
    }
}

fn welcome(lines: &mut impl Iterator<Item = io::Result<FromRelay>>) -> io::Result<Welcome> {
    let mut next = || lines.next().unwrap_or_else(|| Err(ErrorKind::UnexpectedEof.into()));
    let FromRelay::Welcome { clock, history } = next()? else {
        return Err(io::Error::other("the relay does not begin with a welcome"));
    };
    let mut message = |_| match next()? {
        FromRelay::Message(message) => Ok(message),
        FromRelay::Welcome { .. }
        | FromRelay::Fate { .. }
        | FromRelay::Attributes { .. }
        | FromRelay::Written { .. } => Err(io::Error::other("the history is cut short")),
    };
    Ok(Welcome { clock, history: (0..history).map(&mut message).collect::<io::Result<_>>()? })
}
