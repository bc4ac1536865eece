/** The one prefix of everything that Prescale reads from or writes to objects. */
export const ANNOTATION_PREFIX = 'prescale.dev/';

/** A workload has at most so many metrics: `metric`, `metric-2`, … `metric-5`. */
export const MOST_METRICS = 5;

/** One row of the documented table. */
export interface AnnotationSpec {
  /** Without the prefix. */
  readonly name: string;
  /** What may be written. */
  readonly syntax: string;
  /** What holds where the annotation is missing. */
  readonly byDefault: string;
  readonly meaning: string;
  readonly example: string;
  /** Longer values are refused unread. */
  readonly mostCharacters: number;
  /** May also be written as `name-2` … `name-5`, for further metrics. */
  readonly numbered?: true;
  /** May also be a label of the namespace, as the default of its workloads. */
  readonly namespaceLabel?: true;
}

/** Every annotation that a workload may fallBack; docs/annotations.md shows this table. */
export const ANNOTATIONS = [
  {
    name: 'enabled',
    syntax: '`true` or `false`',
    byDefault: 'the namespace’s label, else `false`',
    meaning: 'Prescale looks after this workload. An explicit `false`, here or on the namespace, wins.',
    example: 'true',
    mostCharacters: 20,
    namespaceLabel: true,
  },
  {
    name: 'mode',
    syntax: '`observe`, `auto`, `predictive` or `reactive`',
    byDefault: 'the namespace’s label, else the administrator’s (`observe` as shipped)',
    meaning:
      '`observe` decides and changes nothing; `auto` takes the larger of forecast and reactive rule; the other two take one of them alone.',
    example: 'auto',
    mostCharacters: 20,
    namespaceLabel: true,
  },
  {
    name: 'metric',
    syntax: '`cpu`, `memory`, `gpu` or the name of one of the administrator’s templates',
    byDefault: '`cpu`',
    meaning: 'What the workload is scaled by.',
    example: 'http-requests',
    mostCharacters: 63,
    numbered: true,
  },
  {
    name: 'target',
    syntax: 'a quantity (`500m`, `1.5Gi`, `100`), or a share of the pod’s request (`70%`)',
    byDefault: '`70%` for `cpu`; needed for everything else',
    meaning:
      'How much one Ready pod serves: cores for `cpu`, bytes for `memory`, GPUs for `gpu`, the query’s own unit for a template. Shares go with `cpu`, `memory` and `gpu` only.',
    example: '100',
    mostCharacters: 32,
    numbered: true,
  },
  {
    name: 'metric-args',
    syntax: '`key=value`, several separated by commas; values are letters, digits and `_ . : -`',
    byDefault: 'none',
    meaning:
      'The template’s arguments: each that it declares, and no other. The namespace is always the workload’s own.',
    example: 'service=web,code=200',
    mostCharacters: 1_000,
    numbered: true,
  },
  {
    name: 'query',
    syntax: 'PromQL that gives one series',
    byDefault: 'none',
    meaning: 'Instead of `metric`, and only where the administrator allows raw queries.',
    example: 'sum(rate(http_requests_total{service="web"}[1m]))',
    mostCharacters: 2_000,
    numbered: true,
  },
  {
    name: 'min-replicas',
    syntax: 'a whole number from 0',
    byDefault: '`1`',
    meaning:
      'Never fewer. 0 needs a metric that does not come from the pods themselves: without pods there is no CPU to measure.',
    example: '2',
    mostCharacters: 20,
  },
  {
    name: 'max-replicas',
    syntax: 'a whole number from 1 to the administrator’s cap',
    byDefault: 'the administrator’s cap',
    meaning: 'Never more.',
    example: '40',
    mostCharacters: 20,
  },
  {
    name: 'slo',
    syntax: 'a percentage from `90%` to below `100%`',
    byDefault: 'the administrator’s (`99.99%` as shipped)',
    meaning: 'The service level objective: the share of the demand that Ready pods serve.',
    example: '99.98%',
    mostCharacters: 20,
  },
  {
    name: 'lead-time',
    syntax: '`auto`, or a duration from `1s` to `1h`',
    byDefault: '`auto`',
    meaning:
      'How early pods are asked for. `auto` is measured on the workload’s own pods: nine of ten are Ready by then.',
    example: '180s',
    mostCharacters: 20,
  },
  {
    name: 'stabilization',
    syntax: '`auto`, or a duration from `0s` to `1h`',
    byDefault: '`auto`',
    meaning:
      'For how long a higher need is remembered before pods are removed. `auto` is tuned on the workload’s history.',
    example: '5m',
    mostCharacters: 20,
  },
  {
    name: 'start-cost',
    syntax: '`auto`, or a duration from `0s` to `1h`',
    byDefault: '`auto` (`5m`)',
    meaning:
      'What starting a pod counts as, in minutes of a pod. The higher it is, the longer pods are kept for the next rise.',
    example: '15m',
    mostCharacters: 20,
  },
  {
    name: 'bounds',
    syntax: 'a YAML or JSON list of rules, see below',
    byDefault: 'none',
    meaning: 'Other minimum and maximum at certain times: nights, promotions, holidays.',
    example: '[{cron: "0 8 * * MON-FRI", timeZone: Europe/Berlin, duration: 10h, min: 10}]',
    mostCharacters: 8_000,
  },
  {
    name: 'time-zone',
    syntax: 'an IANA time zone',
    byDefault: 'the administrator’s (`UTC` as shipped)',
    meaning: 'By whose clock the days of the load repeat: a change of the clocks moves its rhythm with it.',
    example: 'Europe/Berlin',
    mostCharacters: 64,
  },
  {
    name: 'holidays',
    syntax: '`none`, a country’s ISO code or that of a part of it (`DE-BY`), or one of the administrator’s calendars',
    byDefault: 'the administrator’s (none as shipped)',
    meaning: 'Days that are like Sundays and other holidays to the load, and not like their weekday.',
    example: 'DE-BY',
    mostCharacters: 63,
  },
  {
    name: 'paused',
    syntax: '`true`, `false`, `scale-in` or `scale-out`',
    byDefault: '`false`',
    meaning: 'What is held as it is: everything, nothing, removing pods, adding pods.',
    example: 'scale-in',
    mostCharacters: 20,
  },
  {
    name: 'take-over-hpa',
    syntax: 'the name of a HorizontalPodAutoscaler in the same namespace',
    byDefault: 'none',
    meaning:
      'The HPA keeps scaling; Prescale raises its `minReplicas` ahead of the load, and restores it afterwards. Needs `config.takeOverHpa.enabled` in the chart.',
    example: 'web',
    mostCharacters: 253,
  },
] as const satisfies readonly AnnotationSpec[];

