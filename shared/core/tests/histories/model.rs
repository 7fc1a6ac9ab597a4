//! The contract of deltas over plain maps: no blocks, no layers, no scopes, no digests; every result that ever
//! came is kept whole and asked again each time.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use portdelta_core::delta::{Cause, Kind};
use portdelta_core::observation::PortStatus;
use portdelta_core::reconcile::Tally;
use portdelta_core::state::{Belief, Presence};
use portdelta_core::{Port, Protocol, UnixTime};

use crate::world::{Scan, time};

/// A reported change or first look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reported {
    pub address: IpAddr,
    pub kind: Kind,
    pub port: Option<Port>,
    pub cause: Option<Cause>,
    pub first_look: bool,
    pub first_seen: UnixTime,
}

/// Everything that is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Believed {
    pub hosts: BTreeMap<IpAddr, Presence>,
    pub ports: BTreeMap<(IpAddr, Port), (Belief, bool, Option<String>)>,
    pub macs: BTreeMap<IpAddr, [u8; 6]>,
}

/// (time, number of the result): the place of a result in time.
type When = (i64, u8);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Up,
    Down,
    Silent,
    Nothing,
}

/// What one result says about one address.
#[derive(Clone, Debug)]
struct Saying {
    answer: Answer,
    open: BTreeMap<Port, Option<String>>,
    not_open: BTreeSet<Port>,
    looked: BTreeSet<Port>,
    services: bool,
    mac: Option<[u8; 6]>,
}

/// One result that came.
struct Past {
    when: When,
    lens: u8,
    sayings: BTreeMap<IpAddr, Saying>,
}

#[derive(Clone, Debug)]
struct Waiting<T> {
    what: T,
    results: Vec<(When, u8, i64)>,
}

/// A value, and another one that waits for more results that agree.
type Attribute<T> = (T, Option<Waiting<T>>);

#[derive(Clone, Debug)]
struct Host {
    presence: Presence,
    came: When,
    turned: When,
    waiting: Option<Waiting<()>>,
    mac: Option<Attribute<[u8; 6]>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Turn {
    FirstLook,
    Open,
    Close,
}

#[derive(Clone, Debug)]
struct PortView {
    belief: Belief,
    with_host: bool,
    unconfirmed: bool,
    waiting: Option<Waiting<Turn>>,
    service: Option<Attribute<String>>,
}

#[derive(Default)]
pub struct Model {
    past: Vec<Past>,
    hosts: BTreeMap<IpAddr, Host>,
    ports: BTreeMap<(IpAddr, Port), PortView>,
    lens_saw_up: BTreeSet<(u8, IpAddr)>,
    lens_saw_down: BTreeSet<(u8, IpAddr)>,
}

/// What one pass over one result has to know.
struct Now<'a> {
    scan: &'a Scan,
    when: When,
    blackout: bool,
    reported: Vec<Reported>,
    unchanged: Tally,
}

impl Now<'_> {
    fn close_needs(&self) -> u16 {
        if self.blackout { self.scan.confirm_close.max(2) } else { self.scan.confirm_close }
    }

    /// Counts this result in; gives the first time where enough agree now.
    fn agree<T: PartialEq>(&self, waiting: &mut Option<Waiting<T>>, what: T, needs: u16) -> Option<UnixTime> {
        let mut next = match waiting.take() {
            Some(known) if known.what == what => known,
            _ => Waiting { what, results: Vec::new() },
        };
        let other_run = next.results.iter().all(|&(_, run, _)| run != self.scan.run);
        let after = next.results.iter().all(|&(_, _, end)| end <= self.scan.start);
        if other_run && after {
            next.results.push((self.when, self.scan.run, self.scan.end));
        }
        let first = next.results.first().map_or(self.when, |&(when, _, _)| when);
        if next.results.len() >= usize::from(needs) {
            return Some(time(first.0));
        }
        *waiting = Some(next);
        None
    }

    fn report(
        &mut self,
        address: IpAddr,
        kind: Kind,
        port: Option<Port>,
        cause: Option<Cause>,
        first_seen: UnixTime,
    ) {
        self.reported.push(Reported { address, kind, port, cause, first_look: false, first_seen });
    }

    fn first_look(&mut self, address: IpAddr, kind: Kind, port: Option<Port>) {
        let first_seen = time(self.when.0);
        self.reported.push(Reported { address, kind, port, cause: None, first_look: true, first_seen });
    }

    fn changes(&self) -> usize {
        self.reported.iter().filter(|one| !one.first_look).count()
    }
}

