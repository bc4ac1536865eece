import type { AnnotationName } from '../core/policy/annotations.ts';
import { cutText } from '../core/text/cut-text.ts';
import { type ManifestObject, objectName, type Path, valueAt } from '../kubernetes/manifests/manifest-documents.ts';
import { type FieldRow, isWithin, leavesOf, pathText, rowOf } from './fields.ts';

/** What mappings are told of the world. */
export interface MigrationContext {
  readonly nowSeconds: number;
  /** The zone of expressions that name none; undefined: nobody said. */
  readonly timeZone: string | undefined;
}

/** Who is to carry the annotations. */
export interface Target {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** undefined: the manifest names none. */
  readonly namespace: string | undefined;
}

/** An annotation that a manifest asks for, and the fields that it comes from. */
export interface Wish {
  readonly name: AnnotationName;
  readonly value: string;
  readonly from: readonly Origin[];
  /** Gives way to that of another manifest for the same workload. */
  readonly weak?: boolean;
}

export interface MetricWish {
  readonly metric:
    | { readonly resource: 'cpu' | 'memory' | 'gpu' }
    /** @property draft where the query is not the manifest's own and has to be looked at: why */
    | { readonly template: string; readonly query: string; readonly unit?: string; readonly draft?: string };
  /** As the annotation has it: `70%`, `500m`, `100`. */
  readonly target: string;
  readonly from: readonly Origin[];
}

/** A rule of bounds. */
export interface RuleWish {
  readonly cron: string;
  readonly timeZone: string;
  readonly durationSeconds: number;
  readonly min?: number;
  readonly max?: number;
  readonly except?: readonly string[];
  readonly from: readonly Origin[];
}

/** A setting of the chart, `prometheus.url`. */
export interface ValueWish {
  readonly path: Path;
  readonly value: unknown;
  readonly from: readonly Origin[];
}

/** A field of a manifest. */
export interface Origin {
  readonly draft: Draft;
  readonly path: Path;
}

export interface Dropped {
  readonly path: Path;
  readonly reason: string;
}

const MOST_SHOWN = 60;

/** What is made of one manifest, while it is read: every field is either part of a wish, or dropped with a reason. */
export class Draft {
  readonly object: ManifestObject;
  readonly context: MigrationContext;
  readonly rows: readonly FieldRow[];
  /** What the table's rows call items of lists and keys: `spec.triggers[0]` → `[cron]`. */
  readonly kinds = new Map<string, string>();
  readonly wishes: Wish[] = [];
  readonly metrics: MetricWish[] = [];
  readonly rules: RuleWish[] = [];
  readonly values: ValueWish[] = [];
  readonly assumptions: string[] = [];
  target: Target | undefined;
  private readonly dropped: Dropped[] = [];
  /** Fields that are part of the result without an annotation of their own. */
  private readonly used: Path[] = [];

  constructor(object: ManifestObject, rows: readonly FieldRow[], context: MigrationContext) {
    this.object = object;
    this.rows = rows;
    this.context = context;
  }

  at(path: Path): unknown {
    return valueAt(this.object.content, path);
  }

  /** The keys of an object or the indices of a list. */
  each(path: Path): Path[] {
    const list = this.at(path);
    if (Array.isArray(list)) return list.map((_, i) => [...path, i]);
    if (list !== undefined && list !== null) this.drop(path, `found ${shown(list)}; expected a list`);
    return [];
  }

  /** A text; numbers and booleans as they are written. undefined: missing, or dropped as something else. */
  text(path: Path): string | undefined {
    const value = this.at(path);
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'object') {
      this.drop(path, `found ${shown(value)}; expected a text`);
      return undefined;
    }
    return String(value);
  }

  /** A whole number of 0 or more, as a number or in quotes. */
  whole(path: Path): number | undefined {
    const text = this.text(path);
    if (text === undefined) return undefined;
    if (/^\d{1,9}$/.test(text)) return Number(text);
    this.drop(path, `found ${shown(text)}; expected a whole number`);
    return undefined;
  }

  origin(...paths: readonly Path[]): Origin[] {
    return paths.filter((path) => this.at(path) !== undefined).map((path) => ({ draft: this, path }));
  }

  annotate(name: AnnotationName, value: string, from: readonly Path[], options: Pick<Wish, 'weak'> = {}): void {
    this.wishes.push({ name, value, from: this.origin(...from), ...options });
  }

  /** Notes that fields went into the result. */
  use(...paths: readonly Path[]): void {
    this.used.push(...paths);
  }

  /** A field (and all below it) isn't carried over. The first reason stays. */
  drop(path: Path, reason: string): void {
    if (!this.dropped.some((one) => pathText(one.path) === pathText(path))) this.dropped.push({ path, reason });
  }

  assume(text: string): void {
    if (!this.assumptions.includes(text)) this.assumptions.push(text);
  }

  /**
   * What became of each field.
   * @param carried those of wishes that came through
   * @returns in the order of the manifest; together they cover every field
   */
  account(carried: readonly Path[]): { carried: Path[]; dropped: Dropped[] } {
    const through = [...carried, ...this.used];
    const found: Path[] = [];
    const left: { leaf: Path; row: FieldRow | undefined; explicit: Dropped | undefined }[] = [];
    for (const leaf of leavesOf(this.object.content)) {
      const row = rowOf(this.rows, leaf, this.kinds);
      const explicit = longest(this.dropped.filter((one) => isWithin(leaf, one.path)));
      const own = through.some((path) => isWithin(leaf, path) && path.length >= (explicit?.path.length ?? 0));
      if (own && row !== undefined && 'to' in row) found.push(leaf);
      else left.push({ leaf, row, explicit });
    }
    const dropped = new Map<string, Dropped>();
    for (const { leaf, row, explicit } of left) {
      const one = explicit ?? this.byTable(leaf, row, found);
      dropped.set(pathText(one.path), one);
    }
    return { carried: found, dropped: [...dropped.values()] };
  }

  private byTable(leaf: Path, row: FieldRow | undefined, carried: readonly Path[]): Dropped {
    if (row === undefined) {
      return {
        path: leaf,
        reason: `${String(this.object.content.kind)} has no such field that is known here; see whether it matters`,
      };
    }
    if ('dropped' in row) return { path: this.rowPath(leaf, row, carried), reason: row.dropped };
    return { path: leaf, reason: 'nothing here asks for it: what belongs to it was not carried over' };
  }

  /** The part of a leaf's path that its row names, as one entry for all below it, unless some of that is carried over. */
  private rowPath(leaf: Path, row: FieldRow, carried: readonly Path[]): Path {
    for (let length = 1; length < leaf.length; length++) {
      const path = leaf.slice(0, length);
      if (rowOf([row], path, this.kinds) !== undefined && !carried.some((one) => isWithin(one, path))) return path;
    }
    return leaf;
  }

  /** `AdvancedHorizontalPodAutoscaler web`. */
  get name(): string {
    return objectName(this.object);
  }
}

function longest(all: readonly Dropped[]): Dropped | undefined {
  return all.reduce<Dropped | undefined>(
    (best, one) => (best === undefined || one.path.length > best.path.length ? one : best),
    undefined,
  );
}

/** A value in a sentence. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return cutText(JSON.stringify(value) ?? String(value), MOST_SHOWN);
}
