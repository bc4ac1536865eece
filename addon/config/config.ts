import { z } from 'zod';
import { isCountryCode } from '../../core/calendar/country-holidays.ts';
import { expectedZone, isTimeZone } from '../../core/calendar/time-zone.ts';
import { InputError } from '../../core/errors.ts';
import { expectedHolidays, isCountry } from '../../core/policy/parse-calendar.ts';
import { parseSlo, SLO_SYNTAX } from '../../core/slo.ts';
import { isObjectName } from '../../core/text/object-name.ts';
import { consoleConfig } from './console-config.ts';
import { prometheus } from './prometheus-config.ts';
import { collector, forecaster, redis } from './role-config.ts';
import { name, optionalText } from './setting-text.ts';

/*
 * The one place where the addon's settings, their defaults and their descriptions live. The chart's values hold the same
 * tree under `config`, its JSON schema and the table in docs/install.md are made from this file; tests compare them.
 * Addresses, paths and credentials come from here only, never from an annotation.
 */

const kind = z.strictObject({
  apiVersion: z
    .string()
    .regex(/^([a-z0-9.-]+\/)?v[0-9][a-z0-9]*$/, 'expected a version such as apps/v1')
    .describe('Group and version, apps/v1'),
  kind: z
    .string()
    .regex(/^[A-Z][A-Za-z0-9]*$/, 'expected a kind such as Deployment')
    .describe('Kind, Deployment'),
  resource: optionalText('Its name in URLs and roles where that is not the kind in lower case with an s').refine(
    (text) => text === undefined || /^[a-z0-9]+$/.test(text),
    'expected a resource such as deployments',
  ),
});

const limits = z
  .strictObject({
    maxReplicas: z.int().min(1).prefault(1000).describe('No workload gets more replicas, whatever its annotation says'),
    allowRawQueries: z
      .boolean()
      .prefault(false)
      .describe(
        'Workloads may bring PromQL of their own: who annotates then reads all of Prometheus (docs/security.md)',
      ),
    writesPerSecond: z.number().gt(0).prefault(150).describe('Changes of replicas a second, over all workloads'),
    concurrency: z.int().min(1).prefault(32).describe('Changes of replicas under way at once'),
    workloadsPerNamespace: z.int().min(1).prefault(1000).describe('Workloads of one namespace that are looked after'),
    fleetBreakerPercent: z
      .number()
      .gt(0)
      .max(100)
      .prefault(20)
      .describe('Share of the workloads that may lose more than half of their pods within five minutes; more is held'),
  })
  .prefault({});

const leaderElection = z
  .strictObject({
    enabled: z.boolean().prefault(true).describe('Of several replicas one acts; without it run one replica only'),
    namespace: optionalText('Where the Lease is; "" is the namespace that Prescale runs in'),
    lease: name('the name of the Lease').prefault('prescale').describe('Name of the Lease'),
    leaseSeconds: z.number().gt(0).prefault(15).describe('How long a silent leader is still believed in'),
    renewSeconds: z.number().gt(0).prefault(10).describe('A leader that could not renew for so long stops acting'),
    retrySeconds: z.number().gt(0).prefault(2).describe('Time between two tries to get or renew the Lease'),
  })
  .superRefine(({ leaseSeconds, renewSeconds, retrySeconds }, context) => {
    // client-go's own conditions: the old leader must have stopped before another may start.
    if (leaseSeconds > renewSeconds && renewSeconds > 1.2 * retrySeconds) return;
    context.addIssue('expected leaseSeconds > renewSeconds > 1.2 × retrySeconds, such as 15, 10 and 2');
  })
  .prefault({});

const neural = z
  .strictObject({
    use: z
      .enum(['trained', 'shipped', 'none'])
      .prefault('trained')
      .describe(
        "Network that is backtested beside each workload's own regression: the newest trained here, the shipped one, or none",
      ),
    training: z
      .strictObject({
        enabled: z
          .boolean()
          .prefault(true)
          .describe('Train it each night on the histories of this cluster, where TensorFlow.js is installed'),
        hourUtc: z.int().min(0).max(23).prefault(2).describe('Hour of the day, UTC, at which the training begins'),
        workloads: z.int().min(1).max(100_000).prefault(1000).describe('Workloads that are learned from, at most'),
        minutes: z.number().gt(0).max(600).prefault(15).describe('A training that takes longer is ended'),
        memoryMb: z
          .int()
          .min(128)
          .max(65_536)
          .prefault(384)
          .describe('A training that takes more memory is ended, and none is begun where less is free, MB'),
      })
      .prefault({}),
  })
  .prefault({});

