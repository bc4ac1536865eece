import { type Keys, type LineOf, PriceBookReader } from './price-book-reader.ts';

/** What pods cost. Every amount is in `currency`; the unit of time stands in the key's name. */
export interface PriceBook {
  /** What is priced, and where: "EKS Fargate, us-east-1". */
  readonly name: string;
  readonly currency: string;
  /** Where the prices of elastic pods can be read, and when they were, YYYY-MM-DD or YYYY-MM. */
  readonly source: string;
  readonly date: string;
  /** The size of one pod, as the provider bills it. */
  readonly pod: { readonly vcpu: number; readonly memoryGib: number };
  readonly elastic: ElasticPrice;
  /** The nodes that a resident base would run on; absent: no base is considered. */
  readonly resident?: ResidentPrice;
}

/** Where the price of a node comes from: a source that can be opened and when it was, or nowhere. */
export type Provenance =
  | { readonly source: string; readonly date: string }
  /** Why no source could be cited, and what the price was made of. */
  | { readonly assumption: string };

/** Pods without a node of one's own. */
export interface ElasticPrice {
  /** The provider's name for them: "ECI", "EKS Fargate". */
  readonly name: string;
  readonly perVcpuHour: number;
  readonly perGibHour: number;
  /** A pod that lives shorter is billed for so many seconds; 0: billed for what it lived. */
  readonly minimumSeconds: number;
}

/** One resident node. `monthly` and `hourly`: at least one of them is there. */
export interface ResidentPrice {
  /** The provider's name for such nodes: "ECS", "EC2". */
  readonly name: string;
  readonly instance: string;
  readonly vcpu: number;
  readonly memoryGib: number;
  readonly hourly?: number;
  readonly monthly?: number;
  /** For the record, never used for the base: a spot node may be taken back at any minute. */
  readonly spotHourly?: number;
  /** Whole pods that fit by CPU and by memory; at least 1. */
  readonly podsPerInstance: number;
  readonly from: Provenance;
}

const NAME = /\S/;
const CURRENCY = /^[A-Z]{3}$/;
/** A month is allowed where a source says no more than that. */
const DATE = /^\d{4}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?$/;
const DATE_EXPECTED = 'the day the prices were read, YYYY-MM-DD or YYYY-MM';
/** No provider bills more than a day for a pod that lived a second. */
const MOST_MINIMUM_SECONDS = 86_400;

/**
 * A price book from the parsed content of a file. Reports every problem at once.
 * @throws InputError naming file, line, key, what was found and what was expected.
 */
export function priceBook(content: unknown, file: string, lineOf: LineOf): PriceBook {
  const reader = new PriceBookReader(file, lineOf);
  const root = reader.section(content, [], ['name', 'currency', 'source', 'date', 'pod', 'elastic', 'resident']);
  const name = reader.text(root, [], 'name', 'what is priced and where, such as EKS Fargate, us-east-1', NAME);
  const currency = reader.text(root, [], 'currency', 'a currency code such as USD', CURRENCY);
  const source = reader.text(root, [], 'source', 'where the prices come from', NAME);
  const date = reader.text(root, [], 'date', DATE_EXPECTED, DATE);
  const pod = sizes(reader, reader.section(root.pod, ['pod'], ['vcpu', 'memoryGib']), 'pod');
  const elastic = elasticPrice(reader, root.elastic, currency);
  const hasResident = root.resident !== undefined && root.resident !== null;
  const resident = hasResident ? residentPrice(reader, root.resident, currency, pod) : undefined;
  if (!reader.isBroken && !(elasticPodHour({ pod, elastic }) > 0)) {
    reader.report(['elastic'], 'both prices are 0', 'at least one price above 0, or nothing can be compared');
  }
  reader.stopIfBroken();
  return { name, currency, source, date, pod, elastic, ...(resident === undefined ? {} : { resident }) };
}

/** What one elastic pod costs an hour, in the book's currency. */
export function elasticPodHour({ pod, elastic }: Pick<PriceBook, 'pod' | 'elastic'>): number {
  return pod.vcpu * elastic.perVcpuHour + pod.memoryGib * elastic.perGibHour;
}

/** The same prices for pods of another size; without the base where none of them fits on its nodes. */
export function forPodSize(book: PriceBook, pod: PriceBook['pod']): PriceBook {
  const { resident, ...rest } = book;
  const podsPerInstance = resident === undefined ? 0 : podsOn(resident, pod);
  return { ...rest, pod, ...(resident && podsPerInstance > 0 ? { resident: { ...resident, podsPerInstance } } : {}) };
}

/** Whole pods that fit on a node by CPU and by memory. */
function podsOn(node: Pick<ResidentPrice, 'vcpu' | 'memoryGib'>, pod: PriceBook['pod']): number {
  return Math.floor(Math.min(node.vcpu / pod.vcpu, node.memoryGib / pod.memoryGib));
}

