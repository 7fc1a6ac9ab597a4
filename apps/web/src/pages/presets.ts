// Scans to start from; the same as `portdelta scans add --preset`.

export interface Preset {
  name: string;
  title: string;
  about: string;
  options: string;
  ports: string;
}

const UDP =
  "U:7,9,19,53,67-69,111,123,135,137-139,161-162,177,389,427,443,500,514,518,520,523,554,623,626,631,636,1194,1434,1604,1645-1646,1701,1812-1813,1900,2049,2222,3283,3389,3456,3478,3702,4500,4672,5004,5060,5353,5683,6481,10000,11211,17185,20031,27015,30718,31337,32768-32771,47808,49152-49154";

export const PRESETS: Preset[] = [
  { name: "fast", title: "Fast", about: "The hundred most common TCP ports, nothing more.", options: "-T4 --max-retries 2 --host-timeout 5m", ports: "top:100" },
  { name: "service", title: "Services", about: "A thousand TCP ports, and what answers behind them.", options: "-T4 -sV --host-timeout 30m", ports: "top:1000" },
  { name: "full", title: "Everything", about: "Every TCP port, services, scripts, operating systems. Slow, needs root.", options: "-T4 -sS -sV -sC -O --host-timeout 2h", ports: "all" },
  { name: "discovery", title: "Discovery", about: "Which hosts are up; no ports.", options: "-sn -T4", ports: "" },
  { name: "udp-top", title: "UDP", about: "The UDP ports that matter most. Slow, needs root.", options: "-T4 -sU -sV --version-intensity 0 --max-retries 2 --host-timeout 30m", ports: UDP },
];
