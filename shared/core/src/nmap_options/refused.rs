//! Options of nmap that are refused, and why.

/// Why an option is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `-oN`, `-oX`, `--append-output`, `--stylesheet`
    #[error("options of output would write files on the agent")]
    Output,
    /// `-iL`, `-iR`, `--exclude`, `--excludefile`
    #[error("targets are not named in options")]
    Targets,
    /// `-p`, `-F`, `--top-ports`, `--exclude-ports`
    #[error("ports are not named in options")]
    Ports,
    /// `--datadir`, `--servicedb`, `--versiondb`, `--resume`, `--script-args-file`
    #[error("options that read files of the agent are not taken")]
    Files,
    /// `--script-args`
    #[error("arguments of scripts can make a harmless script do anything")]
    ScriptArguments,
    /// `-D`, `-S`, `-e`, `--spoof-mac`, `--proxies`, `-g`, `--data`, `-f`, `--ttl`
    #[error("options that disguise a scan or forge its packets are not taken")]
    Disguise,
    /// `-sI`, `-b`
    #[error("scans that go through a third machine are not run")]
    ThirdParty,
    /// `--privileged`, `--unprivileged`, `--send-eth`, `--send-ip`
    #[error("the agent knows by itself what it may send")]
    Privileges,
    /// `-6`, `-4`
    #[error("the family follows from the targets")]
    Family,
    /// `-sO`
    #[error("IP protocols are no ports and are not watched")]
    IpProtocols,
    /// `-sL`
    #[error("a list scan looks at nothing")]
    ListScan,
    /// `--iflist`, `--script-help`, `--interactive`, `-V`, `-h`
    #[error("this is no scan")]
    NoScan,
    /// `-d`, `--packet-trace`, `--script-trace`, `--version-trace`
    #[error("debugging is done at the agent")]
    Debugging,
    /// `--dns-servers`, `--system-dns`, `--resolve-all`
    #[error("how names are looked up is a matter of the agent")]
    NameServers,
    /// An option of nmap that no scan here needs.
    #[error("nothing would be made of it")]
    NoUse,
}

impl Refusal {
    /// Why the option of this letter is refused, if nmap has it.
    pub(super) fn of_letter(letter: char) -> Option<Self> {
        Some(match letter {
            'o' | 'm' => Self::Output,
            'i' => Self::Targets,
            'p' | 'F' => Self::Ports,
            'D' | 'S' | 'e' | 'g' | 'f' => Self::Disguise,
            'b' => Self::ThirdParty,
            '6' | '4' => Self::Family,
            'V' | 'h' => Self::NoScan,
            'd' => Self::Debugging,
            'I' | 'q' | 'r' => Self::NoUse,
            _ => return None,
        })
    }

    /// Why the option of this full name is refused, if nmap has it.
    pub(super) fn of_word(name: &str) -> Option<Self> {
        Some(match name {
            "oA"
            | "oG"
            | "oH"
            | "oM"
            | "oN"
            | "oS"
            | "oX"
            | "append-output"
            | "stylesheet"
            | "no-stylesheet"
            | "webxml"
            | "stats-every"
            | "log-errors"
            | "noninteractive"
            | "deprecated-xml-osclass" => Self::Output,
            "iL" | "iR" | "exclude" | "excludefile" | "unique" | "randomize-hosts" | "rH" => Self::Targets,
            "exclude-ports" | "top-ports" | "port-ratio" => Self::Ports,
            "datadir" | "servicedb" | "versiondb" | "resume" | "script-args-file" => Self::Files,
            "script-args" => Self::ScriptArguments,
            "badsum" | "data" | "data-length" | "data-string" | "ff" | "ip-options" | "mtu" | "proxies"
            | "proxy" | "scanflags" | "source-port" | "spoof-mac" | "ttl" | "adler32" | "route-dst" => {
                Self::Disguise
            }
            "sI" => Self::ThirdParty,
            "privileged" | "unprivileged" | "send-eth" | "send-ip" | "disable-arp-ping" => Self::Privileges,
            "help" | "version" | "iflist" | "interactive" | "script-help" | "script-updatedb" | "thc" => {
                Self::NoScan
            }
            "debug" | "packet-trace" | "script-trace" | "version-trace" => Self::Debugging,
            "dns-servers" | "system-dns" | "resolve-all" => Self::NameServers,
            "traceroute"
            | "allports"
            | "max-os-tries"
            | "nsock-engine"
            | "nogcc"
            | "release-memory"
            | "defeat-icmp-ratelimit"
            | "discovery-ignore-rst" => Self::NoUse,
            _ => return None,
        })
    }

    /// A stable word for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Output => "option_writes_output",
            Self::Targets => "option_names_targets",
            Self::Ports => "option_names_ports",
            Self::Files => "option_reads_files",
            Self::ScriptArguments => "option_script_arguments",
            Self::Disguise => "option_disguises",
            Self::ThirdParty => "option_uses_third_party",
            Self::Privileges => "option_sets_privileges",
            Self::Family => "option_sets_family",
            Self::IpProtocols => "option_scans_ip_protocols",
            Self::ListScan => "option_lists_only",
            Self::NoScan => "option_is_no_scan",
            Self::Debugging => "option_debugs",
            Self::NameServers => "option_sets_name_servers",
            Self::NoUse => "option_of_no_use",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Output => "the result is always kept as XML; export reports from there",
            Self::Targets => "give targets and exclusions in their own fields",
            Self::Ports => "give ports in their own field: 22,80 or all or top:100",
            Self::Files | Self::ScriptArguments | Self::ThirdParty => {
                "run such a scan by hand where you may, and import the result"
            }
            Self::Disguise => {
                "leave it out; a scan made by hand can be imported, but --scanflags and --badsum tell of hosts only"
            }
            Self::IpProtocols => "use -sS, -sT, -sU or -sY",
            Self::ListScan => "use -sn to look for hosts only",
            Self::Privileges
            | Self::Family
            | Self::NoScan
            | Self::Debugging
            | Self::NameServers
            | Self::NoUse => "leave it out",
        }
    }
}
