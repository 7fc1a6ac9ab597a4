//! The services that hosts offer.

/// Which scripts and details a port of a full scan comes with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flavour {
    /// Name, product and version only.
    Plain,
    /// Host keys.
    Ssh,
    /// Title, server header, date.
    Http,
    /// Like `Http`, behind TLS: certificate and clock.
    Https,
    /// Another protocol behind TLS.
    Tls,
    /// Not recognised: a guessed name and the raw answers.
    Unrecognised,
}

/// One service, on its usual port.
#[derive(Debug)]
pub(crate) struct Service {
    pub port: u16,
    pub name: &'static str,
    pub product: &'static str,
    /// A host runs one of these, and changes to the next.
    pub versions: [&'static str; 4],
    /// Empty where there is none. This and all texts here are written as they stand: they are XML already.
    pub extra_info: &'static str,
    /// The start of its CPE, without the version.
    pub cpe: &'static str,
    pub flavour: Flavour,
}

const fn service(
    port: u16,
    name: &'static str,
    product: &'static str,
    versions: [&'static str; 4],
    extra_info: &'static str,
    cpe: &'static str,
    flavour: Flavour,
) -> Service {
    Service { port, name, product, versions, extra_info, cpe, flavour }
}

use Flavour::{Http, Https, Plain, Ssh, Tls, Unrecognised};

const DOVECOT: [&str; 4] = ["2.3.16", "2.3.19.1", "2.3.21", "2.4.0"];
const NGINX: [&str; 4] = ["1.22.1", "1.24.0", "1.26.2", "1.27.3"];
const SAMBA: [&str; 4] = ["4.15.13", "4.17.12", "4.19.5", "4.21.1"];
const APACHE: [&str; 4] = ["2.4.54", "2.4.57", "2.4.59", "2.4.62"];
const TOMCAT: [&str; 4] = ["9.0.70", "9.0.83", "10.1.16", "10.1.30"];

/// How many of the catalog every host offers; these stand first.
pub(crate) const EVERYWHERE: usize = 4;

/// All services. In order of port after the first [`EVERYWHERE`].
pub(crate) static CATALOG: [Service; 24] = [
    service(
        22,
        "ssh",
        "OpenSSH",
        ["8.4p1", "8.9p1", "9.2p1", "9.7p1"],
        "protocol 2.0",
        "a:openbsd:openssh",
        Ssh,
    ),
    service(80, "http", "nginx", NGINX, "", "a:igor_sysoev:nginx", Http),
    service(443, "http", "nginx", NGINX, "", "a:igor_sysoev:nginx", Https),
    service(5000, "upnp", "", ["", "", "", ""], "", "", Unrecognised),
    service(21, "ftp", "vsftpd", ["3.0.2", "3.0.3", "3.0.4", "3.0.5"], "", "a:vsftpd:vsftpd", Plain),
    service(
        25,
        "smtp",
        "Exim smtpd",
        ["4.92", "4.94.2", "4.96", "4.98"],
        "SIZE &gt; 50 MB",
        "a:exim:exim",
        Plain,
    ),
    service(53, "domain", "ISC BIND", ["9.11.5", "9.16.1", "9.18.12", "9.20.2"], "", "a:isc:bind", Plain),
    service(110, "pop3", "Dovecot pop3d", DOVECOT, "", "a:dovecot:dovecot", Plain),
    service(111, "rpcbind", "rpcbind", ["2", "3", "4", "2-4"], "RPC #100000", "a:rpcbind:rpcbind", Plain),
    service(139, "netbios-ssn", "Samba smbd", SAMBA, "workgroup: LAB", "a:samba:samba", Plain),
    service(143, "imap", "Dovecot imapd", DOVECOT, "Ubuntu", "a:dovecot:dovecot", Plain),
    service(445, "netbios-ssn", "Samba smbd", SAMBA, "workgroup: LAB", "a:samba:samba", Plain),
    service(587, "smtp", "Exim smtpd", ["4.92", "4.94.2", "4.96", "4.98"], "", "a:exim:exim", Plain),
    service(993, "imap", "Dovecot imapd", DOVECOT, "", "a:dovecot:dovecot", Tls),
    service(995, "pop3", "Dovecot pop3d", DOVECOT, "", "a:dovecot:dovecot", Plain),
    service(3306, "mysql", "MySQL", ["5.7.42", "8.0.33", "8.0.36", "8.4.2"], "", "a:mysql:mysql", Plain),
    service(
        5432,
        "postgresql",
        "PostgreSQL DB",
        ["11.18", "13.9", "15.6", "16.3"],
        "",
        "a:postgresql:postgresql",
        Plain,
    ),
    service(5900, "vnc", "RealVNC", ["4.1", "5.3", "6.0", "6.11"], "protocol 3.8", "a:realvnc:vnc", Plain),
    service(
        6379,
        "redis",
        "Redis key-value store",
        ["5.0.14", "6.2.7", "7.0.15", "7.4.1"],
        "",
        "a:redislabs:redis",
        Plain,
    ),
    service(8000, "http", "Apache httpd", APACHE, "", "a:apache:http_server", Http),
    service(8080, "http", "Apache Tomcat", TOMCAT, "", "a:apache:tomcat", Http),
    service(8443, "http", "Apache Tomcat", TOMCAT, "", "a:apache:tomcat", Https),
    service(9090, "http", "Cockpit web service", ["286", "287", "300", "316"], "", "a:cockpit:cockpit", Http),
    service(
        27017,
        "mongodb",
        "MongoDB",
        ["4.4.29", "5.0.28", "6.0.16", "7.0.14"],
        "",
        "a:mongodb:mongodb",
        Plain,
    ),
];
