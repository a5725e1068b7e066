//! Which send and which result belong to a call of an operation.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::super::intake::In;
use super::super::trace::{Trace, What};
use super::words;
use super::words::text_of;

/// A call of an operation, and what came of it.
pub(super) struct Called {
    /// The call, its send and its result, as events of the trace.
    pub(super) call: usize,
    pub(super) send: Option<usize>,
    pub(super) result: Option<usize>,
    /// The name of the operation.
    pub(super) operation: String,
    /// 0 if all went well, or nobody knows.
    pub(super) code: i64,
    /// Whether the result came later than the call.
    pub(super) is_late: bool,
}

/// All calls of a trace, in its order.
pub(super) fn calls(trace: &Trace) -> Vec<Called> {
    let mut calls: Vec<Called> = Vec::new();
    for (at, event) in trace.events.iter().enumerate() {
        match &event.what {
            What::In(In::Call { method, .. }) => calls.push(Called {
                call: at,
                send: None,
                result: None,
                operation: words::operation(*method),
                code: 0,
                is_late: false,
            }),
            What::Out(out) => settle(trace, &mut calls, at, out),
            What::In(_) => {}
        }
    }
    calls
}

/// A send belongs to the last call of the same peer and moment that has none; a result to the first that has none.
fn settle(trace: &Trace, calls: &mut [Called], at: usize, out: &Value) {
    let Some(event) = trace.events.get(at) else { return };
    let of = |call: &Called| trace.events.get(call.call).filter(|called| called.peer == event.peer);
    if out.get("send").or_else(|| out.get("modify")).is_some() {
        let unsent = |call: &&mut Called| {
            call.send.is_none() && call.result.is_none() && of(call).is_some_and(|called| called.t == event.t)
        };
        if let Some(call) = calls.iter_mut().rfind(unsent) {
            call.send = Some(at);
        }
    } else if let Some(code) = out.get("code").and_then(Value::as_i64).filter(|_| out.get("result").is_some()) {
        let operation = text_of(out, "result");
        let is_open = |call: &&mut Called| call.result.is_none() && call.operation == operation && of(call).is_some();
        if let Some(call) = calls.iter_mut().find(is_open) {
            call.result = Some(at);
            call.code = code;
            call.is_late = trace.events.get(call.call).is_some_and(|called| called.t != event.t);
        }
    }
}
