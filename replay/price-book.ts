import { InputError } from '../core/errors.ts';

/** What pods cost. Every amount is in `currency`; the unit of time stands in the key's name. */
export interface PriceBook {
  readonly currency: string;
  /** Where the prices come from, and the day they were read, YYYY-MM-DD. */
  readonly source: string;
  readonly date: string;
  /** The size of one pod. */
  readonly pod: { readonly vcpu: number; readonly memoryGib: number };
  /** Elastic Container Instance: billed by the second. */
  readonly eci: { readonly perVcpuSecond: number; readonly perGibSecond: number };
  /** The instance that a resident base would run on; absent: no base is considered. */
  readonly ecs?: EcsPrice;
}

/** One ECS instance. `monthly` and `hourly`: at least one of them is there. */
export interface EcsPrice {
  readonly instance: string;
  readonly vcpu: number;
  readonly memoryGib: number;
  readonly hourly?: number;
  readonly monthly?: number;
  /** For the record, never used for the base: a spot instance may be taken back at any minute. */
  readonly spotHourly?: number;
  /** Whole pods that fit by CPU and by memory; at least 1. */
  readonly podsPerInstance: number;
}

/** Where a key of the parsed file stands, e.g. line 12 for ['eci', 'perGibSecond']; undefined: not known. */
export type LineOf = (path: readonly string[]) => number | undefined;

/** A price above this is a mistake of unit, and above it sums of money would lose cents. */
const MOST = 1e9;

/**
 * A price book from the parsed content of a file. Reports every problem at once.
 * @throws InputError naming file, line, key, what was found and what was expected.
 */
export function priceBook(content: unknown, file: string, lineOf: LineOf): PriceBook {
  const reader = new Reader(file, lineOf);
  const root = reader.section(content, [], ['currency', 'source', 'date', 'pod', 'eci', 'ecs']);
  const currency = reader.text(root, [], 'currency', 'a currency code such as USD', /^[A-Z]{3}$/);
  const source = reader.text(root, [], 'source', 'where the prices come from', /\S/);
  const date = reader.text(root, [], 'date', 'the day the prices were read, YYYY-MM-DD', /^\d{4}-[01]\d-[0-3]\d$/);
  const pod = sizes(reader, reader.section(root.pod, ['pod'], ['vcpu', 'memoryGib']), 'pod');
  const eciKeys = reader.section(root.eci, ['eci'], ['perVcpuSecond', 'perGibSecond']);
  const eci = {
    perVcpuSecond: reader.amount(eciKeys, 'eci', 'perVcpuSecond') ?? 0,
    perGibSecond: reader.amount(eciKeys, 'eci', 'perGibSecond') ?? 0,
  };
  const ecs = root.ecs === undefined || root.ecs === null ? undefined : ecsPrice(reader, root.ecs, pod);
  if (reader.problems.length === 0 && !(eciPodHour({ pod, eci }) > 0)) {
    reader.report(['eci'], 'both prices are 0', 'at least one price above 0, or nothing can be compared');
  }
  reader.stopIfBroken();
  return { currency, source, date, pod, eci, ...(ecs === undefined ? {} : { ecs }) };
}

/** What one pod costs an hour on ECI, in the book's currency. */
export function eciPodHour({ pod, eci }: Pick<PriceBook, 'pod' | 'eci'>): number {
  return (pod.vcpu * eci.perVcpuSecond + pod.memoryGib * eci.perGibSecond) * 3_600;
}

function sizes(reader: Reader, keys: Keys, name: string): { vcpu: number; memoryGib: number } {
  return {
    vcpu: reader.size(keys, name, 'vcpu', 'vCPUs'),
    memoryGib: reader.size(keys, name, 'memoryGib', 'GiB of memory'),
  };
}

