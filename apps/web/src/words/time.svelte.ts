// Times in the viewer's zone, in words.

class Now {
  ms = $state(Date.now());

  constructor() {
    setInterval(() => {
      this.ms = Date.now();
    }, 10_000);
  }
}

export const now = new Now();

const exactFormat = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});

const dayFormat = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const dayAndYearFormat = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", year: "numeric" });
const clockFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export function exact(time: string): string {
  return exactFormat.format(new Date(time));
}

/** `14:05`, `Nov 3, 14:05`, `Nov 3, 2025` */
export function short(time: string, from = Date.now()): string {
  const date = new Date(time);
  const today = new Date(from);
  if (date.toDateString() === today.toDateString()) return clockFormat.format(date);
  if (date.getFullYear() === today.getFullYear()) return `${dayFormat.format(date)}, ${clockFormat.format(date)}`;
  return dayAndYearFormat.format(date);
}

export function day(time: string): string {
  return dayFormat.format(new Date(time));
}

/** `3 min ago`, `in 2 h`, and the date where that says more. */
export function relative(time: string, from: number): string {
  const seconds = Math.round((new Date(time).getTime() - from) / 1000);
  const size = Math.abs(seconds);
  if (size < 10) return "just now";
  const words = size < 60 ? `${size} s` : size < 3600 ? `${Math.round(size / 60)} min` : size < 48 * 3600 ? `${Math.round(size / 3600)} h` : size < 30 * 86_400 ? `${Math.round(size / 86_400)} days` : "";
  if (!words) return short(time, from);
  return seconds < 0 ? `${words} ago` : `in ${words}`;
}

/** `4 s`, `12 min`, `3 h 20 min`, `2 days` */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} days ${hours % 24} h` : `${days} days`;
}

/** Since yesterday: the last so many hours, as the API takes times. */
export function hoursAgo(hours: number, from = Date.now()): string {
  return new Date(from - hours * 3_600_000).toISOString().replace(/\.\d+Z$/, "Z");
}

/** The day of the viewer's zone in which a time lies, `2026-11-22`, as fields for days take it. */
export function localDay(time: string | number): string {
  const date = new Date(time);
  const parts: [number, number][] = [[date.getFullYear(), 4], [date.getMonth() + 1, 2], [date.getDate(), 2]];
  return parts.map(([value, digits]) => String(value).padStart(digits, "0")).join("-");
}

/** When a day of the viewer's zone begins, `2026-11-22`, as the API takes times; `undefined` where it is none. */
export function beginOf(day: string): string | undefined {
  return timeOf(day, "00:00:00");
}

/** When it ends. */
export function endOf(day: string): string | undefined {
  return timeOf(day, "23:59:59");
}

function timeOf(day: string, clock: string): string | undefined {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(`${day}T${clock}`) : new Date(Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace(/\.\d+Z$/, "Z");
}
