import { type Document, isMap, isScalar, type Node, type Pair, parseDocument } from 'yaml';

/** One value of the chart, or a section of values. */
export interface ChartValue {
  /** `redis.bundled.image.tag` */
  readonly path: string;
  /** Its comment in values.yaml, on one line. */
  readonly description: string;
  /** As written there; undefined of a section. */
  readonly default: unknown;
  readonly isSection: boolean;
}

/** The parts of JSON Schema that say where a section ends and a value begins. */
export interface ValueSchema {
  readonly properties?: Readonly<Record<string, ValueSchema>>;
}

/** Kubernetes' own objects, which are one value however much of them the schema names. */
const WHOLE = new Set(['resources', 'dnsConfig']);

/**
 * The chart's values in their order with what their comments say; of `config` the section alone, as addon/config/config.ts describes what is in it.
 * @param text values.yaml
 * @throws Error that names each value without a comment
 */
export function chartValues(text: string, schema: ValueSchema): readonly ChartValue[] {
  const document = parseDocument(text);
  const found = [...valuesOf(document, document.contents, schema, '')];
  const bare = found.filter(({ description }) => description === '').map(({ path }) => path);
  if (bare.length > 0)
    throw new Error(`values.yaml: no comment above ${bare.join(', ')}; expected one that describes it`);
  return found;
}

function* valuesOf(document: Document, map: Node | null, schema: ValueSchema, prefix: string): Generator<ChartValue> {
  if (!isMap(map)) return;
  for (const [at, pair] of map.items.entries()) {
    const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
    const path = `${prefix}${key}`;
    const inner = schema.properties?.[key] ?? {};
    const isSection = inner.properties !== undefined && !WHOLE.has(key);
    // A comment above the first key of a map is the map's.
    const first = at === 0 ? (map.commentBefore ?? document.commentBefore) : undefined;
    const description = textOf(commentOf(pair) ?? first ?? '');
    const value = pair.value as Node | null;
    yield { path, description, isSection, default: isSection ? undefined : (value?.toJS(document) ?? null) };
    if (isSection && path !== 'config') yield* valuesOf(document, value, inner, `${path}.`);
  }
}

function commentOf({ key }: Pair): string | undefined {
  return isScalar(key) ? (key.commentBefore ?? undefined) : undefined;
}

/** Lines joined; what an empty line sets apart is about something else. */
function textOf(comment: string): string {
  const [last = ''] = comment.split(/\n[ ]*\n/).slice(-1);
  return last
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim();
}
