import { workloadKey } from '../../core/workload.ts';
import { attentionOf } from './attention.ts';
import { FIGURES, type Figure, type FleetMessage, type FleetTexts, type Source } from './fleet-message.ts';
import type { FleetRow } from './fleet-row.ts';

const PLACES = Object.fromEntries(FIGURES.map((name, place) => [name, place])) as Readonly<Record<Figure, number>>;

interface Named {
  readonly key: string;
  readonly row: number;
}

/** The console's side: the fleet as the newest message left it. Rows are made when they are asked for. */
export class FleetTable {
  /** Undefined until the first tick. */
  private newest: FleetMessage | undefined;
  private readonly texts: FleetTexts[] = [];
  private sorted: readonly Named[] | undefined;
  private places = new Map<string, number>();

  take(message: FleetMessage): void {
    const before = this.texts.length;
    for (const [row, texts] of message.texts) {
      if (this.texts[row]?.ref !== texts.ref) this.sorted = undefined;
      this.texts[row] = texts;
    }
    this.texts.length = message.rows;
    if (before !== message.rows) this.sorted = undefined;
    this.newest = message;
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
    return row === undefined ? undefined : this.rowAt(key, row);
  }

  /** All, by namespace, kind and name: a page's end stays where it is while figures change. */
  *rows(): Generator<FleetRow> {
    for (const { key, row } of this.keys()) yield this.rowAt(key, row);
  }

  /** Namespace and kind of each workload. */
  *kinds(): Generator<{ readonly kind: string; readonly namespace: string }> {
    const seen = new Set<string>();
    for (const { ref } of this.texts) {
      const name = `${ref.namespace}/${ref.kind}`;
      if (seen.has(name)) continue;
      seen.add(name);
      yield ref;
    }
  }

  private keys(): readonly Named[] {
    if (this.sorted) return this.sorted;
    const named = this.texts.map(({ ref }, row) => ({ key: workloadKey(ref), row }));
    this.sorted = named.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
    this.places = new Map(named.map(({ key, row }) => [key, row]));
    return this.sorted;
  }

  private rowAt(key: string, row: number): FleetRow {
    const figures = this.newest!.figures;
    const at = (name: Figure) => {
      const value = figures[row * FIGURES.length + PLACES[name]]!;
      return Number.isFinite(value) ? value : null;
    };
    const { ref, mode, target, unit, leadTimeSource, reason, why, error, conditions, baseline } = this.texts[row]!;
    const budgetUsed = at('budgetUsed');
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
      baseline,
    };
  }
}
