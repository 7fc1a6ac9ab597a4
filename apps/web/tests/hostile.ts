// What a machine would say of itself that wants to harm who reads it, as two results of nmap tell it.

import { NET } from "./stage";

export const HOSTILE_HOST = `${NET}.9`;

const ESCAPE = "\u001b]0;owned";
/** What the server puts where a text has a character that no text may have. */
const REPLACED = "\ufffd]0;owned";

interface Texts {
  name: string;
  product: string;
  extra: string;
  script: string;
}

function texts(word: string, escape: string): Texts {
  return {
    name: `${word}<img src=x onerror=alert(3)>'".example`,
    product: `${word}shop <img src=x onerror=alert(4)>`,
    extra: `it's "${word}" <script>alert(5)</script> ${escape}`,
    script: `${escape}<img src=x onerror=alert(6)> "${word}"`,
  };
}

/** As they should stand on a page, to the letter. */
export const BEFORE = texts("once", REPLACED);
export const AFTER = texts("now", REPLACED);

/** What both were started with, where a page may show it. */
export const ARGUMENTS = "--script-args x='<img/src=x/onerror=alert(8)>'";

/** Of two hours ago, and of an hour ago: other texts, and a port more. */
export function hostileResults(): Buffer[] {
  const now = Math.floor(Date.now() / 1000);
  return [result(now - 7200, texts("once", ESCAPE), [8081]), result(now - 3600, texts("now", ESCAPE), [8081, 8082])];
}

function quoted(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\u001b": "&#27;" };
  return `"${text.replace(/[&<>"\u001b]/g, (one) => entities[one] ?? one)}"`;
}

function result(start: number, said: Texts, open: number[]): Buffer {
  const ports = open.map(
    (port) =>
      `<port protocol="tcp" portid="${port}"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="http" product=${quoted(said.product)} extrainfo=${quoted(said.extra)} method="probed" conf="10"/><script id="http-title" output=${quoted(said.script)}/></port>`,
  );
  const closed = open.length < 2 ? '<extraports state="closed" count="1"/>' : "";
  return Buffer.from(`<?xml version="1.0"?>
<nmaprun scanner="nmap" args=${quoted(`nmap -sS -sV --script http-title ${ARGUMENTS} -p 8081,8082 -oX - ${HOSTILE_HOST}`)} start="${start}" version="7.95" xmloutputversion="1.05"><scaninfo type="syn" protocol="tcp" numservices="2" services="8081-8082"/><host starttime="${start}" endtime="${start + 5}"><status state="up" reason="echo-reply" reason_ttl="64"/><address addr="${HOSTILE_HOST}" addrtype="ipv4"/><hostnames><hostname name=${quoted(said.name)} type="PTR"/></hostnames><ports>${closed}${ports.join("")}</ports></host><runstats><finished time="${start + 9}" elapsed="9" exit="success"/><hosts up="1" down="0" total="1"/></runstats></nmaprun>`);
}