function ecsPrice(reader: Reader, value: unknown, pod: PriceBook['pod']): EcsPrice {
  const known = ['instance', 'vcpu', 'memoryGib', 'hourly', 'monthly', 'spotHourly'];
  const keys = reader.section(value, ['ecs'], known);
  const instance = reader.text(keys, ['ecs'], 'instance', 'an instance type such as ecs.c7.xlarge', /\S/);
  const size = sizes(reader, keys, 'ecs');
  const prices: { hourly?: number; monthly?: number; spotHourly?: number } = {};
  for (const key of ['hourly', 'monthly', 'spotHourly'] as const) {
    const price = keys[key] === undefined ? undefined : reader.amount(keys, 'ecs', key);
    if (price !== undefined) prices[key] = price;
  }
  if (keys.hourly === undefined && keys.monthly === undefined) {
    reader.report(['ecs'], 'neither hourly nor monthly', 'the price of the instance an hour or a month');
  }
  const podsPerInstance = Math.floor(Math.min(size.vcpu / pod.vcpu, size.memoryGib / pod.memoryGib));
  if (podsPerInstance < 1) {
    const found = `${size.vcpu} vCPU and ${size.memoryGib} GiB`;
    reader.report(['ecs'], found, `room for one pod of ${pod.vcpu} vCPU and ${pod.memoryGib} GiB`);
  }
  return { instance, ...size, ...prices, podsPerInstance };
}

type Keys = Readonly<Record<string, unknown>>;

/** Collects what is wrong; every getter returns a harmless value after a complaint so that the rest is checked too. */
class Reader {
  readonly problems: string[] = [];
  readonly #file: string;
  readonly #lineOf: LineOf;

  constructor(file: string, lineOf: LineOf) {
    this.#file = file;
    this.#lineOf = lineOf;
  }

  report(path: readonly string[], found: string, expected: string): void {
    const line = this.#lineOf(path);
    const where = line === undefined ? this.#file : `${this.#file}:${line}`;
    const key = path.length === 0 ? 'the price book' : path.join('.');
    this.problems.push(`${where}: ${key}: found ${found}, expected ${expected}`);
  }

  section(value: unknown, path: readonly string[], known: readonly string[]): Keys {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) {
      this.report(path, describe(value), `a section with the keys ${known.join(', ')}`);
      return {};
    }
    const keys: Record<string, unknown> = Object.create(null);
    for (const [key, inner] of Object.entries(value)) {
      if (known.includes(key)) keys[key] = inner;
      else this.report([...path, key], 'a key that no price book has', `one of ${known.join(', ')}`);
    }
    return keys;
  }

  text(keys: Keys, path: readonly string[], key: string, expected: string, form: RegExp): string {
    const value = keys[key];
    if (typeof value === 'string' && value.length <= 1_000 && form.test(value)) return value.trim();
    this.report([...path, key], describe(value), expected);
    return '';
  }

  /** A price ≥ 0; undefined after a complaint. */
  amount(keys: Keys, section: string, key: string): number | undefined {
    const value = keys[key];
    if (typeof value === 'number' && value >= 0 && value <= MOST) return value;
    this.report([section, key], describe(value), 'a price, a number from 0 to 1e9 in units of the currency');
    return undefined;
  }

  size(keys: Keys, section: string, key: string, unit: string): number {
    const value = keys[key];
    if (typeof value === 'number' && value >= 0.001 && value <= 1e6) return value;
    this.report([section, key], describe(value), `a number of ${unit} from 0.001 to 1e6`);
    return 1;
  }

  /** Five problems are enough to act on; a hundred would hide the first. */
  stopIfBroken(): void {
    if (this.problems.length === 0) return;
    const more = this.problems.length > 5 ? [`… and ${this.problems.length - 5} more`] : [];
    throw new InputError([...this.problems.slice(0, 5), ...more].join('; '));
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return value instanceof Date ? 'a timestamp' : 'a section';
  const text = String(value);
  return `${typeof value === 'string' ? 'the text ' : ''}${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}
