import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, visit } from 'yaml';

/*
 * What a file of manifests holds: the output of Helm or kustomize, a list of kubectl, JSON. The parsed documents are walked by hand, with
 * a budget: aliases and merge keys may make a page of YAML a billion values, or a circle.
 */

/** Where a field stands: `['spec', 'metrics', 0]`. */
export type Path = readonly (string | number)[];

/** One Kubernetes object of a file. */
export interface ManifestObject {
  readonly file: string;
  /** Its content as plain data. */
  readonly content: Readonly<Record<string, unknown>>;
  /** The chart's template that it was rendered from, as Helm's `# Source:` line says. */
  readonly source: string | undefined;
  /** The line of a field, from 1; that of the nearest ancestor where there is no such field. */
  readonly lineOf: (path: Path) => number;
}

/** What keeps a part of a file from being read. */
export interface ManifestProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface Manifests {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly ManifestProblem[];
}

/** Values that aliases and merge keys may add to those that are written out, of which there are no more than letters. */
const MOST_REPEATED = 200_000;
/** Deeper than any manifest. */
const MOST_DEPTH = 100;
const HELM_SOURCE = /^ ?Source: (\S+)$/m;

/** The objects of a text, those of lists one by one. @param file the name in messages */
export function readManifests(text: string, file: string): Manifests {
  const lines = new LineCounter();
  const options = { lineCounter: lines, version: '1.2', schema: 'core', merge: true, prettyErrors: false } as const;
  const objects: ManifestObject[] = [];
  const problems: ManifestProblem[] = [];
  let documents: readonly Document.Parsed[];
  try {
    const parsed = parseAllDocuments(text, { ...options, logLevel: 'error' });
    documents = Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    // The parser calls itself for each level.
    if (!(error instanceof RangeError)) throw error;
    return { objects, problems: [{ file, line: 1, message: 'found too many levels; expected manifests' }] };
  }
  const budget = { left: text.length + MOST_REPEATED };
  for (const document of documents) {
    const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
    const start = document.contents?.range?.[0] ?? document.range[0];
    const problem = (line: number, message: string) => problems.push({ file, line, message });
    const [error] = document.errors;
    if (error !== undefined) {
      const why = /call stack/.test(error.message)
        ? 'too many levels'
        : `no valid YAML: ${error.message}${helmHint(text)}`;
      problem(lineAt(error.pos[0]), `found ${why}`);
      continue;
    }
    const reader = new DocumentReader(document, budget);
    let content: unknown;
    try {
      content = reader.plain(document.contents, 0);
    } catch (cause) {
      if (!(cause instanceof Unusable)) throw cause;
      problem(lineAt(start), cause.message);
      if (budget.left <= 0) break;
      continue;
    }
    if (content === null || content === undefined) continue;
    const source = HELM_SOURCE.exec(commentsOf(document))?.[1];
    const lineOf = (base: Path) => (path: Path) => lineAt(reader.offsetOf([...base, ...path]) ?? start);
    flatten(content, [], (item, base) => {
      if (isRecord(item)) objects.push({ file, content: item, source, lineOf: lineOf(base) });
      else
        problem(lineOf(base)([]), `found ${kindOfValue(item)}; expected a Kubernetes object with apiVersion and kind`);
    });
  }
  return { objects, problems };
}

/** What stands above a document's first line: the parser gives it to the document, its content or the first key. */
function commentsOf({ commentBefore, contents }: Document.Parsed): string {
  const first = isMap(contents) ? (contents.items[0]?.key as Node | undefined) : undefined;
  return [commentBefore, contents?.commentBefore, first?.commentBefore].filter((text) => text != null).join('\n');
}

/** The object itself, or the items of a list, lists of lists too. */
function flatten(content: unknown, base: Path, give: (item: unknown, base: Path) => void): void {
  const isList = isRecord(content) && typeof content.kind === 'string' && content.kind.endsWith('List');
  const items = isList && Array.isArray(content.items) ? content.items : undefined;
  if (items === undefined) give(content, base);
  items?.forEach((item: unknown, i) => {
    flatten(item, [...base, 'items', i], give);
  });
}

/** Why a document's values can't be had. */
class Unusable extends Error {}

/** The values of one document, and where they stand. */
class DocumentReader {
  private readonly document: Document.Parsed;
  private readonly budget: { left: number };
  /** Nodes that are being walked, to find a circle. */
  private readonly open = new Set<unknown>();
  /** What each alias names; found in one walk, when the first is met. */
  private targets: ReadonlyMap<unknown, unknown> | undefined;

