//! Which command installs what, where.

/// Something that comes as a package of the operating system.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wanted {
    Nmap,
    NetworkNamespaces,
    Strace,
    Chromium,
    Ndiff,
    PythonVenv,
}

impl Wanted {
    /// For people.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Nmap => "nmap (scans, also in tests)",
            Self::NetworkNamespaces => "ip (network namespaces, for tests)",
            Self::Strace => "strace (kills agents in tests)",
            Self::Chromium => "Chromium (tests of the dashboard)",
            Self::Ndiff => "ndiff (compared with in benches)",
            Self::PythonVenv => "Python's venv (for emulators in tests, and peers in benches)",
        }
    }

    /// Whether everything but some comparisons and the tests of the dashboard works without it.
    pub const fn is_optional(self) -> bool {
        matches!(self, Self::Ndiff | Self::Chromium)
    }
}

/// A package manager that we know how to talk to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PackageManager {
    Apt,
    Dnf,
    Brew,
}

/// What is to be done to have packages.
#[derive(Debug, Eq, PartialEq)]
pub enum Install {
    Nothing,
    /// Run these, one after another.
    Run(Vec<Vec<&'static str>>),
    /// We may not: a person has to run this.
    AskFor(String),
}

impl PackageManager {
    /// The first one that is there.
    pub fn find(is_there: impl Fn(&str) -> bool) -> Option<Self> {
        [Self::Apt, Self::Dnf, Self::Brew].into_iter().find(|manager| is_there(manager.name()))
    }

    /// Its program.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Apt => "apt-get",
            Self::Dnf => "dnf",
            Self::Brew => "brew",
        }
    }

    /// What it calls a package, if it has it.
    pub const fn package(self, wanted: Wanted) -> Option<&'static str> {
        match (self, wanted) {
            (_, Wanted::Nmap) => Some("nmap"),
            (Self::Apt, Wanted::NetworkNamespaces) => Some("iproute2"),
            (Self::Dnf, Wanted::NetworkNamespaces) => Some("iproute"),
            (Self::Apt | Self::Dnf, Wanted::Chromium) => Some("chromium"),
            (Self::Apt | Self::Dnf, Wanted::Strace) => Some("strace"),
            (Self::Apt, Wanted::Ndiff) => Some("ndiff"),
            (Self::Apt, Wanted::PythonVenv) => Some("python3-venv"),
            // Elsewhere venv comes with Python itself.
            (Self::Dnf, Wanted::PythonVenv) => Some("python3"),
            (Self::Brew, Wanted::PythonVenv) => Some("python"),
            (Self::Brew, Wanted::NetworkNamespaces | Wanted::Strace | Wanted::Chromium)
            | (Self::Dnf | Self::Brew, Wanted::Ndiff) => None,
        }
    }

    /// How to install what it has of `wanted`.
    pub fn install(self, wanted: &[Wanted], is_root: bool) -> Install {
        let packages: Vec<&str> = wanted.iter().filter_map(|wanted| self.package(*wanted)).collect();
        if packages.is_empty() {
            return Install::Nothing;
        }
        let mut commands = match self {
            // A fresh machine has no lists, or old ones that name packages which are gone.
            Self::Apt => vec![
                vec!["apt-get", "update"],
                vec!["apt-get", "install", "--yes", "--no-install-recommends"],
            ],
            Self::Dnf => vec![vec!["dnf", "install", "--assumeyes"]],
            Self::Brew => vec![vec!["brew", "install"]],
        };
        if let Some(install) = commands.last_mut() {
            install.extend(packages);
        }
        // Brew installs for the user, and refuses root.
        if is_root || self == Self::Brew {
            return Install::Run(commands);
        }
        let joined = commands.iter().map(|words| words.join(" ")).collect::<Vec<_>>().join(" && ");
        Install::AskFor(if commands.len() == 1 {
            format!("sudo {joined}")
        } else {
            format!("sudo sh -c '{joined}'")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Wanted; 2] = [Wanted::Nmap, Wanted::NetworkNamespaces];

    #[test]
    fn the_first_known_manager_is_taken() {
        assert_eq!(PackageManager::find(|name| name == "dnf" || name == "brew"), Some(PackageManager::Dnf));
        assert_eq!(PackageManager::find(|_| true), Some(PackageManager::Apt));
        assert_eq!(PackageManager::find(|_| false), None);
    }

    #[test]
    fn root_installs_after_an_update_of_the_lists() {
        let Install::Run(commands) = PackageManager::Apt.install(&BOTH, true) else { panic!("root may") };
        let commands: Vec<String> = commands.iter().map(|words| words.join(" ")).collect();
        assert_eq!(
            commands,
            ["apt-get update", "apt-get install --yes --no-install-recommends nmap iproute2"]
        );
    }

    #[test]
    fn others_get_one_command_to_run() {
        assert_eq!(
            PackageManager::Apt.install(&[Wanted::Nmap], false),
            Install::AskFor(
                "sudo sh -c 'apt-get update && apt-get install --yes --no-install-recommends nmap'"
                    .to_owned()
            )
        );
        assert_eq!(
            PackageManager::Dnf.install(&BOTH, false),
            Install::AskFor("sudo dnf install --assumeyes nmap iproute".to_owned())
        );
    }

    #[test]
    fn brew_needs_no_root_and_has_no_namespaces() {
        assert_eq!(
            PackageManager::Brew.install(&BOTH, false),
            Install::Run(vec![vec!["brew", "install", "nmap"]])
        );
        assert_eq!(PackageManager::Brew.install(&[Wanted::NetworkNamespaces], true), Install::Nothing);
    }

    #[test]
    fn what_is_needed_is_known_where_it_exists() {
        for manager in [PackageManager::Apt, PackageManager::Dnf, PackageManager::Brew] {
            assert!(manager.package(Wanted::Nmap).is_some());
        }
        assert!(!Wanted::Nmap.is_optional() && Wanted::Ndiff.is_optional());
    }
}