fn block(address: IpAddr) -> [u8; 3] {
    match address {
        IpAddr::V4(v4) => [v4.octets()[0], v4.octets()[1], v4.octets()[2]],
        IpAddr::V6(_) => unreachable!("the world is IPv4"),
    }
}

/// What the scan says about each address.
fn sayings(scan: &Scan) -> BTreeMap<IpAddr, Saying> {
    let silence = Saying {
        answer: Answer::Nothing,
        open: BTreeMap::new(),
        not_open: BTreeSet::new(),
        looked: BTreeSet::new(),
        services: false,
        mac: None,
    };
    let mut all = BTreeMap::new();
    let document = scan.document();
    for record in &document.hosts {
        let host = scan.hosts.iter().find(|host| host.address == record.address).expect("listed");
        let mut saying = Saying { mac: record.mac, services: scan.services, ..silence.clone() };
        if !host.up {
            saying.answer = Answer::Down;
            all.insert(host.address, saying);
            continue;
        }
        let groups: BTreeSet<PortStatus> = record.extra.iter().map(|extra| extra.status).collect();
        let mut answered = record.extra.iter().any(|extra| extra.status == PortStatus::Closed);
        for port in scan.ports.ports().filter(|_| !host.timed_out) {
            let listed = record.ports.iter().find(|one| one.port == port);
            let status = match listed {
                Some(one) => one.status,
                None if scan.open_only => PortStatus::Filtered,
                None if host.wrong_counts => continue,
                None if groups.len() == 1 => *groups.first().expect("one"),
                None if groups.contains(&PortStatus::OpenFiltered) && port.protocol == Protocol::Udp => {
                    continue;
                }
                None => PortStatus::Filtered,
            };
            answered |= listed.is_some() && matches!(status, PortStatus::Open | PortStatus::Closed);
            match status {
                PortStatus::Open => {
                    let service = listed.and_then(|one| one.service.as_ref());
                    saying.open.insert(port, service.map(|service| service.version.to_string()));
                }
                PortStatus::OpenFiltered => drop(saying.looked.insert(port)),
                _ => drop(saying.not_open.insert(port)),
            }
        }
        let covers = !saying.open.is_empty() || !saying.not_open.is_empty();
        saying.answer = match (answered || scan.discovery, covers) {
            (true, _) => Answer::Up,
            (false, true) => Answer::Silent,
            (false, false) => Answer::Nothing,
        };
        all.insert(host.address, saying);
    }
    let listed_up = document
        .hosts
        .iter()
        .filter(|record| record.status == portdelta_core::observation::Status::Up)
        .count() as u64;
    let counts_up = document.summary.hosts.expect("always there").up;
    if scan.discovery && !scan.cut && counts_up == listed_up {
        for &address in &scan.targets {
            all.entry(address).or_insert(Saying { answer: Answer::Down, ..silence.clone() });
        }
    }
    all
}

impl Model {
    pub fn apply(&mut self, scan: &Scan) -> (Vec<Reported>, Tally) {
        let sayings = sayings(scan);
        let blocks: BTreeSet<[u8; 3]> = sayings.keys().copied().map(block).collect();
        let (mut reported, mut unchanged) = (Vec::new(), Tally::default());
        let mut past = Vec::new();
        for part in blocks {
            let here: BTreeMap<IpAddr, Saying> = sayings
                .iter()
                .filter(|(address, _)| block(**address) == part)
                .map(|(a, s)| (*a, s.clone()))
                .collect();
            // A block that lists no host has the time of the start, another one that of its hosts' end.
            let lists = scan.listed().any(|host| block(host.address) == part);
            let when = (if lists { scan.end } else { scan.start }, scan.number);
            if self.past.iter().any(|one| one.when == when && one.sayings.keys().eq(here.keys())) {
                continue;
            }
            let up =
                |address: &IpAddr| self.hosts.get(address).is_some_and(|host| host.presence == Presence::Up);
            let were_up = self.hosts.keys().filter(|address| block(**address) == part && up(address)).count();
            let answers = here.values().any(|saying| saying.answer == Answer::Up);
            let blackout = were_up >= 2 && !answers;
            let mut now = Now { scan, when, blackout, reported: Vec::new(), unchanged: Tally::default() };
            for (&address, saying) in &here {
                self.address(&mut now, address, saying);
            }
            reported.append(&mut now.reported);
            unchanged += now.unchanged;
            past.push(Past { when, lens: scan.lens_number(), sayings: here });
        }
        self.past.append(&mut past);
        reported.sort();
        (reported, unchanged)
    }

