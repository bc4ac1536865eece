import { InputError } from '../../../core/errors.ts';
import type { WorkloadRef } from '../../../core/workload.ts';
import { contextValue, openContext, unescaped } from './placeholder-context.ts';
import { KNOWN_PLACES, type StringPlace, stringPlaces } from './places.ts';
import { escapeString, type PromqlPiece, promqlPieces } from './text.ts';

/** The administrator's PromQL, chosen by name. */
export interface QueryTemplate {
  readonly query: string;
  /** Names of the arguments that a workload gives. */
  readonly args: readonly string[];
}

const PLACEHOLDER = /\$(arg\.[A-Za-z_][A-Za-z0-9_]*|[A-Za-z_][A-Za-z0-9_]*)/g;
/** Longer than any label value of use; bounds what one annotation puts into a batch. */
const MAX_VALUE_CHARS = 1024;
const FROM_OBJECT = ['namespace', 'name', 'kind'] as const;

/**
 * What is wrong with a template; empty: nothing. Placeholders are `$namespace`, `$name`, `$kind` and `$arg.<name>`, and
 * stand within "…" or '…' only, where a value can be escaped for what the string is to the query.
 */
export function templateProblems({ query, args }: QueryTemplate): string[] {
  const known = new Set<string>([...FROM_OBJECT, ...args.map((name) => `arg.${name}`)]);
  const problems: string[] = [];
  const used = new Set<string>();
  const pieces = promqlPieces(query);
  const places = stringPlaces(pieces);
  for (const piece of pieces) {
    const { kind, text, closed } = piece;
    if (!closed) problems.push(`found a string that is not closed: ${text.slice(0, 40)}`);
    const names = [...text.matchAll(PLACEHOLDER)].map(([, name]) => name!);
    for (const name of names) used.add(name);
    const unknown = kind === 'comment' ? [] : names.filter((name) => !known.has(name));
    for (const name of unknown) problems.push(`found $${name}; expected one of ${[...known].map((one) => `$${one}`)}`);
    if (kind === 'comment' || names.length === 0) continue;
    if (kind === 'string' && !text.startsWith('`')) {
      problems.push(...stringProblems(piece, places.get(piece)!));
      continue;
    }
    const where = kind === 'code' ? 'outside quotes' : 'within `…`';
    problems.push(`found $${names[0]} ${where}; expected it within "…", where its value is escaped`);
  }
  for (const name of args.filter((name) => !used.has(`arg.${name}`))) {
    problems.push(`found no $arg.${name} in the query; expected every argument to be used`);
  }
  return problems;
}

/** What keeps values from standing for themselves in a string. */
function stringProblems(piece: PromqlPiece, place: StringPlace): string[] {
  const { texts, names } = partsOf(piece);
  if (place === 'unknown') return [`found $${names[0]} in a string elsewhere; expected it in ${KNOWN_PLACES}`];
  let prefix = '';
  return names.flatMap((name, i) => {
    const text = unescaped(texts[i]!);
    prefix += `${text ?? ''}`;
    const where = text === undefined ? 'after a backslash that escapes nothing' : openContext(place, prefix);
    // An earlier value is a letter to what follows it.
    prefix += 'x';
    return where === undefined ? [] : [`found $${name} ${where}; expected it where it stands for itself`];
  });
}

/** The inside of a string: texts, and between each two of them a placeholder. */
function partsOf({ text }: PromqlPiece): { readonly texts: readonly string[]; readonly names: readonly string[] } {
  const parts = text.slice(1, -1).split(PLACEHOLDER);
  return { texts: parts.filter((_, i) => i % 2 === 0), names: parts.filter((_, i) => i % 2 === 1) };
}

/** @throws InputError with all that is wrong with any of them */
export function checkTemplates(templates: Readonly<Record<string, QueryTemplate>>): void {
  const problems = Object.entries(templates).flatMap(([name, template]) =>
    templateProblems(template).map((problem) => `template ${name}: ${problem}`),
  );
  if (problems.length > 0) throw new InputError(problems.join('\n'));
}

/**
 * The template's PromQL for one workload. Every value becomes the inside of a string literal; where that is a pattern (after `=~` and
 * `!~`, in label_replace) it is one that matches the value only. So no value ends its literal, and none matches more than itself.
 * @throws InputError where an argument is missing, unknown or too long, or the template itself is wrong
 */
export function expandTemplate(
  name: string,
  template: QueryTemplate,
  { namespace, name: workload, kind }: WorkloadRef,
  args: Readonly<Record<string, string>>,
): string {
  checkTemplates({ [name]: template });
  checkArguments(name, template, args);
  const values = new Map([
    ...Object.entries(args).map(([arg, value]) => [`arg.${arg}`, value] as const),
    ...Object.entries({ namespace, name: workload, kind }),
  ]);
  const pieces = promqlPieces(template.query);
  const places = stringPlaces(pieces);
  return pieces
    .map((piece) => {
      if (piece.kind === 'comment') return '';
      return piece.kind === 'code' ? piece.text : expandString(piece, places.get(piece)!, values);
    })
    .join('');
}

function expandString(piece: PromqlPiece, place: StringPlace, values: ReadonlyMap<string, string>): string {
  const { texts, names } = partsOf(piece);
  if (names.length === 0) return piece.text;
  const quote = piece.text[0]!;
  const inside = names.map((name, i) => {
    const value = contextValue(place, values.get(name)!, unescaped(texts[i + 1]!) ?? '');
    return `${texts[i]}${escapeString(value)}`;
  });
  return `${quote}${inside.join('')}${texts.at(-1)}${quote}`;
}

function checkArguments(name: string, { args }: QueryTemplate, given: Readonly<Record<string, string>>): void {
  const expected = args.length === 0 ? 'none' : args.join(', ');
  for (const arg of args.filter((arg) => !Object.hasOwn(given, arg))) {
    throw new InputError(`template ${name}: found no argument ${arg}; expected ${expected}`);
  }
  for (const [arg, value] of Object.entries(given)) {
    if (!args.includes(arg)) throw new InputError(`template ${name}: found argument ${arg}; expected ${expected}`);
    if (value.length > MAX_VALUE_CHARS) {
      throw new InputError(
        `template ${name}: found ${value.length} characters for ${arg}; expected at most ${MAX_VALUE_CHARS}`,
      );
    }
  }
}
