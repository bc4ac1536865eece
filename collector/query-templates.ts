import { InputError } from '../core/errors.ts';
import type { WorkloadRef } from '../core/workload.ts';
import { escapeRegex, escapeString, promqlPieces } from './promql-text.ts';

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
 * stand within "…" or '…' only, where a value can be escaped.
 */
export function templateProblems({ query, args }: QueryTemplate): string[] {
  const known = new Set<string>([...FROM_OBJECT, ...args.map((name) => `arg.${name}`)]);
  const problems: string[] = [];
  const used = new Set<string>();
  for (const { kind, text, closed } of promqlPieces(query)) {
    if (!closed) problems.push(`found a string that is not closed: ${text.slice(0, 40)}`);
    const names = [...text.matchAll(PLACEHOLDER)].map(([, name]) => name!);
    for (const name of names) used.add(name);
    const unknown = kind === 'comment' ? [] : names.filter((name) => !known.has(name));
    for (const name of unknown) problems.push(`found $${name}; expected one of ${[...known].map((one) => `$${one}`)}`);
    if (kind === 'comment' || (kind === 'string' && !text.startsWith('`')) || names.length === 0) continue;
    const where = kind === 'code' ? 'outside quotes' : 'within `…`';
    problems.push(`found $${names[0]} ${where}; expected it within "…", where its value is escaped`);
  }
  for (const name of args.filter((name) => !used.has(`arg.${name}`))) {
    problems.push(`found no $arg.${name} in the query; expected every argument to be used`);
  }
  return problems;
}

/** @throws InputError with all that is wrong with any of them */
export function checkTemplates(templates: Readonly<Record<string, QueryTemplate>>): void {
  const problems = Object.entries(templates).flatMap(([name, template]) =>
    templateProblems(template).map((problem) => `template ${name}: ${problem}`),
  );
  if (problems.length > 0) throw new InputError(problems.join('\n'));
}

/**
 * The template's PromQL for one workload. Every value becomes the inside of a string literal; right after `=~` or `!~` it
 * is a pattern that matches the value only. So no value ends its literal, and none matches more than itself.
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
  let before = '';
  return promqlPieces(template.query)
    .map(({ kind: piece, text }) => {
      const pattern = /[=!]~\s*$/.test(before);
      if (piece !== 'comment') before = text;
      if (piece === 'comment') return '';
      return text.replace(PLACEHOLDER, (_, placeholder: string) => {
        const value = values.get(placeholder)!;
        return escapeString(pattern ? escapeRegex(value) : value);
      });
    })
    .join('');
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
