import type { Command } from 'commander';

/** Adds --time-zone and --holidays. */
export function addCalendarOptions(command: Command): Command {
  return command
    .option('--time-zone <zone>', 'the IANA zone by whose clock days fold in the day-ahead forecast (default: UTC)')
    .option('--holidays <country or file>', 'its holidays: US, DE-BY, or a file with dates: 2026-12-24, …');
}
