import { type Labels, parseSelector, selects } from './label-selector.ts';

/** Whether an object is selected. */
export type Selector = (object: unknown) => boolean;

interface LabelSelectorObject {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** The syntax of ?labelSelector=; an empty one selects everything. @throws InputError */
export function labelSelector(text: string): Selector {
  if (text.trim() === '') return () => true;
  const selector = parseSelector(text);
  return (object) => selects(selector, (at(object, ['metadata', 'labels']) ?? {}) as Labels);
}

/** `status.phase!=Failed,spec.nodeName=n1`; a missing field is the empty string. */
export function fieldSelector(text: string): Selector {
  const terms = text.split(',').flatMap((term): Selector[] => {
    const found = /^([^=!]+)(==?|!=)(.*)$/.exec(term.trim());
    if (!found) return [];
    const path = found[1]!.split('.');
    return [(object) => (String(at(object, path) ?? '') === found[3]) === (found[2] !== '!=')];
  });
  return (object) => terms.every((term) => term(object));
}

/** A selector object as text, keys in order: `app=web,tier in (a,b)`; what a Scale's status.selector holds. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelectorObject): string {
  const operators: Readonly<Record<string, string>> = { In: 'in', NotIn: 'notin' };
  const labels = Object.entries(matchLabels).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return { key, text: key };
    if (operator === 'DoesNotExist') return { key, text: `!${key}` };
    return { key, text: `${key} ${operators[operator] ?? operator} (${[...values].sort().join(',')})` };
  });
  const all = [...labels, ...expressions].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return all.map(({ text }) => text).join(',');
}

function at(object: unknown, path: readonly string[]): unknown {
  let value = object;
  for (const key of path) value = (value as Record<string, unknown> | undefined | null)?.[key];
  return value;
}
