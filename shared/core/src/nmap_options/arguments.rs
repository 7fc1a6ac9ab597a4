//! Options as arguments of a command.

use super::pace::OPTIONS;
use super::{Discovery, NameLookup, NmapOptions, Script, Switch};

impl NmapOptions {
    /// The options as separate arguments, in a canonical order: equal options give equal arguments.
    ///
    /// ```text
    /// ["-n", "-PE", "-sS", "-sV", "--version-intensity", "5", "-T4", "--max-rate", "300", "--open"]
    /// ```
    #[must_use]
    pub fn to_args(&self) -> Vec<String> {
        let mut args = Vec::new();
        match self.names {
            NameLookup::Up => {}
            NameLookup::Never => args.push("-n".to_owned()),
            NameLookup::Always => args.push("-R".to_owned()),
        }
        match &self.discovery {
            Discovery::Normal => {}
            Discovery::Skip => args.push("-Pn".to_owned()),
            Discovery::Probes(probes) => args.extend(probes.arguments()),
        }
        if self.discovery_only {
            args.push("-sn".to_owned());
        }
        args.extend(self.techniques.iter().map(|technique| format!("-s{}", technique.letter())));
        if let Some(services) = self.services {
            args.push("-sV".to_owned());
            if let Some(intensity) = services.intensity {
                args.extend(["--version-intensity".to_owned(), intensity.to_string()]);
            }
        }
        if let Some(os) = self.os {
            args.push("-O".to_owned());
            args.extend(os.limit.then(|| "--osscan-limit".to_owned()));
            args.extend(os.guess.then(|| "--osscan-guess".to_owned()));
        }
        if self.scripts.len() == 1 && self.scripts.contains(&Script::default_set()) {
            args.push("-sC".to_owned());
        } else if !self.scripts.is_empty() {
            let names: Vec<_> = self.scripts.iter().map(Script::name).collect();
            args.extend(["--script".to_owned(), names.join(",")]);
        }
        args.extend(self.timing.map(|timing| format!("-T{}", timing.level())));
        for option in &OPTIONS {
            if let Some(value) = (option.get)(&self.pace) {
                args.extend([format!("--{}", option.name), option.show(value)]);
            }
        }
        for switch in Switch::ALL {
            args.extend(self.switches.contains(&switch).then(|| format!("--{}", switch.name())));
        }
        if self.verbosity > 0 {
            args.push(format!("-{}", "v".repeat(self.verbosity.into())));
        }
        args
    }
}
