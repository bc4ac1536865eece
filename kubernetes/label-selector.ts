import { InputError } from '../core/errors.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Requirement {
  readonly label: string;
  readonly operator: 'in' | 'not-in' | 'exists' | 'absent';
  readonly values: readonly string[];
}

/** All requirements must hold. */
export type LabelSelector = readonly Requirement[];

const SET = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUALITY = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/;
const PRESENCE = /^(!?)\s*([^\s=!()]+)$/;

/**
 * A selector as `scale.status.selector` and list requests write it: `app=web,tier in (a,b),!canary`.
 * @throws InputError for one that can't be read, or that is empty (it would select every pod of the namespace)
 */
export function parseSelector(text: string): LabelSelector {
  // Commas within parentheses belong to their set.
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  if (text.trim() === '') throw new InputError('the label selector is empty; expected one such as app=web');
  return parts.map((part) => parseRequirement(part, text));
}

function parseRequirement(part: string, text: string): Requirement {
  const set = SET.exec(part);
  if (set !== null) {
    const values = set[3]!.split(',').map((value) => value.trim());
    return { label: set[1]!, operator: set[2] === 'in' ? 'in' : 'not-in', values };
  }
  const equality = EQUALITY.exec(part);
  if (equality !== null) {
    return { label: equality[1]!, operator: equality[2] === '!=' ? 'not-in' : 'in', values: [equality[3]!] };
  }
  const presence = PRESENCE.exec(part);
  if (presence !== null)
    return { label: presence[2]!, operator: presence[1] === '!' ? 'absent' : 'exists', values: [] };
  throw new InputError(
    `label selector "${text}": can't read "${part}"; expected label=value, label!=value, label in (a,b), label notin (a,b), label or !label`,
  );
}

/** As the API server matches: `!=` and `notin` also hold where the label is missing. */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  return selector.every(({ label, operator, values }) => {
    const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
    if (operator === 'in') return value !== undefined && values.includes(value);
    if (operator === 'not-in') return value === undefined || !values.includes(value);
    return (value !== undefined) === (operator === 'exists');
  });
}
