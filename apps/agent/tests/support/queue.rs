//! The queue of the server: leases that run out, receipts that become void.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A message.
#[derive(Debug)]
struct Message {
    number: u32,
    task: Value,
    receipt: Option<String>,
    visible: Instant,
    attempt: u32,
}

/// All messages.
#[derive(Debug)]
pub struct Queue {
    messages: Vec<Message>,
    lease: Duration,
    receipts: u32,
}

impl Queue {
    pub fn new() -> Self {
        Self { messages: Vec::new(), lease: Duration::from_secs(30), receipts: 0 }
    }

    pub fn set_lease(&mut self, lease: Duration) {
        self.lease = lease;
    }

    pub fn send(&mut self, number: u32, task: Value) {
        self.messages.push(Message { number, task, receipt: None, visible: Instant::now(), attempt: 0 });
    }

    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Tasks as deliveries, and their numbers.
    pub fn receive(&mut self, max: usize) -> Vec<(u32, Value)> {
        let (now, lease) = (Instant::now(), self.lease);
        let receipts = &mut self.receipts;
        let visible = self.messages.iter_mut().filter(|message| message.visible <= now).take(max);
        visible
            .map(|message| {
                *receipts += 1;
                let receipt = format!("receipt-{receipts}");
                message.receipt = Some(receipt.clone());
                message.visible = now + lease;
                message.attempt += 1;
                let delivery = json!({
                    "receipt": receipt, "attempt": message.attempt, "lease_seconds": lease.as_secs(),
                    "task": message.task,
                });
                (message.number, delivery)
            })
            .collect()
    }

    /// The message whose lease still runs.
    fn held(&mut self, receipt: &str) -> Option<&mut Message> {
        let now = Instant::now();
        self.messages
            .iter_mut()
            .find(|message| message.receipt.as_deref() == Some(receipt) && message.visible > now)
    }

    /// The task's number, or none where the lease is lost.
    pub fn extend(&mut self, receipt: &str, seconds: u64) -> Option<u32> {
        let message = self.held(receipt)?;
        message.visible = Instant::now() + Duration::from_secs(seconds);
        Some(message.number)
    }

    pub fn release(&mut self, receipt: &str, seconds: u64) -> Option<u32> {
        let message = self.held(receipt)?;
        message.visible = Instant::now() + Duration::from_secs(seconds);
        message.receipt = None;
        Some(message.number)
    }

    pub fn acknowledge(&mut self, receipt: &str) -> Option<u32> {
        let number = self.held(receipt)?.number;
        self.messages.retain(|message| message.receipt.as_deref() != Some(receipt));
        Some(number)
    }

    /// Forgets a task.
    pub fn withdraw(&mut self, number: u32) {
        self.messages.retain(|message| message.number != number);
    }

    /// The leases of all run out at once.
    pub fn lose_leases(&mut self) {
        for message in &mut self.messages {
            message.visible = Instant::now();
            message.receipt = None;
        }
    }
}
