import { Command } from 'commander';
import { addReplay } from './replay-command.ts';
import type { Flags } from './replay-options.ts';

/** The options of `prescale replay` as they are when nobody gives them. */
export function replayDefaults(): Flags {
  const program = new Command();
  addReplay(program, '');
  const options = program.commands[0]!.options.filter(({ defaultValue }) => typeof defaultValue === 'string');
  return Object.fromEntries(options.map((option) => [option.attributeName(), option.defaultValue as string]));
}