const schema = z
  .strictObject({
    namespaces: z
      .array(name('a namespace'))
      .prefault([])
      .describe('Namespaces to look after, with rights in these only; [] is all'),
    kinds: z
      .array(kind)
      .min(1, 'expected at least one kind')
      .prefault([
        { apiVersion: 'apps/v1', kind: 'Deployment' },
        { apiVersion: 'apps/v1', kind: 'StatefulSet' },
      ])
      .describe('Kinds that may be annotated; each has a scale subresource'),
    defaults: z
      .strictObject({
        mode: z
          .enum(['observe', 'auto', 'predictive', 'reactive'])
          .prefault('observe')
          .describe('Mode of a workload that names none; observe decides, shows it, and changes nothing'),
        slo: z
          .string()
          .regex(/^9\d(\.\d+)? ?%$/, { error: `expected ${SLO_SYNTAX}`, abort: true })
          .refine((text) => parseSlo(text) !== undefined, `expected ${SLO_SYNTAX}`)
          .prefault('99.99%')
          .describe('Share of the demand that Ready pods serve, of a workload that names none'),
      })
      .transform(({ mode, slo }) => ({ mode, unmetTargetBp: parseSlo(slo)! }))
      .prefault({}),
    timeZone: z
      .string()
      .prefault('UTC')
      .refine(isTimeZone, { error: ({ input }) => `expected ${expectedZone(String(input))}` })
      .describe('IANA time zone by whose clock the days of a workload repeat that names none'),
    holidays: optionalText(
      'Holidays of a workload that names none: a country or a part of one such as DE-BY, or one of calendars',
    ),
    calendars: z
      .array(z.string().refine(isObjectName, 'expected the name of a ConfigMap'))
      .prefault([])
      .describe('ConfigMaps beside the addon with holidays in the key dates, which workloads may name'),
    limits,
    takeOverHpa: z
      .strictObject({
        enabled: z.boolean().prefault(false).describe('Workloads may name an HPA whose minReplicas is raised'),
      })
      .prefault({}),
    deletionCost: z
      .strictObject({
        enabled: z.boolean().prefault(false).describe('Pods of virtual nodes are marked to be removed first'),
      })
      .prefault({}),
    prometheus,
    resourceMetrics: z
      .strictObject({
        enabled: z
          .union([z.literal('auto'), z.boolean()])
          .prefault('auto')
          .describe('Use metrics.k8s.io: auto is where no Prometheus answers'),
      })
      .prefault({}),
    leaderElection,
    store: z
      .strictObject({
        folder: z.string().min(1).prefault('/var/lib/prescale').describe('Where history and start-up times are kept'),
        retentionDays: z
          .number()
          .min(7)
          .max(60)
          .prefault(8)
          .describe('Days of history kept; a week is what seasons need'),
      })
      .prefault({}),
    http: z
      .strictObject({
        listen: z
          .string()
          .regex(/^(\S*):\d{1,5}$/, 'expected host:port, or :8080 for all addresses')
          .prefault(':8080')
          .describe('Address of /metrics, /healthz and /readyz'),
        probeListen: z
          .string()
          .regex(/^(\S*):\d{1,5}$/, 'expected host:port, or :8081 for all addresses')
          .prefault(':8081')
          .describe('Address of /healthz and /readyz alone, for the kubelet'),
      })
      .refine(({ listen, probeListen }) => listen !== probeListen || listen.endsWith(':0'), {
        path: ['probeListen'],
        message: 'expected another port than that of listen',
      })
      .prefault({}),
    console: consoleConfig,
    log: z
      .strictObject({
        level: z
          .enum(['trace', 'debug', 'info', 'warn', 'error'])
          .prefault('info')
          .describe('Least level that is logged'),
      })
      .prefault({}),
    kubernetes: z
      .strictObject({
        qps: z.number().gt(0).prefault(200).describe('Requests a second to the API server, in the long run'),
        burst: z.int().min(1).prefault(400).describe('Requests that may go at once after a quiet time'),
      })
      .prefault({}),
    forecast: z
      .strictObject({
        workers: z.int().min(0).max(64).prefault(1).describe('Threads that fit models; 0 fits in the main one'),
        refitHours: z.number().gt(0).max(20).prefault(3).describe('Hours between two fits of a workload'),
      })
      .prefault({}),
    neural,
    redis,
    collector,
    forecaster,
  })
  .superRefine(({ holidays, calendars }, context) => {
    if (holidays === undefined || calendars.includes(holidays)) return;
    if (isCountryCode(holidays) && isCountry(holidays)) return;
    context.addIssue({
      code: 'custom',
      path: ['holidays'],
      message: `expected ${expectedHolidays(holidays, calendars)}`,
    });
  });

/** The addon's settings, complete: what was not given has its default, what was '' is undefined. */
export type AddonConfig = z.output<typeof schema>;
export type KindConfig = AddonConfig['kinds'][number];

/**
 * Checks the parsed content of a configuration file (undefined or null: an empty file) and fills in the defaults.
 * @param file its name in messages
 * @throws InputError with every problem at once, each with its path
 */
export function addonConfig(content: unknown, file: string): AddonConfig {
  const result = schema.safeParse(content ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map(problemText);
  throw new InputError(`${file}: ${problems.join('; ')}`);
}

/** `kinds[0].apiVersion: expected a version such as apps/v1` */
function problemText(issue: z.core.$ZodIssue): string {
  const place = issue.path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text === '' ? '' : `${text}.`}${String(key)}`),
    '',
  );
  // What is wrong with a key of a record stands one level deeper.
  const message = (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message;
  return `${place === '' ? '' : `${place}: `}${message.replace(/^Invalid input: /, '')}`;
}

/** Whether there is an address of a Redis. */
export function namesRedis({ redis }: AddonConfig): boolean {
  return redis.url !== undefined || redis.sentinels.names.length > 0 || redis.cluster.length > 0;
}

/**
 * For the roles that are processes of their own (collector, forecaster, actuator): without Redis they can't talk.
 * @throws InputError where no address of Redis is given
 */
export function requireRedis(config: AddonConfig, file: string): void {
  if (namesRedis(config)) return;
  throw new InputError(`${file}: redis: expected url, sentinels.names or cluster, as this role works over Redis`);
}

/** All defaults. */
export function defaultConfig(): AddonConfig {
  return addonConfig({}, 'the defaults');
}

/** The kind's name in URLs and roles: `deployments`. */
export function resourceOf({ kind: name, resource }: Pick<KindConfig, 'kind' | 'resource'>): string {
  return resource ?? `${name.toLowerCase()}s`;
}

/** JSON Schema of what a person writes; the chart's values.schema.json holds it under `config`. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      // Every whole number is below this: it says nothing to a reader.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return rest;
}