function sizes(reader: PriceBookReader, keys: Keys, name: string): { vcpu: number; memoryGib: number } {
  return {
    vcpu: size(reader, keys, name, 'vcpu', 'vCPUs'),
    memoryGib: size(reader, keys, name, 'memoryGib', 'GiB of memory'),
  };
}

/** 1 after a complaint, so that no further one follows from it. */
function size(reader: PriceBookReader, keys: Keys, section: string, key: string, unit: string): number {
  return Math.max(reader.number(keys, section, key, 0.001, 1e6, unit), 0.001);
}

function elasticPrice(reader: PriceBookReader, value: unknown, currency: string): ElasticPrice {
  const known = ['name', 'perVcpuSecond', 'perVcpuHour', 'perGibSecond', 'perGibHour', 'minimumSeconds'];
  const keys = reader.section(value, ['elastic'], [...known, 'currency']);
  sameCurrency(reader, keys, 'elastic', currency);
  return {
    name: reader.text(keys, ['elastic'], 'name', "the provider's name for these pods, such as ECI", NAME),
    perVcpuHour: perHour(reader, keys, 'perVcpu'),
    perGibHour: perHour(reader, keys, 'perGib'),
    minimumSeconds:
      keys.minimumSeconds === undefined
        ? 0
        : reader.number(keys, 'elastic', 'minimumSeconds', 0, MOST_MINIMUM_SECONDS, 'seconds'),
  };
}

/** `perVcpuSecond` or `perVcpuHour`, as one has it; an hour is 3,600 of the seconds. */
function perHour(reader: PriceBookReader, keys: Keys, what: 'perVcpu' | 'perGib'): number {
  const [second, hour] = [`${what}Second`, `${what}Hour`];
  if (keys[second] !== undefined && keys[hour] !== undefined) {
    reader.report(['elastic', hour], `${second} as well`, 'one of the two');
    return 0;
  }
  if (keys[hour] !== undefined) return reader.amount(keys, 'elastic', hour) ?? 0;
  return (reader.amount(keys, 'elastic', second) ?? 0) * 3_600;
}

function residentPrice(
  reader: PriceBookReader,
  value: unknown,
  currency: string,
  pod: PriceBook['pod'],
): ResidentPrice {
  const known = ['name', 'instance', 'vcpu', 'memoryGib', 'hourly', 'monthly', 'spotHourly', 'currency'];
  const keys = reader.section(value, ['resident'], [...known, 'source', 'date', 'assumption']);
  sameCurrency(reader, keys, 'resident', currency);
  const name = reader.text(keys, ['resident'], 'name', "the provider's name for these nodes, such as ECS", NAME);
  const instance = reader.text(keys, ['resident'], 'instance', 'an instance type such as ecs.c7.xlarge', NAME);
  const own = sizes(reader, keys, 'resident');
  const prices: { hourly?: number; monthly?: number; spotHourly?: number } = {};
  for (const key of ['hourly', 'monthly', 'spotHourly'] as const) {
    const price = keys[key] === undefined ? undefined : reader.amount(keys, 'resident', key);
    if (price !== undefined) prices[key] = price;
  }
  if (keys.hourly === undefined && keys.monthly === undefined) {
    reader.report(['resident'], 'neither hourly nor monthly', 'the price of the instance an hour or a month');
  }
  const podsPerInstance = podsOn(own, pod);
  if (podsPerInstance < 1) {
    const found = `${own.vcpu} vCPU and ${own.memoryGib} GiB`;
    reader.report(['resident'], found, `room for one pod of ${pod.vcpu} vCPU and ${pod.memoryGib} GiB`);
  }
  return { name, instance, ...own, ...prices, podsPerInstance, from: provenance(reader, keys) };
}

/** A price is cited or is an assumption: a section that says neither would pass a guess off as a price. */
function provenance(reader: PriceBookReader, keys: Keys): Provenance {
  const path = ['resident'];
  if (keys.assumption !== undefined) {
    if (keys.source !== undefined) {
      reader.report([...path, 'assumption'], 'a source as well', 'one of the two: a price is cited or it is assumed');
    }
    return { assumption: reader.text(keys, path, 'assumption', 'in words what the price was made of', NAME) };
  }
  if (keys.source === undefined) {
    reader.report(path, 'neither source nor assumption', 'where the price comes from, or what it was made of');
    return { assumption: '' };
  }
  return {
    source: reader.text(keys, path, 'source', 'where the price comes from', NAME),
    date: reader.text(keys, path, 'date', DATE_EXPECTED, DATE),
  };
}

/** A comparison of amounts in two currencies would be wrong by the exchange rate. */
function sameCurrency(reader: PriceBookReader, keys: Keys, section: string, currency: string): void {
  if (keys.currency === undefined || keys.currency === currency) return;
  const own = reader.text(keys, [section], 'currency', 'a currency code such as USD', CURRENCY);
  if (own !== '')
    reader.report([section, 'currency'], own, `${currency}, the currency of the book: convert the prices`);
}