  constructor(document: Document.Parsed, budget: { left: number }) {
    this.document = document;
    this.budget = budget;
  }

  plain(node: unknown, depth: number): unknown {
    this.budget.left--;
    if (this.budget.left < 0) throw new Unusable('found aliases that repeat too many values; expected manifests');
    if (depth > MOST_DEPTH) throw new Unusable(`found more than ${MOST_DEPTH} levels; expected manifests`);
    const own = this.resolved(node);
    if (isScalar(own)) return own.value;
    if (!isMap(own) && !isSeq(own)) return null;
    if (this.open.has(own)) throw new Unusable('found an alias within what it names: a circle; expected manifests');
    this.open.add(own);
    try {
      if (isSeq(own)) return own.items.map((item) => this.plain(item, depth + 1));
      const content: Record<string, unknown> = Object.create(null);
      for (const { key, value } of this.pairs(own, depth)) content[key] = this.plain(value, depth + 1);
      return content;
    } finally {
      this.open.delete(own);
    }
  }

  /** Where a field begins; where there is no such field, its nearest ancestor. Only of a document that plain() could read. */
  offsetOf(path: Path): number | undefined {
    let node = this.resolved(this.document.contents);
    let offset: number | undefined;
    for (const step of path) {
      let next: unknown;
      if (isMap(node) && typeof step === 'string') {
        const pair = this.pairs(node, 0).find(({ key }) => key === step);
        if (pair === undefined) return offset;
        offset = pair.offset ?? offset;
        next = pair.value;
      } else if (isSeq(node) && typeof step === 'number') {
        next = node.items[step];
        if (next === undefined) return offset;
        offset = (next as Node).range?.[0] ?? offset;
      } else return offset;
      node = this.resolved(next);
    }
    return offset ?? (node as Node | null)?.range?.[0];
  }

  /** Own keys of a map before those that are merged into it (`<<`). */
  private pairs(map: unknown, depth: number): { key: string; value: unknown; offset: number | undefined }[] {
    if (!isMap(map)) return [];
    if (depth > MOST_DEPTH) throw new Unusable(`found more than ${MOST_DEPTH} levels; expected manifests`);
    const found = new Map<string, { key: string; value: unknown; offset: number | undefined }>();
    const merged: unknown[] = [];
    for (const { key, value } of map.items) {
      const scalar: unknown = isScalar(key) ? key.value : key;
      // Only an unquoted << is a symbol.
      if (typeof scalar === 'symbol') {
        const sources = this.resolved(value);
        merged.push(...(isSeq(sources) ? sources.items : [sources]));
        continue;
      }
      const name = isScalar(key) ? String(scalar) : 'a key that is no text';
      found.set(name, { key: name, value, offset: (key as Node | null)?.range?.[0] });
    }
    for (const source of merged) {
      this.budget.left--;
      if (this.budget.left < 0) throw new Unusable('found merge keys that repeat too many values; expected manifests');
      for (const pair of this.pairs(this.resolved(source), depth + 1)) {
        this.budget.left--;
        if (!found.has(pair.key)) found.set(pair.key, pair);
      }
    }
    return [...found.values()];
  }

  private resolved(node: unknown): unknown {
    if (!isAlias(node)) return node;
    this.targets ??= aliasTargets(this.document);
    return this.targets.get(node);
  }
}

/** The last node before each alias that has its anchor. */
function aliasTargets(document: Document.Parsed): ReadonlyMap<unknown, unknown> {
  const anchors = new Map<string, unknown>();
  const targets = new Map<unknown, unknown>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) targets.set(node, anchors.get(node.source));
      else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** A template of a chart that nobody rendered is the commonest of what is no YAML. */
function helmHint(text: string): string {
  return text.includes('{{') ? ' (a chart has to be rendered first: helm template … | prescale … -)' : '';
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at a path of plain data; undefined: nothing. */
export function valueAt(content: unknown, path: Path): unknown {
  let value = content;
  for (const step of path) {
    if (Array.isArray(value) && typeof step === 'number') value = value[step];
    else if (isRecord(value) && typeof step === 'string' && Object.hasOwn(value, step)) value = value[step];
    else return undefined;
  }
  return value;
}

/** `Deployment web`, as far as it has them. */
export function objectName({ content }: Pick<ManifestObject, 'content'>): string {
  const name = valueAt(content, ['metadata', 'name']);
  return [content.kind, name].filter((part) => typeof part === 'string').join(' ') || 'an object without kind';
}

function kindOfValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'nothing' : `the ${typeof value} ${JSON.stringify(value).slice(0, 60)}`;
}
