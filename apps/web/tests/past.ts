// Weeks of results for pictures: what nmap would have written of networks that live. The same each time.

export interface Service {
  port: number;
  name: string;
  product: string;
  version: string;
}

interface Machine {
  address: string;
  name: string;
  services: Service[];
  /** In which of the weeks' results it answers. */
  up: (week: number) => boolean;
  /** What is different in some of them. */
  change: (week: number, services: Service[]) => Service[];
}

/** Numbers that look random and are not. */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const SSH: Service = { port: 22, name: "ssh", product: "OpenSSH", version: "9.2p1 Debian 2+deb12u2" };
const OLD_SSH: Service = { ...SSH, version: "8.4p1 Debian 5+deb11u1" };
const RDP: Service = { port: 3389, name: "ms-wbt-server", product: "Microsoft Terminal Services", version: "" };
const KINDS: { name: string; services: Service[] }[] = [
  { name: "web", services: [SSH, { port: 80, name: "http", product: "nginx", version: "1.24.0" }, { port: 443, name: "http", product: "nginx", version: "1.24.0" }] },
  { name: "db", services: [SSH, { port: 5432, name: "postgresql", product: "PostgreSQL DB", version: "15.4" }] },
  { name: "files", services: [OLD_SSH, { port: 139, name: "netbios-ssn", product: "Samba smbd", version: "4.6.2" }, { port: 445, name: "netbios-ssn", product: "Samba smbd", version: "4.6.2" }] },
  { name: "printer", services: [{ port: 80, name: "http", product: "HP HTTP Server", version: "" }, { port: 631, name: "ipp", product: "CUPS", version: "2.4" }, { port: 9100, name: "jetdirect", product: "", version: "" }] },
  { name: "desk", services: [] },
  { name: "desk", services: [{ port: 135, name: "msrpc", product: "Microsoft Windows RPC", version: "" }] },
  { name: "mail", services: [SSH, { port: 25, name: "smtp", product: "Postfix smtpd", version: "" }, { port: 143, name: "imap", product: "Dovecot imapd", version: "" }, { port: 993, name: "imap", product: "Dovecot imapd", version: "" }] },
];

const PORTS = "21-23,25,53,80,110,135,139,143,443,445,631,993,3306,3389,5432,5900,8080,8443,9100";
const PORT_COUNT = 21;

function machines(prefix: string, blocks: number, share: number, seed: number): Machine[] {
  const roll = dice(seed);
  const all: Machine[] = [];
  for (let block = 0; block < blocks; block += 1) {
    for (let last = 1; last < 255; last += 1) {
      // Machines stand together, as people plug them in.
      const crowd = Math.sin((last + block * 37) / 17) * 0.22;
      if (roll() > share + crowd) continue;
      const kind = KINDS[Math.floor(roll() * KINDS.length)] ?? { name: "host", services: [] };
      const fate = roll();
      const when = 2 + Math.floor(roll() * 8);
      const [a, b, c] = prefix.split(".").map(Number);
      all.push({
        address: `${a}.${b}.${(c ?? 0) + block}.${last}`,
        name: `${kind.name}-${block * 254 + last}.office.example`,
        services: kind.services,
        up: (week) => (fate < 0.05 ? week < when : fate < 0.1 ? week >= when : true),
        change: (week, services) => {
          if (week < when) return services;
          if (fate > 0.985) return [...services, RDP];
          if (fate > 0.95) return services.map((one) => (one.port === 22 ? { ...SSH, version: "9.6p1 Ubuntu 3ubuntu13" } : one));
          if (fate > 0.92) return services.slice(0, -1);
          if (fate > 0.89) return [...services, { port: 8080, name: "http-proxy", product: "Jetty", version: "9.4.48" }];
          return services;
        },
      });
    }
  }
  return all;
}

export interface Place {
  name: string;
  prefixes: string;
  owner: string;
  labels: string[];
  first: string;
  blocks: number;
  share: number;
}

export const PLACES: Place[] = [
  { name: "Office", prefixes: "10.20.0.0/24", owner: "IT operations", labels: ["berlin", "people"], first: "10.20.0", blocks: 1, share: 0.42 },
  { name: "Data centre", prefixes: "10.40.0.0/20", owner: "Platform", labels: ["production"], first: "10.40.0", blocks: 16, share: 0.34 },
  { name: "Branch", prefixes: "10.60.0.0/23", owner: "IT operations", labels: ["hamburg"], first: "10.60.0", blocks: 2, share: 0.2 },
];

export const WEEKS = 10;

/** What nmap wrote of a place in one of the weeks. */
export function result(place: Place, week: number, time: number): string {
  const all = machines(place.first, place.blocks, place.share, place.name.length * 7919);
  const known = new Map(all.map((machine) => [machine.address, machine]));
  const start = Math.floor(time / 1000);
  const [a, b, c] = place.first.split(".").map(Number);
  const hosts: string[] = [];
  let up = 0;
  for (let block = 0; block < place.blocks; block += 1) {
    for (let last = 0; last < 256; last += 1) {
      const address = `${a}.${b}.${(c ?? 0) + block}.${last}`;
      const machine = known.get(address);
      if (!machine?.up(week)) {
        hosts.push(`<host><status state="down" reason="no-response" reason_ttl="0"/><address addr="${address}" addrtype="ipv4"/></host>`);
        continue;
      }
      up += 1;
      const services = machine.change(week, machine.services);
      const ports = services.map(
        (one) =>
          `<port protocol="tcp" portid="${one.port}"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="${one.name}"${one.product ? ` product="${one.product}"` : ""}${one.version ? ` version="${one.version}"` : ""} method="probed" conf="10"/></port>`,
      );
      const closed = PORT_COUNT - services.length;
      hosts.push(
        `<host starttime="${start}" endtime="${start + 60}"><status state="up" reason="echo-reply" reason_ttl="64"/><address addr="${address}" addrtype="ipv4"/><hostnames><hostname name="${machine.name}" type="PTR"/></hostnames><ports><extraports state="closed" count="${closed}"><extrareasons reason="reset" count="${closed}"/></extraports>${ports.join("")}</ports></host>`,
      );
    }
  }
  const total = place.blocks * 256;
  return `<?xml version="1.0"?>
<nmaprun scanner="nmap" args="nmap -sS -sV -v -p ${PORTS} -oX - ${place.prefixes}" start="${start}" version="7.95" xmloutputversion="1.05"><scaninfo type="syn" protocol="tcp" numservices="${PORT_COUNT}" services="${PORTS}"/>${hosts.join("\n")}<runstats><finished time="${start + 90}" elapsed="90" exit="success"/><hosts up="${up}" down="${total - up}" total="${total}"/></runstats></nmaprun>`;
}
