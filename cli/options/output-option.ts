import { type Command, Option } from 'commander';
import { InputError } from '../../core/errors.ts';

/** `table` is for people; the others are the same data, by the schema of the command. */
export const OUTPUT_FORMS = ['table', 'json', 'yaml'] as const;
export type OutputForm = (typeof OUTPUT_FORMS)[number];

export interface OutputFlags<Form extends string = OutputForm> {
  readonly output: Form;
}

const SCHEMAS = new WeakMap<Command, readonly string[]>();

/**
 * Adds `-o, --output`.
 * @param schemas of its JSON and YAML, by their names in schemas/
 * @param more forms of this command alone
 */
export function addOutputOption(command: Command, schemas: readonly string[], more: readonly string[] = []): Command {
  SCHEMAS.set(command, schemas);
  const forms = [...OUTPUT_FORMS, ...more];
  return command.addOption(choiceOption('-o, --output <form>', 'standard output', forms).default('table'));
}

/** The names in schemas/ of what a command writes as JSON; undefined: it writes none. */
export function schemasOf(command: Command): readonly string[] | undefined {
  return SCHEMAS.get(command);
}

/** An option with a few words to choose from, which help and completion show. Its complaint is that of every other option. */
export function choiceOption(flags: string, description: string, words: readonly string[]): Option {
  const option = new Option(flags, description).choices(words);
  return option.argParser((text) => {
    if (words.includes(text)) return text;
    const expected = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
    throw new InputError(`${option.long}: found ${JSON.stringify(text)}; expected ${expected}`);
  });
}

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
