import type { Command, Option } from 'commander';

const SUGGESTED = new WeakMap<Option, readonly string[]>();

/** Words that completion offers for options that take others, too: a name or a file. @param words by the option's long flag */
export function suggest(command: Command, words: Readonly<Record<`--${string}`, readonly string[]>>): Command {
  for (const [long, list] of Object.entries(words)) {
    const option = command.options.find((one) => one.long === long);
    if (!option) throw new Error(`${command.name()} has no option ${long}`);
    SUGGESTED.set(option, list);
  }
  return command;
}

/** The words suggested for an option. */
export function suggestionsOf(option: Option): readonly string[] {
  return SUGGESTED.get(option) ?? [];
}