    pub fn believed(&self) -> Believed {
        let hosts = self.hosts.iter().filter(|(_, host)| host.presence != Presence::Awaited);
        let ports =
            self.ports.iter().filter(|(_, port)| port.belief != Belief::NeverOpen).map(|(&key, port)| {
                (
                    key,
                    (
                        port.belief,
                        port.unconfirmed,
                        port.service.as_ref().map(|(service, _)| service.clone()),
                    ),
                )
            });
        Believed {
            hosts: hosts.map(|(&address, host)| (address, host.presence)).collect(),
            ports: ports.collect(),
            macs: self.hosts.iter().filter_map(|(&a, host)| Some((a, host.mac.as_ref()?.0))).collect(),
        }
    }

    fn later(&self, when: When, address: IpAddr) -> impl Iterator<Item = (&Past, &Saying)> {
        self.past
            .iter()
            .filter(move |past| past.when > when)
            .filter_map(move |past| Some((past, past.sayings.get(&address)?)))
    }

    fn covered_later(&self, when: When, address: IpAddr, port: Port) -> bool {
        self.later(when, address)
            .any(|(_, saying)| saying.open.contains_key(&port) || saying.not_open.contains(&port))
    }

    fn looked_at(&self, address: IpAddr, port: Port) -> bool {
        self.past.iter().filter_map(|past| past.sayings.get(&address)).any(|saying| {
            saying.open.contains_key(&port)
                || saying.not_open.contains(&port)
                || saying.looked.contains(&port)
        })
    }

    fn up_later(&self, when: When, address: IpAddr) -> bool {
        self.later(when, address).any(|(_, saying)| saying.answer == Answer::Up)
    }

    fn is_up(&self, address: IpAddr) -> bool {
        self.hosts.get(&address).is_some_and(|host| host.presence == Presence::Up)
    }

    fn turned_later(&self, when: When, address: IpAddr) -> bool {
        self.hosts.get(&address).is_some_and(|host| host.turned > when)
    }

    fn address(&mut self, now: &mut Now<'_>, address: IpAddr, saying: &Saying) {
        let lens = now.scan.lens_number();
        let superseded = self.turned_later(now.when, address)
            || self.up_later(now.when, address)
            || self
                .later(now.when, address)
                .any(|(past, other)| past.lens == lens && other.answer == Answer::Down);
        match saying.answer {
            Answer::Up => self.up(now, address, saying),
            Answer::Down if superseded => {}
            Answer::Down if !self.is_up(address) => self.still_down(lens, address),
            Answer::Down if !self.lens_saw_up.contains(&(lens, address)) => {
                self.lens_saw_down.insert((lens, address));
            }
            Answer::Down => self.going(now, address),
            Answer::Silent if !self.is_up(address) => {
                if !superseded {
                    self.still_down(lens, address);
                }
            }
            Answer::Silent => {
                let would_answer = self.would_answer(address, saying);
                if !superseded && would_answer && self.lens_saw_up.contains(&(lens, address)) {
                    self.going(now, address);
                } else if now.when >= self.hosts[&address].came {
                    self.ports_of(now, address, saying, false, false);
                }
            }
            Answer::Nothing => {
                if self.hosts.contains_key(&address) {
                    self.mac(now, address, saying);
                }
            }
        }
    }

    /// Whether a host that is there would have answered what found none of its ports open: all that is open was
    /// looked at, or, where nothing is, all that was looked at when it last answered.
    fn would_answer(&self, address: IpAddr, saying: &Saying) -> bool {
        let is_open =
            |((of, _), port): &(&(IpAddr, Port), &PortView)| *of == address && port.belief == Belief::Open;
        let mut open = self.ports.iter().filter(is_open).peekable();
        if open.peek().is_some() {
            return open.all(|((_, port), _)| saying.not_open.contains(port));
        }
        let answers = |past: &&Past| past.sayings.get(&address).is_some_and(|one| one.answer == Answer::Up);
        let Some(last) = self.past.iter().filter(answers).max_by_key(|past| past.when) else { return false };
        let last = &last.sayings[&address];
        let mut looked = last.open.keys().chain(&last.not_open).peekable();
        looked.peek().is_some() && looked.all(|port| saying.not_open.contains(port))
    }

