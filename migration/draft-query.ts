import { isRecord, type Path } from '../kubernetes/manifests/manifest-documents.ts';
import type { Draft } from './draft.ts';

const LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MOST_NAME = 63;

/**
 * What the name of a template may be, from that of a metric: `http_requests` → `http-requests`. Resources have theirs, so a metric that
 * is called as one of them is called after the workload too.
 */
export function templateName(draft: Draft, metric: string): string {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '');
  const name = plain(metric);
  const taken = ['', 'cpu', 'memory', 'gpu', 'query'].includes(name);
  const own = taken ? plain(`${draft.target?.name ?? 'workload'}-${name || 'metric'}`) : name;
  return own.slice(0, MOST_NAME).replace(/-+$/, '');
}

/** The names of a workload's pods as a pattern, for `pod=~"…"`. */
export function podPattern(draft: Draft): string {
  return draft.target?.kind === 'StatefulSet' ? '$name-[0-9]+' : '$name-[a-z0-9]+-[a-z0-9]+';
}

/** A query for a metric of which only the name is known, by what adapters commonly do. */
export function draftQuery(
  draft: Draft,
  own: Path,
  section: 'pods' | 'object' | 'external',
  name: string,
): { readonly query: string; readonly from: Path[] } {
  const from: Path[] = [];
  const labels: string[] = [];
  const add = (label: string, value: string, path: Path): void => {
    if (!LABEL.test(label)) {
      draft.drop(path, 'no label of Prometheus has such a name; add it to the query yourself');
      return;
    }
    labels.push(`${label}=${JSON.stringify(value)}`);
    from.push(path);
  };
  if (section !== 'external') labels.push('namespace="$namespace"');
  if (section === 'pods') labels.push(`pod=~"${podPattern(draft)}"`);
  if (section === 'object') {
    const kind = draft.text([...own, 'describedObject', 'kind']);
    const object = draft.text([...own, 'describedObject', 'name']);
    if (kind !== undefined && object !== undefined) {
      add(kind.toLowerCase(), object, [...own, 'describedObject', 'name']);
      from.push([...own, 'describedObject', 'kind']);
    }
  }
  const selector: Path = [...own, 'metric', 'selector', 'matchLabels'];
  const matched = draft.at(selector);
  if (isRecord(matched)) {
    for (const key of Object.keys(matched)) {
      const value = draft.text([...selector, key]);
      if (value !== undefined) add(key, value, [...selector, key]);
    }
  }
  const braces = labels.length === 0 ? '' : `{${labels.join(',')}}`;
  const metric = LABEL.test(name.replaceAll(':', '_'))
    ? `${name}${braces}`
    : `{${[`__name__=${JSON.stringify(name)}`, ...labels].join(',')}}`;
  return { query: `sum(${metric})`, from };
}
