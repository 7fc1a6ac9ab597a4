//! Holds a task against the limits.

use portdelta_core::AddressSet;
use portdelta_core::escape::escape;
use portdelta_core::nmap_options::NmapOptions;
use portdelta_core::ports::PortSet;

use super::{Limits, names};

/// What the limits forbid: a stable word, and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Forbidden {
    /// As [`Refuse::code`](portdelta_protocol::agent::Refuse::code) has it.
    pub code: &'static str,
    /// What is forbidden.
    pub message: String,
}

impl Forbidden {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl Limits {
    /// Whether these addresses may be touched: all of them, or none is.
    pub fn check_targets(&self, targets: &AddressSet) -> Result<(), Forbidden> {
        let outside = self.allowed.as_ref().map(|allowed| targets.without(allowed)).unwrap_or_default();
        let denied = targets.intersection(&self.denied);
        for (addresses, why) in
            [(outside, "not among the allowed targets"), (denied, "among the denied targets")]
        {
            if let Some(range) = addresses.ranges().first() {
                let message = format!("the limits of this agent's owner: {range} is {why}");
                return Err(Forbidden::new("target_not_allowed", message));
            }
        }
        Ok(())
    }

    /// Whether it depends on the ports whether they may be probed.
    #[must_use]
    pub fn restricts_ports(&self) -> bool {
        self.ports.is_some() || !self.denied_ports.is_empty()
    }

    /// Whether these ports may be probed.
    pub fn check_ports(&self, ports: &PortSet) -> Result<(), Forbidden> {
        let outside = self.ports.as_ref().map(|allowed| ports.without(allowed)).unwrap_or_default();
        let denied = ports.intersection(&self.denied_ports);
        for (ports, why) in [(outside, "not among the allowed ports"), (denied, "among the denied ports")] {
            if !ports.is_empty() {
                let list = super::named(&ports);
                let first = list.split_inclusive(',').next().unwrap_or(&list).trim_end_matches(',');
                let message = format!("the limits of this agent's owner: port {first} is {why}");
                return Err(Forbidden::new("port_not_allowed", message));
            }
        }
        Ok(())
    }

    /// Whether nmap may be run with these options: all that it will get, also those that follow from the ports.
    pub fn check_options(&self, options: &NmapOptions) -> Result<(), Forbidden> {
        for names in names::names_of(options) {
            let shown = names.iter().find(|name| name.as_str() != "-T").map_or("-T", String::as_str);
            let allowed = self.options.as_ref().is_none_or(|allowed| !allowed.is_disjoint(&names));
            if !allowed || !self.denied_options.is_disjoint(&names) {
                let why = if allowed { "among the denied options" } else { "not among the allowed options" };
                let message = format!("the limits of this agent's owner: {shown} is {why}");
                return Err(Forbidden::new("option_not_allowed", message));
            }
        }
        let scripts = options.scripts.iter().map(portdelta_core::nmap_options::Script::name);
        for name in scripts {
            if self.scripts.as_ref().is_some_and(|allowed| !allowed.contains(name)) {
                let message = format!(
                    "the limits of this agent's owner: script {} is not among the allowed ones",
                    escape(name)
                );
                return Err(Forbidden::new("option_not_allowed", message));
            }
        }
        Ok(())
    }

    /// Makes the options keep to the rate that one of `concurrency` tasks may have.
    pub fn keep_pace(&self, options: &mut NmapOptions, concurrency: u32) -> Result<(), Forbidden> {
        let Some(rate) = self.max_rate else { return Ok(()) };
        let rate = (rate / self.concurrency(concurrency)).max(1);
        if let Some(least) = options.pace.min_rate.filter(|least| *least > rate) {
            let message = format!(
                "the limits of this agent's owner: --min-rate {least} is more than the {rate} packets a second of a task"
            );
            return Err(Forbidden::new("rate_not_allowed", message));
        }
        options.pace.max_rate = Some(options.pace.max_rate.map_or(rate, |asked| asked.min(rate)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use portdelta_core::port_spec::PortSpec;
    use portdelta_core::targets::parse;

    use super::*;

    fn limits(text: &str) -> Limits {
        Limits::parse(text).expect("limits")
    }

    #[test]
    fn one_address_outside_is_enough() {
        let limits = limits("[targets]\nallow = [\"10.0.0.0/8\"]\ndeny = [\"10.9.0.0/16\"]");
        let check = |text| {
            limits.check_targets(&parse(text).expect("targets")).map_err(|forbidden| forbidden.message)
        };
        assert_eq!(check("10.1.2.0/24"), Ok(()));
        assert!(check("10.1.2.0/24,11.0.0.1").expect_err("outside").contains("11.0.0.1 is not among"));
        assert!(
            check("10.8.255.0-10.9.0.3")
                .expect_err("denied")
                .contains("10.9.0.0-10.9.0.3 is among the denied")
        );
        assert!(check("::1").is_err());
    }

    #[test]
    fn ports_are_held_against_both_lists() {
        let limits = limits("[ports]\nallow = \"1-1024,U:53\"\ndeny = \"23\"");
        let check = |text: &str| {
            let spec: PortSpec = text.parse().expect("ports");
            limits.check_ports(spec.set().expect("they are named")).map_err(|forbidden| forbidden.message)
        };
        assert_eq!(check("22,80,U:53"), Ok(()));
        assert!(check("22-23").expect_err("denied").contains("port 23 is among the denied"));
        assert!(check("8080,9090").expect_err("outside").contains("port 8080 is not"));
        assert!(check("U:54").is_err());
    }

    #[test]
    fn options_go_by_all_their_names() {
        let check = |text: &str, options: &str| {
            let options: NmapOptions = options.parse().expect("options");
            limits(text).check_options(&options).map_err(|forbidden| forbidden.message)
        };
        assert_eq!(check("[options]\nallow = [\"-sT\", \"-T\"]", "-sT -T4 -vv"), Ok(()));
        assert!(
            check("[options]\nallow = [\"-sT\"]", "-sT -T4").expect_err("-T4").contains("-T4 is not among")
        );
        assert!(check("[options]\ndeny = [\"-T5\"]", "-T5").is_err());
        assert_eq!(check("[options]\ndeny = [\"-T5\"]", "-T4"), Ok(()));
        assert!(check("[options]\ndeny = [\"--script\"]", "-sC").is_err());
        assert!(check("[options]\ndeny = [\"-PS\"]", "-PS22,80").is_err());
        assert!(check("[options]\nscripts = [\"ssl-cert\"]", "--script ssl-cert,http-title").is_err());
        assert_eq!(check("[options]\nscripts = [\"ssl-cert\"]", "--script ssl-cert"), Ok(()));
    }

    #[test]
    fn the_rate_is_shared_by_the_tasks() {
        let limits = limits("[pace]\nmax_rate = 500");
        let pace = |text: &str, tasks| {
            let mut options: NmapOptions = text.parse().expect("options");
            limits.keep_pace(&mut options, tasks).map(|()| options.to_string())
        };
        assert_eq!(pace("", 1).expect("kept"), "--max-rate 500");
        assert_eq!(pace("--max-rate 1000", 5).expect("kept"), "--max-rate 100");
        assert_eq!(pace("--max-rate 50", 5).expect("kept"), "--max-rate 50");
        assert_eq!(pace("--min-rate 200", 5).expect_err("too fast").code, "rate_not_allowed");
    }
}
