import type { Argument, Command, Option } from 'commander';

import { suggestionsOf } from '../options/output-option.ts';

/** One word that may stand where the cursor is, and what it is. */
export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** What may stand where the cursor is; `files`: also a path. */
export interface Candidates {
  readonly words: readonly Candidate[];
  readonly files: boolean;
}

const NOTHING: Candidates = { words: [], files: false };

/**
 * What a command line may go on with, read from commander's own tree.
 * @param typed the words after the program's name; the last one is under the cursor, and may be empty
 */
export function candidates(program: Command, typed: readonly string[]): Candidates {
  const words = joined(typed);
  const current = words.at(-1) ?? '';
  const { command, option, places, literal } = walk(program, words.slice(0, -1));
  if (option) return matching(valuesOf(option), current);
  const [, name, value] = /^(--[^=]+)=(.*)$/s.exec(current) ?? [];
  if (!literal && name !== undefined && value !== undefined) {
    const named = optionNamed(command, name);
    return named ? prefixed(`${name}=`, matching(valuesOf(named), value)) : NOTHING;
  }
  if (!literal && current.startsWith('-')) return matching({ words: optionWords(command), files: false }, current);
  const place = command.registeredArguments.at(places) ?? command.registeredArguments.find(({ variadic }) => variadic);
  const subcommands = places === 0 ? visible(command) : [];
  const own = place ? valuesOf(place) : NOTHING;
  return matching({ words: [...subcommands, ...own.words], files: own.files }, current);
}

/** Where the words lead: to a command, and to an option that wants its value. */
function walk(program: Command, words: readonly string[]) {
  let [command, option, places, literal]: [Command, Option | undefined, number, boolean] = [
    program,
    undefined,
    0,
    false,
  ];
  for (const word of words) {
    const before = option;
    option = undefined;
    if (before) continue;
    if (literal || !word.startsWith('-') || word === '-') {
      const next: Command | undefined =
        places === 0 && !literal ? command.commands.find((one) => one.name() === word) : undefined;
      if (next) command = next;
      else places++;
    } else if (word === '--') literal = true;
    else if (!word.includes('=')) option = wanting(optionNamed(command, word));
  }
  return { command, option, places, literal };
}

function wanting(option: Option | undefined): Option | undefined {
  return option && (option.required || option.optional) ? option : undefined;
}

/** Of the command, or of one above it. */
function optionNamed(command: Command, name: string): Option | undefined {
  for (let one: Command | null = command; one; one = one.parent) {
    const found = one.options.find(({ long, short }) => long === name || short === name);
    if (found) return found;
  }
  return undefined;
}

/** Bash breaks `--output=json` at the sign, where another word begins. */
function joined(words: readonly string[]): string[] {
  const all: string[] = [];
  for (const [i, word] of words.entries()) {
    const isSign = word === '=' && all.at(-1)?.startsWith('--');
    const isValue = words[i - 1] === '=' && i > 1 && words[i - 2]!.startsWith('--');
    if (isSign) all.push('');
    else if (isValue) all[all.length - 1] = word;
    else all.push(word);
  }
  return all;
}

function visible(command: Command): Candidate[] {
  const help = command.createHelp();
  return help.visibleCommands(command).map((one) => ({ word: one.name(), about: one.description() }));
}

function optionWords(command: Command): Candidate[] {
  const above = command.parent?.parent ? command.parent.options : [];
  const help = command.createHelp();
  const options = [...help.visibleOptions(command), ...above.filter(({ hidden }) => !hidden)];
  return options.flatMap(({ long, short, description }) =>
    [long, short].flatMap((word) => (word ? [{ word, about: description }] : [])),
  );
}

/** Its choices; where it has none, a path if its placeholder says so. */
function valuesOf(taker: Option | Argument): Candidates {
  const { argChoices } = taker;
  const choices = argChoices ?? ('flags' in taker ? suggestionsOf(taker) : []);
  const words = choices.map((word) => ({ word, about: '' }));
  if (argChoices) return { words, files: false };
  const text = 'flags' in taker ? taker.flags : `${taker.name()} ${taker.description}`;
  return { words, files: /file|folder|manifest|\.yaml|trace/.test(text) };
}

function matching({ words, files }: Candidates, current: string): Candidates {
  return { words: words.filter(({ word }) => word.startsWith(current)), files };
}

function prefixed(prefix: string, { words, files }: Candidates): Candidates {
  return { words: words.map(({ word, about }) => ({ word: `${prefix}${word}`, about })), files };
}
