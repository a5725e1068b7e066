//! An async host: one task has the engine. Here two of them, on a network of channels, make a call.
//!
//! ```sh
//! cargo run --example tokio_host
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what happens")]

#[path = "host/clock.rs"]
mod clock;
#[path = "host/seed.rs"]
mod seed;

use std::collections::BTreeMap;
use std::error::Error;
use std::future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use convoke::{
    Callback, Config, Conversation, Disposition, Edit, Engine, Inbound, Input, Invite, Output, Reply, SendResult,
    ServerTime, Stamp, Token, Transmit, UserId, Wake,
};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::sleep;

use clock::Clock;

/// The task that has the engine.
struct Host {
    engine: Engine,
    clock: Clock,
    service: Arc<Service>,
    messages: mpsc::Receiver<Input>,
    operations: mpsc::Receiver<(Input, oneshot::Sender<Reply>)>,
    /// Without a bound: a host that waited until the app reads, while the app waits for a reply, would wait for ever.
    news: mpsc::UnboundedSender<News>,
}

/// What a host tells its app.
enum News {
    Callback(Callback),
    /// What is no signaling: a message of the users, or its edit.
    Chat(Inbound),
}

impl Host {
    /// Poll, report, wait, hand in: until the app is gone.
    async fn run(mut self) {
        let mut sends = JoinSet::new();
        loop {
            self.poll(&mut sends);
            let (input, caller) = tokio::select! {
                Some(input) = self.messages.recv() => (input, None),
                Some(Ok((token, fate))) = sends.join_next() => (Input::SendResult(token, fate), None),
                operation = self.operations.recv() => match operation {
                    Some((input, caller)) => (input, Some(caller)),
                    None => break,
                },
                () = due(self.engine.wake(), &self.clock) => (Input::Tick, None),
            };
            let reply = self.hand_in(&input, &mut sends);
            if let Some(caller) = caller {
                caller.send(reply).ok(); // who does not wait for the reply does not want it
            } else if let Input::Message(message) | Input::Edit(message) = input
                && reply == Reply::Disposition(Disposition::NotSignaling)
            {
                self.tell(News::Chat(message));
            }
        }
        // Nobody reads them any more, and a send to an inbox that is full waits: two hosts that end would wait for each other.
        drop(self.messages);
        while sends.join_next().await.is_some() {} // what the app had asked for still goes out
    }

    /// Where too many outputs wait nothing is read: then once more, when they are polled.
    fn hand_in(&mut self, input: &Input, sends: &mut JoinSet<(Token, SendResult)>) -> Reply {
        loop {
            let reply = self.engine.handle(self.clock.now(), input.clone());
            if reply != Reply::Disposition(Disposition::Backlog) {
                return reply;
            }
            self.poll(sends);
        }
    }

    /// Each send is a task of its own, so that a slow one holds up nothing; its end is the fate of the message.
    fn poll(&mut self, sends: &mut JoinSet<(Token, SendResult)>) {
        while let Some(output) = self.engine.poll_output() {
            let (service, me) = (self.service.clone(), self.engine.user().clone());
            match output {
                // A real service is told `online_user_only`, `control` and `push` as well, and a push is sent for each of `push_intents`.
                Output::Transmit(Transmit { token, conversation, payload, .. }) => {
                    sends.spawn(with_fate(token, service.send(me, conversation, payload, Input::Message)));
                }
                Output::Edit(Edit { token, conversation, payload, .. }) => {
                    sends.spawn(with_fate(token, service.send(me, conversation, payload, Input::Edit)));
                }
                Output::Callback(callback) => self.tell(News::Callback(callback)),
            }
        }
    }

    fn tell(&self, news: News) {
        self.news.send(news).ok(); // an app that is gone operates no more, either
    }
}

/// The fate of a send, also of one that panics: in a task of its own, which tells that.
async fn with_fate(token: Token, send: impl Future<Output = SendResult> + Send + 'static) -> (Token, SendResult) {
    (token, tokio::spawn(send).await.unwrap_or(SendResult::Unknown))
}