    fn up(&mut self, now: &mut Now<'_>, address: IpAddr, saying: &Saying) {
        let lens = now.scan.lens_number();
        let was_down = self.lens_saw_down.contains(&(lens, address));
        let says_down = |past: &Past, other: &Saying| {
            past.lens == lens
                && match other.answer {
                    Answer::Down => true,
                    Answer::Silent if saying.open.is_empty() => {
                        !saying.not_open.is_empty()
                            && saying.not_open.iter().all(|port| other.not_open.contains(port))
                    }
                    Answer::Silent => saying.open.keys().all(|port| other.not_open.contains(port)),
                    Answer::Up | Answer::Nothing => false,
                }
        };
        let down_later = self.later(now.when, address).any(|(past, other)| says_down(past, other));
        if self.turned_later(now.when, address) || self.up_later(now.when, address) || down_later {
            if self.is_up(address) && now.when > self.hosts[&address].came {
                // What a lens saw last counts, whichever came first.
                if !down_later {
                    self.saw_up(lens, address);
                }
                self.ports_of(now, address, saying, was_down, false);
                self.mac(now, address, saying);
            }
            return;
        }
        let changes = now.changes();
        let was_up = self.is_up(address);
        let mut came = false;
        if was_up {
            self.hosts.get_mut(&address).expect("is up").waiting = None;
            self.saw_up(lens, address);
        } else if self.hosts.contains_key(&address) || was_down {
            came = self.coming(now, address);
        } else {
            // It was there before anything looked.
            let ever = (i64::MIN, 0);
            self.hosts.insert(
                address,
                Host { presence: Presence::Up, came: ever, turned: ever, waiting: None, mac: None },
            );
            self.lens_saw_up.retain(|&(_, of)| of != address);
            self.saw_up(lens, address);
            now.first_look(address, Kind::HostNew, None);
        }
        self.ports_of(now, address, saying, was_down, came);
        if self.is_up(address) {
            self.mac(now, address, saying);
        }
        now.unchanged.hosts += u64::from(was_up && changes == now.changes());
    }

    fn coming(&mut self, now: &mut Now<'_>, address: IpAddr) -> bool {
        let lens = now.scan.lens_number();
        self.saw_up(lens, address);
        let host = self.hosts.entry(address).or_insert(Host {
            presence: Presence::Awaited,
            came: now.when,
            turned: now.when,
            waiting: None,
            mac: None,
        });
        let Some(first_seen) = now.agree(&mut host.waiting, (), now.scan.confirm_open) else { return false };
        let kind = if host.presence == Presence::Gone { Kind::HostBack } else { Kind::HostNew };
        host.presence = Presence::Up;
        host.came = now.when;
        host.turned = now.when;
        now.report(address, kind, None, None, first_seen);
        for (_, port) in self.ports.iter_mut().filter(|((of, _), _)| *of == address) {
            port.unconfirmed = port.with_host;
        }
        self.lens_saw_up.retain(|&(_, of)| of != address);
        self.saw_up(lens, address);
        true
    }

    fn still_down(&mut self, lens: u8, address: IpAddr) {
        let had_seen_it = self.lens_saw_up.remove(&(lens, address));
        self.lens_saw_down.insert((lens, address));
        let Some(host) = self.hosts.get_mut(&address) else { return };
        if had_seen_it && host.waiting.take().is_some() {
            let awaited = host.presence == Presence::Awaited;
            for (_, port) in self.ports.iter_mut().filter(|((of, _), _)| *of == address) {
                port.waiting = None;
            }
            if awaited {
                self.hosts.remove(&address);
                self.ports.retain(|(of, _), _| *of != address);
            }
        }
    }

    fn going(&mut self, now: &mut Now<'_>, address: IpAddr) {
        let needs = now.close_needs();
        let host = self.hosts.get_mut(&address).expect("is up");
        let Some(first_seen) = now.agree(&mut host.waiting, (), needs) else { return };
        host.presence = Presence::Gone;
        host.turned = now.when;
        now.report(address, Kind::HostGone, None, None, first_seen);
        let lens = now.scan.lens_number();
        self.lens_saw_up.remove(&(lens, address));
        self.lens_saw_down.insert((lens, address));
        for ((_, port), view) in self.ports.iter_mut().filter(|((of, _), _)| *of == address) {
            view.waiting = None;
            view.unconfirmed = false;
            if view.belief == Belief::Open {
                view.belief = Belief::NotOpen;
                view.with_host = true;
                now.report(address, Kind::PortClosed, Some(*port), Some(Cause::Host), first_seen);
            }
        }
    }

