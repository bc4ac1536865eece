import type { Command } from 'commander';

/** Adds --holidays; --timezone stands with what says how a file is read. */
export function addCalendarOptions(command: Command): Command {
  return command.option('--holidays <country or file>', 'its holidays: US, DE-BY, or a file with dates: 2026-12-24, …');
}