/// Comes when the engine wants to be called.
async fn due(wake: Wake, clock: &Clock) {
    match wake {
        Wake::Poll => {}
        Wake::At(moment, _) => {
            let time_left = moment.since(clock.now());
            sleep(time_left.into()).await;
        }
        Wake::Never => future::pending().await,
    }
}

/// The app's end of a host.
struct App {
    operations: mpsc::Sender<(Input, oneshot::Sender<Reply>)>,
    news: mpsc::UnboundedReceiver<News>,
}

impl App {
    async fn operate(&self, operation: Input) -> Result<Reply, Box<dyn Error>> {
        let (caller, reply) = oneshot::channel();
        self.operations.send((operation, caller)).await?;
        Ok(reply.await?)
    }

    /// The next callback. What is said between is shown.
    async fn callback(&mut self) -> Option<Callback> {
        loop {
            match self.news.recv().await? {
                News::Callback(callback) => return Some(callback),
                News::Chat(message) => println!("{} says: {}", message.sender, message.payload),
            }
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (to_alice, alice_hears) = mpsc::channel(100);
    let (to_bob, bob_hears) = mpsc::channel(100);
    let receivers = BTreeMap::from([("alice".into(), to_alice), ("bob".into(), to_bob)]);
    let service = Arc::new(Service { clock: Clock::start(), serial: AtomicU64::new(0), receivers });
    let mut alice = sign_in("alice", alice_hears, &service)?;
    let mut bob = sign_in("bob", bob_hears, &service)?;

    let called = alice.operate(Input::Invite(Invite::to("bob").timeout(30).data("video"))).await?;
    println!("alice calls: {called:?}");
    while let Some(callback) = bob.callback().await {
        println!("bob is told {}", callback.name());
        if let Callback::NewInvitation { invitation, .. } = callback {
            let answered = bob.operate(Input::Accept(invitation.into(), "".into())).await?;
            println!("bob accepts: {answered:?}");
        } else if let Callback::Ended { .. } = callback {
            break;
        }
    }
    while let Some(callback) = alice.callback().await {
        println!("alice is told {}", callback.name());
        if let Callback::Ended { outcomes, .. } = callback {
            println!("the call has its answer: {outcomes:?}");
            break;
        }
    }
    Ok(())
}

fn sign_in(user: &str, messages: mpsc::Receiver<Input>, service: &Arc<Service>) -> Result<App, Box<dyn Error>> {
    let (operate, operations) = mpsc::channel(100);
    let (tell, news) = mpsc::unbounded_channel();
    let engine = Engine::new(user, Config::default(), seed::fresh()?)?;
    let host = Host { engine, clock: Clock::start(), service: service.clone(), messages, operations, news: tell };
    tokio::spawn(host.run());
    Ok(App { operations: operate, news })
}

/// The message service, and the network before it.
struct Service {
    clock: Clock,
    serial: AtomicU64,
    receivers: BTreeMap<UserId, mpsc::Sender<Input>>,
}

impl Service {
    /// Sends a message, or an edit of one. It takes its time, and in the end its fate is known.
    async fn send(
        self: Arc<Self>,
        sender: UserId,
        to: Conversation,
        payload: String,
        arrives_as: fn(Inbound) -> Input,
    ) -> SendResult {
        sleep(Duration::from_millis(20)).await;
        let receiver = match &to {
            Conversation::C2c(user) => self.receivers.get(user),
            Conversation::Group(_) => None, // there are none here
        };
        let Some(receiver) = receiver else {
            return SendResult::Refused { code: 404 };
        };
        let time = ServerTime::from_millis(self.clock.now().as_millis());
        let stamp = Stamp { time, id: self.serial.fetch_add(1, Ordering::Relaxed).to_string().into() };
        let mut message = Inbound::new(&sender, Conversation::C2c(sender.clone()), payload);
        message.stamp = Some(stamp.clone());
        match receiver.send(arrives_as(message)).await {
            Ok(()) => SendResult::Sent(stamp),
            Err(_) => SendResult::Unknown,
        }
    }
}