/** The name of an annotation, without prefix and number. */
export type AnnotationName = (typeof ANNOTATIONS)[number]['name'];

/** What Prescale itself writes on objects: never read as a wish, never an error. */
export const WRITTEN_ANNOTATIONS = [
  'status',
  'original-min-replicas',
  'written-min-replicas',
  'pod-deletion-cost',
] as const;

/** `min-replicas` → `prescale.dev/min-replicas`. */
export function annotation(name: AnnotationName | (typeof WRITTEN_ANNOTATIONS)[number], index = 1): string {
  return `${ANNOTATION_PREFIX}${name}${index === 1 ? '' : `-${index}`}`;
}

/** All names that may stand on a workload, with the prefix: `…/metric`, `…/metric-2`, … each with its row. */
export const ANNOTATION_SPECS: ReadonlyMap<string, AnnotationSpec> = new Map(
  ANNOTATIONS.flatMap((spec: AnnotationSpec) =>
    Array.from({ length: spec.numbered === true ? MOST_METRICS : 1 }, (_, i) => [
      `${ANNOTATION_PREFIX}${spec.name}${i === 0 ? '' : `-${i + 1}`}`,
      spec,
    ]),
  ),
);

/** Whether it is the addon's own note on an object. */
export function isWritten(name: string): boolean {
  return WRITTEN_ANNOTATIONS.some((written) => name === `${ANNOTATION_PREFIX}${written}`);
}

/** The annotations that people wrote for Prescale, in the order of their names; its own notes are left out. */
export function ownAnnotations(all: Readonly<Record<string, string>> | undefined): [name: string, value: string][] {
  return Object.entries(all ?? {})
    .filter(([name]) => name.startsWith(ANNOTATION_PREFIX) && !isWritten(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
