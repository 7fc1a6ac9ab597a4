// Warnings of runs and results, each in a few words before its sentence.

const WARNINGS: Record<string, string> = {
  // Of files.
  incomplete: "Not complete",
  scanner_failed: "Scanner failed",
  damaged: "Damaged",
  malformed: "Not well-formed",
  host_cut: "Host cut off",
  no_address: "No address",
  bad_address: "Unclear address",
  scope_ignored: "Zone ignored",
  bad_port: "Unclear port",
  bad_number: "Unclear number",
  bad_time: "Unclear time",
  bad_mac: "Unclear MAC address",
  bad_port_list: "Unclear list of ports",
  port_list_mismatch: "Wrong count of ports",
  late_scan_info: "List of ports too late",
  unreadable_record: "Unknown record",
  record_too_long: "Record too long",
  value_cut: "Text cut",
  list_cut: "List cut",
  args_too_long: "Command too long",
  bad_characters: "Unreadable characters",
  unknown_entity: "Unknown entity",
  conflicting_ports: "Conflicting ports",
  // Of files that were refused.
  empty_file: "Refused: empty",
  not_a_scan: "Refused: no scan",
  unsupported_format: "Refused: unknown format",
  too_large: "Refused: too large",
  too_compressed: "Refused: packed too tightly",
  too_many_documents: "Refused: too many documents",
  too_many_hosts: "Refused: too many hosts",
  too_many_ports: "Refused: too many ports",
  too_deep: "Refused: nested too deep",
  tag_too_large: "Refused: a tag too large",
  unpacking_failed: "Refused: can't be unpacked",
  unreadable: "Refused: unreadable",
  no_evidence: "No evidence",
  // Of results of tasks.
  clock_skew: "Clock wrong",
  time_outside_task: "Times corrected",
  time_in_future: "Times corrected",
  result_cut: "Cut short",
  hosts_outside_task: "Hosts not asked for",
  ports_outside_task: "Ports not asked for",
  addresses_missing: "Addresses missing",
  ports_missing: "Ports missing",
  hosts_timed_out: "Hosts timed out",
  hosts_unreached: "Hosts not reached",
  targets_unknown: "Targets unknown",
  scanner_complaint: "Scanner complains",
  blackout: "Nothing answers",
  cleaned_up: "Cleaned up",
  more_warnings: "More warnings",
};

/** What a warning is about. A code that is not known yet is read as it is written. */
export function warningName(code: string): string {
  return WARNINGS[code] ?? code.replace(/[_.-]+/g, " ").replace(/^./, (letter) => letter.toUpperCase());
}

/** The codes that have words. */
export const KNOWN_WARNINGS = Object.keys(WARNINGS);