    fn saw_up(&mut self, lens: u8, address: IpAddr) {
        self.lens_saw_up.insert((lens, address));
        self.lens_saw_down.remove(&(lens, address));
    }

    fn ports_of(&mut self, now: &mut Now<'_>, address: IpAddr, saying: &Saying, was_down: bool, came: bool) {
        for (&port, service) in &saying.open {
            if !self.covered_later(now.when, address, port) {
                let looked = was_down || self.looked_at(address, port);
                self.open(now, (address, port), service.as_ref(), looked, came);
            }
        }
        for &port in &saying.not_open {
            if self.covered_later(now.when, address, port) {
                continue;
            }
            let Some(view) = self.ports.get_mut(&(address, port)) else { continue };
            if view.belief != Belief::Open {
                view.waiting = None;
                view.unconfirmed = false;
                view.with_host = false;
                continue;
            }
            if let Some(first_seen) = now.agree(&mut view.waiting, Turn::Close, now.close_needs()) {
                view.belief = Belief::NotOpen;
                now.report(address, Kind::PortClosed, Some(port), Some(Cause::Port), first_seen);
            }
        }
    }

    fn open(
        &mut self,
        now: &mut Now<'_>,
        key: (IpAddr, Port),
        service: Option<&String>,
        looked: bool,
        came: bool,
    ) {
        let host_is_up = self.is_up(key.0);
        let services_later = self.later(now.when, key.0).any(|(_, other)| {
            other.services && (other.open.contains_key(&key.1) || other.not_open.contains(&key.1))
        });
        let view = self.ports.entry(key).or_insert(PortView {
            belief: Belief::NeverOpen,
            with_host: false,
            unconfirmed: false,
            waiting: None,
            service: None,
        });
        let changes = now.changes();
        let was_open = view.belief == Belief::Open;
        if was_open {
            view.waiting = None;
        } else {
            let first_look = match &view.waiting {
                Some(waiting) => waiting.what == Turn::FirstLook,
                None => !looked && view.belief == Belief::NeverOpen,
            };
            let turn = if first_look { Turn::FirstLook } else { Turn::Open };
            let needs = match (host_is_up, first_look) {
                (false, _) => u16::MAX,
                (true, true) => 1,
                (true, false) => now.scan.confirm_open,
            };
            if let Some(first_seen) = now.agree(&mut view.waiting, turn, needs) {
                if first_look {
                    now.first_look(key.0, Kind::PortOpened, Some(key.1));
                } else {
                    let known = view.belief == Belief::NotOpen;
                    let kind = if known { Kind::PortReopened } else { Kind::PortOpened };
                    let cause =
                        if came || view.with_host && view.unconfirmed { Cause::Host } else { Cause::Port };
                    now.report(key.0, kind, Some(key.1), Some(cause), first_seen);
                }
                view.belief = Belief::Open;
                view.with_host = false;
                view.unconfirmed = false;
            }
        }
        if view.belief == Belief::Open
            && let Some(new) = service
            && !services_later
        {
            match &mut view.service {
                None => {
                    view.service = Some((new.clone(), None));
                    if was_open {
                        now.first_look(key.0, Kind::ServiceChanged, Some(key.1));
                    }
                }
                Some((known, waiting)) if known == new => *waiting = None,
                Some((known, waiting)) => {
                    if let Some(first_seen) = now.agree(waiting, new.clone(), now.scan.confirm_open) {
                        known.clone_from(new);
                        now.report(key.0, Kind::ServiceChanged, Some(key.1), None, first_seen);
                    }
                }
            }
        }
        now.unchanged.ports += u64::from(was_open && changes == now.changes());
    }

    fn mac(&mut self, now: &mut Now<'_>, address: IpAddr, saying: &Saying) {
        let Some(new) = saying.mac else { return };
        if self.later(now.when, address).any(|(_, other)| other.mac.is_some()) {
            return;
        }
        let host = self.hosts.get_mut(&address).expect("known");
        match &mut host.mac {
            None => host.mac = Some((new, None)),
            Some((known, waiting)) if *known == new => *waiting = None,
            Some((known, waiting)) => {
                if let Some(first_seen) = now.agree(waiting, new, now.scan.confirm_open) {
                    *known = new;
                    now.report(address, Kind::MacChanged, None, None, first_seen);
                }
            }
        }
    }
}
