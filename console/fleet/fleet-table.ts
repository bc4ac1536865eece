import type { Mode } from '../../core/policy/policy.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import { attentionOf } from './attention.ts';
import { FIGURES, type Figure, type FleetMessage, type FleetTexts, type Source } from './fleet-message.ts';
import type { Attention, FleetRow } from './fleet-row.ts';

const PLACES = Object.fromEntries(FIGURES.map((name, place) => [name, place])) as Readonly<Record<Figure, number>>;

interface Named {
  readonly key: string;
  /** The key in small letters. */
  readonly searched: string;
  readonly row: number;
}

/** What rows are searched and counted by; a row itself is made where it is shown. */
export interface RowHead extends Named {
  readonly ref: WorkloadRef;
  readonly mode: Mode | undefined;
  readonly attention: readonly Attention[];
}

function isSameWorkload(a: WorkloadRef | undefined, b: WorkloadRef): boolean {
  return a !== undefined && workloadKey(a) === workloadKey(b) && a.apiVersion === b.apiVersion;
}

/** What comes from another thread has each of its words anew: of a few that all rows have, one is kept. */
function sharedWords(texts: FleetTexts, words: Map<string, string>): FleetTexts {
  const one = (word: string): string => {
    const before = words.get(word);
    if (before === undefined) words.set(word, word);
    return before ?? word;
  };
  const { ref, unit, reason } = texts;
  return {
    ...texts,
    ref: { ...ref, apiVersion: one(ref.apiVersion), kind: one(ref.kind), namespace: one(ref.namespace) },
    unit: one(unit),
    reason: reason && one(reason),
  };
}

/** The console's side: the fleet as the newest message left it. Rows are made when they are asked for. */
export class FleetTable {
  /** Undefined until the first tick. */
  private newest: FleetMessage | undefined;
  /** Another array with each message: rows of the one before may still be made. */
  private texts: FleetTexts[] = [];
  private sorted: readonly Named[] | undefined;
  private places = new Map<string, number>();
  private sortedKinds: readonly WorkloadRef[] = [];
  /** Of the newest message, once somebody asks. */
  private newestHeads: readonly RowHead[] | undefined;

  take(message: FleetMessage): void {
    const before = this.texts.length;
    this.texts = this.texts.slice(0, message.rows);
    const words = new Map<string, string>();
    for (const [row, texts] of message.texts) {
      if (!isSameWorkload(this.texts[row]?.ref, texts.ref)) this.sorted = undefined;
      this.texts[row] = sharedWords(texts, words);
    }
    if (before !== message.rows) this.sorted = undefined;
    this.newest = message;
    this.newestHeads = undefined;
    // Whoever asks first need not wait for that.
    this.keys();
  }

  get source(): Source | undefined {
    return this.newest?.source;
  }

  get size(): number {
    return this.texts.length;
  }

  /** Of `shop/Deployment/web`; undefined: not known. */
  row(key: string): FleetRow | undefined {
    this.keys();
    const row = this.places.get(key);
    return row === undefined ? undefined : rowAt(key, row, this.newest!, this.texts[row]!);
  }

  /** Of all, by namespace, kind and name: a page's end stays where it is while figures change. */
  heads(): readonly RowHead[] {
    this.newestHeads ??= this.keys().map(({ key, searched, row }) => {
      const { ref, mode, conditions, error } = this.texts[row]!;
      return {
        key,
        searched,
        row,
        ref,
        mode,
        attention: attentionOf(conditions, figure(this.newest!, row, 'budgetUsed'), error),
      };
    });
    return this.newestHeads;
  }

  /** Makes rows of the newest heads, also once there are newer ones. */
  rowMaker(): (head: Pick<RowHead, 'key' | 'row'>) => FleetRow {
    const { newest, texts } = this;
    return ({ key, row }) => rowAt(key, row, newest!, texts[row]!);
  }

  /** All, in the same order. */
  rows(): FleetRow[] {
    return this.keys().map(this.rowMaker());
  }

  /** Namespace and kind of each workload, once each. */
  kinds(): readonly WorkloadRef[] {
    this.keys();
    return this.sortedKinds;
  }

  private keys(): readonly Named[] {
    if (this.sorted) return this.sorted;
    const named = this.texts.map(({ ref }, row) => {
      const key = workloadKey(ref);
      return { key, searched: key.toLowerCase(), row };
    });
    this.sorted = named.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
    this.places = new Map(named.map(({ key, row }) => [key, row]));
    const kinds = new Map(this.texts.map(({ ref }) => [`${ref.namespace}/${ref.kind}`, ref]));
    this.sortedKinds = [...kinds.values()];
    return this.sorted;
  }
}

/** null: not known. */
function figure({ figures }: FleetMessage, row: number, name: Figure): number | null {
  const value = figures[row * FIGURES.length + PLACES[name]]!;
  return Number.isFinite(value) ? value : null;
}

function rowAt(key: string, row: number, message: FleetMessage, texts: FleetTexts): FleetRow {
  const at = (name: Figure) => figure(message, row, name);
  const { ref, mode, target, unit, leadTimeSource, reason, why, error, conditions, baseline } = texts;
  const budgetUsed = at('budgetUsed');
  const [atSeconds, nextReplicas] = [at('nextSeconds'), at('nextReplicas')];
  return {
    key,
    ref,
    mode: mode ?? null,
    target,
    attention: attentionOf(conditions, budgetUsed, error),
    replicas: {
      current: at('current'),
      ready: at('ready'),
      wanted: at('wanted'),
      proactive: at('proactive'),
      reactive: at('reactive'),
      min: at('min'),
      max: at('max'),
    },
    unit,
    load: at('load'),
    podCapacity: at('podCapacity'),
    forecastError: at('forecastError'),
    leadTimeSeconds: at('leadTimeSeconds'),
    leadTimeSource,
    learnedDays: at('learnedDays') ?? 0,
    budgetUsed,
    reason: reason ?? null,
    why,
    error: error ?? null,
    conditions: [...conditions],
    decidedSeconds: at('decidedSeconds'),
    next: atSeconds === null || nextReplicas === null ? null : { atSeconds, replicas: nextReplicas },
    baseline,
  };
}
